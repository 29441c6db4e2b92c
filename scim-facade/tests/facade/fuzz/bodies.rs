//! Bodies that are nearly right.

use serde_json::{Value, json};

use super::{seeded_rng::SeededRng, texts};

/// A value of any kind.
pub(super) fn value(rng: &mut SeededRng, depth: usize) -> Value {
    match rng.below(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => rng.one_in(2).into(),
        2 => (*rng.pick(&[0_i64, 1, -1, i64::MAX, i64::MIN])).into(),
        3 => json!(1.5),
        4 => (*rng.pick(&[
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
        5 => texts::long(rng).into(),
        6 => (0..rng.below(4)).map(|_| value(rng, depth - 1)).collect(),
        _ => object(rng, depth - 1),
    }
}

fn object(rng: &mut SeededRng, depth: usize) -> Value {
    let mut parts = serde_json::Map::new();
    for _ in 0..rng.below(4) {
        let name = if rng.one_in(2) {
            (*rng.pick(&[
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
            texts::name(rng)
        };
        parts.insert(name, value(rng, depth));
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
pub(super) fn resource(rng: &mut SeededRng) -> Value {
    let mut body = object(rng, 3);
    if !rng.one_in(4) {
        body["userName"] = format!("user{}", rng.below(20)).into();
        body["displayName"] = format!("group{}", rng.below(20)).into();
    }
    body
}

fn operation(rng: &mut SeededRng) -> Value {
    let mut operation = json!({ "op": rng.pick(&["add", "replace", "remove", "Add", "REMOVE", "move", ""]) });
    if !rng.one_in(3) {
        operation["path"] = texts::path(rng).into();
    }
    if !rng.one_in(4) {
        operation["value"] = value(rng, 3);
    }
    if rng.one_in(20) {
        operation["path"] = value(rng, 1);
    }
    operation
}

/// The body of a PATCH.
pub(super) fn patch(rng: &mut SeededRng) -> Value {
    let operations: Vec<_> = (0..=rng.below(4)).map(|_| operation(rng)).collect();
    if rng.one_in(20) {
        return json!({ "Operations": value(rng, 3) });
    }
    if rng.one_in(20) {
        let operation = operation(rng);
        let operations = vec![operation; rng.below(200)];
        return json!({ "Operations": operations });
    }
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// The body of a `/Bulk`.
pub(super) fn bulk(rng: &mut SeededRng) -> Value {
    let operations: Vec<_> = (0..=rng.below(5)).map(|_| bulk_operation(rng)).collect();
    let mut body = json!({ "Operations": operations });
    if rng.one_in(4) {
        body["failOnErrors"] = value(rng, 1);
    }
    body
}

fn bulk_operation(rng: &mut SeededRng) -> Value {
    let path = rng.pick(&[
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
        json!({ "method": rng.pick(&["POST", "PUT", "PATCH", "DELETE", "post", "GET", ""]), "path": path });
    if !rng.one_in(3) {
        operation["bulkId"] = (*rng.pick(&["a", "b", "c", ""])).into();
    }
    operation["data"] = match rng.below(4) {
        0 => patch(rng),
        1 => {
            json!({ "displayName": "g", "members": [{ "value": rng.pick(&["bulkId:a", "bulkId:b", "bulkId:c", "bulkId:", "id001"]) }] })
        }
        2 => value(rng, 2),
        _ => resource(rng),
    };
    if rng.one_in(6) {
        operation["version"] = value(rng, 1);
    }
    operation
}
