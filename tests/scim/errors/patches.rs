//! PATCH requests that are refused.

use serde_json::{Value, json};

use super::{Case, case};
use crate::harness::{
    Request, World,
    scim::{patch_body, text},
};

/// Of a user with two e-mail addresses.
pub(super) async fn of_users(world: &World) -> Vec<Case> {
    let scim = world.scim();
    let emails = json!([{"value": "a@x.example", "type": "work"}, {"value": "b@x.example", "type": "home"}]);
    let body = json!({"userName": "patched", "emails": emails});
    let user = scim.post("/Users", &body).await.expect(201);
    let target = format!("/Users/{}", text(&user["id"]));
    let raw = |body: Value| scim.request_with("PATCH", &target, &body);
    let patch = |operations: Value| raw(patch_body(operations));
    let one = |operation: Value| patch(json!([operation]));
    let mut cases = of_forms(&raw, &patch);
    cases.extend(of_paths(&one));
    cases.extend([
        case(
            "a read-only attribute",
            one(json!({"op": "replace", "path": "groups", "value": []})),
        ),
        case(
            "another id",
            one(json!({"op": "replace", "path": "id", "value": "x"})),
        ),
        case(
            "the removal of what is required",
            one(json!({"op": "remove", "path": "userName"})),
        ),
        case(
            "a text for a boolean",
            one(json!({"op": "replace", "path": "active", "value": "perhaps"})),
        ),
        case(
            "NUL in a value",
            one(json!({"op": "replace", "path": "title", "value": "a\u{0}b"})),
        ),
        case(
            "the second of two operations is wrong",
            patch(json!([
                {"op": "replace", "path": "title", "value": "x"},
                {"op": "replace", "path": "name", "value": 5},
            ])),
        ),
        case(
            "the second of two operations breaks a rule",
            patch(json!([
                {"op": "replace", "path": "title", "value": "x"},
                {"op": "replace", "path": "nickName", "value": "x".repeat(1025)},
            ])),
        ),
        case(
            "a stale If-Match",
            one(json!({"op": "replace", "path": "title", "value": "x"})).header("if-match", "W/\"99\""),
        ),
    ]);
    cases
}

/// Of the operations' form.
fn of_forms(raw: &impl Fn(Value) -> Request, patch: &impl Fn(Value) -> Request) -> Vec<Case> {
    let many = vec![json!({"op": "remove", "path": "title"}); 20_001];
    vec![
        case("a PATCH without operations", raw(json!({}))),
        case("a PATCH with none", patch(json!([]))),
        case(
            "a PATCH of another schema",
            raw(json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "Operations": [{"op": "remove", "path": "title"}]
            })),
        ),
        case("more than 20,000 operations", patch(json!(many))),
        case("an operation that is no object", patch(json!(["remove"]))),
        case(
            "an operation without op",
            patch(json!([{"path": "title", "value": "x"}])),
        ),
        case("an unknown op", patch(json!([{"op": "move", "path": "title"}]))),
        case("no value", patch(json!([{"op": "add", "path": "title"}]))),
        case(
            "neither path nor an object",
            patch(json!([{"op": "replace", "value": "x"}])),
        ),
        case("a removal without a path", patch(json!([{"op": "remove"}]))),
    ]
}

/// Of an operation's path.
fn of_paths(one: &impl Fn(Value) -> Request) -> Vec<Case> {
    let at = |path: &str| one(json!({"op": "replace", "path": path, "value": "x"}));
    vec![
        case(
            "a path that is no text",
            one(json!({"op": "replace", "path": 5, "value": "x"})),
        ),
        case("a path that does not parse", at("emails[type eq")),
        case("a path to an unknown attribute", at("shoeSize")),
        case("a path to an unknown sub-attribute", at("name.nick")),
        case("a path of an unknown schema", at("urn:example:2.0:User:badge")),
        case(
            "an unknown attribute in a path's filter",
            at("emails[shoe eq \"x\"].value"),
        ),
        case(
            "a filter on what is no list",
            at("name[givenName eq \"x\"].familyName"),
        ),
        case("a value for several elements at once", at("emails.value")),
    ]
}
