//! Small pools of values.

use identity_core::{id::Id, platform::Timestamp};
use proptest::{prelude::*, sample::select};

/// Texts that databases like to confuse: case, composed letters, wildcards, quotes, digits, the last character.
const TEXTS: [&str; 27] = [
    "a",
    "A",
    "ab",
    "AB",
    "Ba",
    "aab",
    "é",
    "É",
    "e\u{301}",
    "straße",
    "STRASSE",
    "ﬁ",
    "fi",
    "%",
    "_",
    "a%b",
    "\\",
    "'",
    "\"",
    "a\"b",
    "true",
    "10",
    "9",
    "\u{10FFFF}",
    "a\u{10FFFF}b",
    " ",
    "日本😀",
];

/// Times in several spellings.
pub(super) const TIMES: [&str; 6] = [
    "2026-01-31T23:30:00Z",
    "2026-02-01T01:00:00.000+01:30",
    "2026-01-31T23:30:00.000001Z",
    "1969-12-31T23:59:59.9Z",
    "2026-02-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
];

/// Moments that [`TIMES`] name, and others.
pub(super) fn moment() -> impl Strategy<Value = Timestamp> {
    select(vec![
        Timestamp(1_769_902_200_000_000),
        Timestamp(1_769_902_200_000_001),
        Timestamp(1_769_904_000_000_000),
        Timestamp(-100_000),
        Timestamp(0),
    ])
}

/// A text that is not empty.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(TEXTS.as_slice()).prop_map(str::to_owned),
        1 => (select(TEXTS.as_slice()), 0..4_usize).prop_map(|(text, number)| format!("{text}-{number}")),
    ]
}

/// A text in half of the cases.
pub(super) fn maybe_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

/// A whole number, small or at the ends of 53 bits.
pub(super) fn integer() -> impl Strategy<Value = i64> {
    select(vec![
        -9_007_199_254_740_991,
        -10,
        -1,
        0,
        1,
        2,
        10,
        9_007_199_254_740_991,
    ])
}

/// A decimal number.
pub(super) fn decimal() -> impl Strategy<Value = f64> {
    select(vec![-1e300, -10.5, -1.0, -0.0, 0.0, 0.1, 1.0, 2.5, 1e300])
}

/// The organization's id.
pub(super) const ORGANIZATION: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0001;
/// The id of the first user; the others follow.
pub(super) const USERS: u128 = 0x0191_ABCD_0000_7000_8000_0000_0000_0000;
/// The id of the first group.
pub(super) const GROUPS: u128 = 0x0192_0000_0000_7000_8000_00EF_0000_0000;
/// The id of the first connection.
pub(super) const CONNECTIONS: u128 = 0x0193_0000_0000_7000_8000_0000_0000_0000;

/// An id by number.
pub(super) fn id(base: u128, number: usize) -> Id {
    Id(uuid::Uuid::from_u128(base + number as u128))
}

/// The text of an id of somebody, there or not.
pub(super) fn id_text() -> impl Strategy<Value = String> {
    let base = select(vec![ORGANIZATION, USERS, GROUPS, CONNECTIONS]);
    (base, 0..8_usize).prop_map(|(base, number)| id(base, number).to_string())
}
