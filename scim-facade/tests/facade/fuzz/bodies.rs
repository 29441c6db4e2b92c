//! Bodies that are nearly right.

use serde_json::{Value, json};

use super::{dice::Dice, texts};

/// A value of any kind.
pub(super) fn value(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => dice.one_in(2).into(),
        2 => (*dice.pick(&[0_i64, 1, -1, i64::MAX, i64::MIN])).into(),
        3 => json!(1.5),
        4 => (*dice.pick(&[
            "",
            " ",
            "ada",
            "True",
            "false",
            "work",
            "a\u{0}b",
            "id001",
            "2026-01-01T00:00:00Z",
            "{\"value\":\"admin\"}",
        ]))
        .into(),
        5 => texts::long(dice).into(),
        6 => (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect(),
        _ => object(dice, depth - 1),
    }
}

fn object(dice: &mut Dice, depth: usize) -> Value {
    let mut parts = serde_json::Map::new();
    for _ in 0..dice.below(4) {
        let name = if dice.one_in(2) {
            (*dice.pick(&[
                "value",
                "type",
                "primary",
                "display",
                "$ref",
                "Value",
                "country",
                "familyName",
            ]))
            .to_owned()
        } else {
            texts::name(dice)
        };
        parts.insert(name, value(dice, depth));
    }
    parts.into()
}

/// A user with many long texts that are not ASCII, so that what is done for each of them shows.
pub(super) fn with_long_texts() -> Value {
    let emails: Vec<_> = (0..100)
        .map(|index| json!({ "value": format!("{index}{}", "Äﬀ".repeat(100)), "type": "İ" }))
        .collect();
    json!({ "userName": "first", "emails": emails, "roles": ["ß"], "name": { "familyName": "Ǆ".repeat(200) } })
}

/// A user or group.
pub(super) fn resource(dice: &mut Dice) -> Value {
    let mut body = object(dice, 3);
    if !dice.one_in(4) {
        body["userName"] = format!("user{}", dice.below(20)).into();
        body["displayName"] = format!("group{}", dice.below(20)).into();
    }
    body
}

fn operation(dice: &mut Dice) -> Value {
    let mut operation =
        json!({ "op": dice.pick(&["add", "replace", "remove", "Add", "REMOVE", "move", ""]) });
    if !dice.one_in(3) {
        operation["path"] = texts::path(dice).into();
    }
    if !dice.one_in(4) {
        operation["value"] = value(dice, 3);
    }
    if dice.one_in(20) {
        operation["path"] = value(dice, 1);
    }
    operation
}

/// The body of a PATCH.
pub(super) fn patch(dice: &mut Dice) -> Value {
    let operations: Vec<_> = (0..=dice.below(4)).map(|_| operation(dice)).collect();
    if dice.one_in(20) {
        return json!({ "Operations": value(dice, 3) });
    }
    if dice.one_in(20) {
        let operation = operation(dice);
        let operations = vec![operation; dice.below(200)];
        return json!({ "Operations": operations });
    }
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// The body of a `/Bulk`.
pub(super) fn bulk(dice: &mut Dice) -> Value {
    let operations: Vec<_> = (0..=dice.below(5)).map(|_| bulk_operation(dice)).collect();
    let mut body = json!({ "Operations": operations });
    if dice.one_in(4) {
        body["failOnErrors"] = value(dice, 1);
    }
    body
}

fn bulk_operation(dice: &mut Dice) -> Value {
    let path = dice.pick(&[
        "/Users",
        "/Groups",
        "/Users/id001",
        "/Groups/id002",
        "/Users/bulkId:a",
        "/Pets",
        "Users",
        "",
        "/Users/id001/x",
    ]);
    let mut operation =
        json!({ "method": dice.pick(&["POST", "PUT", "PATCH", "DELETE", "post", "GET", ""]), "path": path });
    if !dice.one_in(3) {
        operation["bulkId"] = (*dice.pick(&["a", "b", "c", ""])).into();
    }
    operation["data"] = match dice.below(4) {
        0 => patch(dice),
        1 => {
            json!({ "displayName": "g", "members": [{ "value": dice.pick(&["bulkId:a", "bulkId:b", "bulkId:c", "bulkId:", "id001"]) }] })
        }
        2 => value(dice, 2),
        _ => resource(dice),
    };
    if dice.one_in(6) {
        operation["version"] = value(dice, 1);
    }
    operation
}
