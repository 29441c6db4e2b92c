//! Requests that a rule of the directory refuses.

use serde_json::{Value, json};

use super::{Case, Where, case};
use crate::harness::{
    World,
    scim::{group_body, patch_body, text, user_body},
};

/// Of what else the directory holds.
pub(super) async fn of_directories(world: &World, strict: &World) -> Vec<Case> {
    world.set_policy(&[("external_id.unique", "true")]).await;
    let scim = world.scim();
    let taken = json!({"userName": "taken", "externalId": "x-1"});
    let user = text(&scim.post("/Users", &taken).await.expect(201)["id"]);
    let inner = text(&scim.create_group("inner", &[&user]).await["id"]);
    let outer = text(&scim.create_group("outer", &[&inner]).await["id"]);
    let add_outer = json!([{"op": "add", "path": "members", "value": [{"value": outer}]}]);
    let inner = format!("/Groups/{inner}");
    let mut cases = of_the_last_admin(world).await;
    cases.extend(of_the_strict(strict).await);
    cases.extend([
        case(
            "a userName that is taken",
            scim.request_with("POST", "/Users", &user_body("TAKEN")),
        ),
        case(
            "an externalId that is taken (`external_id.unique` is `true`)",
            scim.request_with(
                "POST",
                "/Users",
                &json!({"userName": "free", "externalId": "x-1"}),
            ),
        ),
        case(
            "a displayName that is taken",
            scim.request_with("POST", "/Groups", &group_body("Inner", &[])),
        ),
        case(
            "a rename of a group to a name that is taken",
            scim.request_with(
                "PATCH",
                &inner,
                &patch_body(json!([{"op": "replace", "path": "displayName", "value": "outer"}])),
            ),
        ),
        case(
            "a group in itself",
            scim.request_with("PATCH", &inner, &patch_body(add_outer)),
        ),
        case(
            "a DELETE of what is not there",
            scim.request("DELETE", "/Groups/0"),
        ),
    ]);
    cases
}

async fn of_the_last_admin(world: &World) -> Vec<Case> {
    let scim = world.scim();
    let boss = json!({"userName": "boss", "roles": [{"value": "admin"}]});
    let boss = text(&scim.post("/Users", &boss).await.expect(201)["id"]);
    let path = format!("/Users/{boss}");
    let off = patch_body(json!([{"op": "replace", "path": "active", "value": false}]));
    let none = patch_body(json!([{"op": "remove", "path": "roles"}]));
    let put = json!({"userName": "boss", "active": false});
    vec![
        case(
            "the deactivation of the last admin by PATCH",
            scim.request_with("PATCH", &path, &off),
        ),
        case(
            "the last admin's roles removed by PATCH",
            scim.request_with("PATCH", &path, &none),
        ),
        case(
            "the deactivation of the last admin by PUT",
            scim.request_with("PUT", &path, &put),
        ),
        case("a DELETE of the last admin", scim.request("DELETE", &path)),
    ]
}

/// Lists requests that the letter of the RFC and stricter policies refuse.
async fn of_the_strict(strict: &World) -> Vec<Case> {
    let scim = strict.scim();
    let user = scim.create_user("strict").await;
    let path = format!("/Users/{}", text(&user["id"]));
    let operation =
        json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x.example"});
    let missing = patch_body(json!([operation]));
    let in_strict = |case: Case| Case {
        world: Where::Strict,
        ..case
    };
    vec![
        in_strict(case(
            "an element that is not there (`patch.replace_missing` is `no_target`)",
            scim.request_with("PATCH", &path, &missing),
        )),
        in_strict(case(
            "an unknown member (`groups.unknown_members` is `reject`)",
            scim.request_with("POST", "/Groups", &group_body("strict", &["0"])),
        )),
    ]
}

/// Of `/Bulk`, each operation by itself.
pub(super) fn of_bulk(world: &World) -> Vec<Case> {
    let scim = world.scim();
    let bulk = |operations: Value| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        scim.request_with(
            "POST",
            "/Bulk",
            &json!({"schemas": [schema], "Operations": operations}),
        )
    };
    let many = vec![json!({"method": "DELETE", "path": "/Users/0"}); 1_001];
    let data = user_body("bulk");
    let refers = |to: &str| group_body(to, &[to]);
    vec![
        case(
            "a Bulk without operations",
            scim.request_with("POST", "/Bulk", &json!({})),
        ),
        case("a Bulk of more than 1,000 operations", bulk(json!(many))),
        case(
            "an operation of a Bulk with an unknown method",
            bulk(json!([{"method": "COPY", "path": "/Users"}])),
        ),
        case(
            "an operation of a Bulk on an unknown path",
            bulk(json!([{"method": "POST", "path": "/Pets", "bulkId": "a", "data": data}])),
        ),
        case(
            "an operation of a Bulk without data",
            bulk(json!([{"method": "POST", "path": "/Users", "bulkId": "a"}])),
        ),
        case(
            "an operation of a Bulk on an unknown id",
            bulk(json!([{"method": "DELETE", "path": "/Users/0"}])),
        ),
        case(
            "a bulkId of no operation",
            bulk(json!([{"method": "POST", "path": "/Groups", "bulkId": "a", "data": refers("bulkId:b")}])),
        ),
        case(
            "a circle of bulkIds",
            bulk(json!([
                {"method": "POST", "path": "/Groups", "bulkId": "round", "data": refers("bulkId:round")},
            ])),
        ),
        case(
            "a value that is refused within a Bulk",
            bulk(json!([{"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": ""}}])),
        ),
    ]
}
