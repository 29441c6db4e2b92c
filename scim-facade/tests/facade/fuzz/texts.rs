//! Filters and paths that are nearly right.

use super::dice::Dice;

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
pub(super) fn long(dice: &mut Dice) -> String {
    let part = dice.pick(&[
        "x",
        "Ä",
        "ﬀ",
        "e\u{301}",
        "ｆ",
        "\u{1f469}\u{200d}",
        "İ\u{202e}",
        "\u{fdfa}",
    ]);
    part.repeat(dice.below(1100))
}

/// A filter of as many terms as one may have, or a few more.
fn long_filter(dice: &mut Dice) -> String {
    let word = dice.pick(&[" and ", " or "]);
    let terms: Vec<_> = (0..dice.below(210)).map(|_| term(dice)).collect();
    terms.join(word)
}

pub(super) fn filter(dice: &mut Dice, depth: usize) -> String {
    if dice.one_in(40) {
        return long_filter(dice);
    }
    if depth == 0 || dice.one_in(2) {
        return term(dice);
    }
    match dice.below(5) {
        0 => format!("({})", filter(dice, depth - 1)),
        1 => format!("not ({})", filter(dice, depth - 1)),
        2 => format!("{}[{}]", dice.pick(NAMES), filter(dice, depth - 1)),
        3 => format!("{}[{}].{}", dice.pick(NAMES), filter(dice, depth - 1), term(dice)),
        _ => {
            let word = dice.pick(&[" and ", " or ", " AND ", " xor ", " ", ""]);
            [filter(dice, depth - 1), filter(dice, depth - 1)].join(word)
        }
    }
}

fn term(dice: &mut Dice) -> String {
    if dice.one_in(30) {
        return format!("{} {} \"{}\"", dice.pick(NAMES), dice.pick(OPERATORS), long(dice));
    }
    format!(
        "{} {} {}",
        dice.pick(NAMES),
        dice.pick(OPERATORS),
        dice.pick(VALUES)
    )
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

pub(super) fn path(dice: &mut Dice) -> String {
    if dice.one_in(2) {
        return (*dice.pick(PATHS)).to_owned();
    }
    let name = dice.pick(NAMES);
    match dice.below(4) {
        0 => (*name).to_owned(),
        1 => format!("{name}[{}]", filter(dice, 2)),
        2 => format!(
            "{name}[{}].{}",
            filter(dice, 2),
            dice.pick(&["value", "type", "primary", "country", "nick", ""])
        ),
        _ => format!("{name}.{}", dice.pick(NAMES)),
    }
}

pub(super) fn name(dice: &mut Dice) -> String {
    (*dice.pick(NAMES)).to_owned()
}
