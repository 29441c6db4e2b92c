//! Filters and paths that are nearly right.

use super::seeded_rng::SeededRng;

const NAMES: &[&str] = &[
    "userName",
    "USERNAME",
    "id",
    "externalId",
    "active",
    "title",
    "name",
    "name.familyName",
    "name.nick",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "addresses.country",
    "addresses",
    "roles",
    "roles.value",
    "groups.value",
    "members",
    "members.value",
    "members.type",
    "displayName",
    "meta.lastModified",
    "meta.version",
    "meta",
    "schemas",
    "password",
    "photos.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "urn:example:2.0:User:badge",
    "shoeSize",
    "$ref",
    "x509Certificates.value",
    "manager",
    "a.b.c",
    ".",
    "-",
    "é",
];
const OPERATORS: &[&str] = &[
    "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "pr", "xx", "not", "",
];
const VALUES: &[&str] = &[
    "\"ada\"",
    "\"\"",
    "\"A\\\"B\\\\\"",
    "\"\\u00fc\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "true",
    "false",
    "null",
    "TRUE",
    "0",
    "-1",
    "1.5e3",
    "1e400",
    "\"2026-01-01T00:00:00Z\"",
    "\"2026-13-01T00:00:00.123456789+25:00\"",
    "\"0000-01-01T00:00:00Z\"",
    "ada",
    "\"\u{0}\"",
    "99999999999999999999",
    "\"%_'\\\"\"",
    "{}",
    "[1]",
    "\"ﬀ\"",
    "\"ÄÄﬀ\"",
    "\"e\u{301}\"",
    "\"ｆｕｌｌ\"",
    "\"👩‍👩‍👧\"",
    "\"İ\"",
];

/// A text of up to some thousand bytes, of few characters or of many.
pub(super) fn long(rng: &mut SeededRng) -> String {
    let part = rng.pick(&[
        "x",
        "Ä",
        "ﬀ",
        "e\u{301}",
        "ｆ",
        "\u{1f469}\u{200d}",
        "İ\u{202e}",
        "\u{fdfa}",
    ]);
    part.repeat(rng.below(1100))
}

/// A filter of as many terms as one may have, or a few more.
fn long_filter(rng: &mut SeededRng) -> String {
    let word = rng.pick(&[" and ", " or "]);
    let terms: Vec<_> = (0..rng.below(210)).map(|_| term(rng)).collect();
    terms.join(word)
}

pub(super) fn filter(rng: &mut SeededRng, depth: usize) -> String {
    if rng.one_in(40) {
        return long_filter(rng);
    }
    if depth == 0 || rng.one_in(2) {
        return term(rng);
    }
    match rng.below(5) {
        0 => format!("({})", filter(rng, depth - 1)),
        1 => format!("not ({})", filter(rng, depth - 1)),
        2 => format!("{}[{}]", rng.pick(NAMES), filter(rng, depth - 1)),
        3 => format!("{}[{}].{}", rng.pick(NAMES), filter(rng, depth - 1), term(rng)),
        _ => {
            let word = rng.pick(&[" and ", " or ", " AND ", " xor ", " ", ""]);
            [filter(rng, depth - 1), filter(rng, depth - 1)].join(word)
        }
    }
}

fn term(rng: &mut SeededRng) -> String {
    if rng.one_in(30) {
        return format!("{} {} \"{}\"", rng.pick(NAMES), rng.pick(OPERATORS), long(rng));
    }
    format!("{} {} {}", rng.pick(NAMES), rng.pick(OPERATORS), rng.pick(VALUES))
}

/// Paths that there are, as most random ones are refused before they do anything.
const PATHS: &[&str] = &[
    "title",
    "active",
    "displayName",
    "name.familyName",
    "emails",
    "emails[type eq \"work\"].value",
    "emails[value co \"ä\" or value co \"ss\"]",
    "emails[value pr].display",
    "emails[not (type eq \"İ\")]",
    "roles[value eq \"ß\"]",
    "addresses[type eq \"ＨＯＭＥ\"].formatted",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "members",
    "members[display co \"ﬁ\"]",
];

pub(super) fn path(rng: &mut SeededRng) -> String {
    if rng.one_in(2) {
        return (*rng.pick(PATHS)).to_owned();
    }
    let name = rng.pick(NAMES);
    match rng.below(4) {
        0 => (*name).to_owned(),
        1 => format!("{name}[{}]", filter(rng, 2)),
        2 => format!(
            "{name}[{}].{}",
            filter(rng, 2),
            rng.pick(&["value", "type", "primary", "country", "nick", ""])
        ),
        _ => format!("{name}.{}", rng.pick(NAMES)),
    }
}

pub(super) fn name(rng: &mut SeededRng) -> String {
    (*rng.pick(NAMES)).to_owned()
}
