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
    "\"İ\"",
];

pub(super) fn filter(dice: &mut Dice, depth: usize) -> String {
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
    format!(
        "{} {} {}",
        dice.pick(NAMES),
        dice.pick(OPERATORS),
        dice.pick(VALUES)
    )
}

pub(super) fn path(dice: &mut Dice) -> String {
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
