//! Ids that lead nowhere: made up, deleted, or another organization's.

use serde_json::{Value, json};

use super::bad_input::assert_refused_without_trace;
use crate::harness::{
    World, assert_refused, everywhere,
    scim::{group_body, patch_body, text, user_body},
};

everywhere!(
    an_unknown_id_is_not_found,
    an_id_of_another_organization_is_not_found,
    a_deleted_resource_is_not_found,
    a_member_of_another_organization_is_passed_over,
);

async fn an_unknown_id_is_not_found(world: World) {
    for id in [
        "x",
        "0",
        "00919288221112222",
        "0199f1a0-0000-7000-8000-000000000000",
        "%00",
        "%20",
        "a%2Fb",
        "ä%C3%A4",
    ] {
        assert_nothing_there(&world, id).await;
    }
}

async fn an_id_of_another_organization_is_not_found(world: World) {
    let other = world.other().await;
    let user = text(&other.scim().create_user("ada").await["id"]);
    let group = text(&other.scim().create_group("Team", &[&user]).await["id"]);
    let before = other.grpc().revision().await;

    for id in [&user, &group] {
        assert_nothing_there(&world, id).await;
    }

    assert_eq!(other.grpc().revision().await, before);
    assert_eq!(other.scim().member_ids(&group).await, [user].into());
}

async fn a_deleted_resource_is_not_found(world: World) {
    let scim = world.scim();
    let user = text(&scim.create_user("ada").await["id"]);
    let group = text(&scim.create_group("Team", &[&user]).await["id"]);
    scim.delete(&format!("/Users/{user}")).await.expect(204);
    scim.delete(&format!("/Groups/{group}")).await.expect(204);

    assert_nothing_there(&world, &user).await;
    assert_nothing_there(&world, &group).await;
    let again = text(&scim.create_user("ada").await["id"]);
    assert_ne!(again, user);
}

/// By default ids that are nobody's are ignored; another organization's person is nobody here.
async fn a_member_of_another_organization_is_passed_over(world: World) {
    let stranger = text(&world.other().await.scim().create_user("ada").await["id"]);
    let group = text(&world.scim().create_group("Team", &[&stranger]).await["id"]);
    let add = json!([{"op": "add", "path": "members", "value": [{"value": stranger}]}]);
    let answer = world.scim().patch(&format!("/Groups/{group}"), add).await;
    assert!(answer.status.is_success(), "{answer}");
    assert!(world.scim().member_ids(&group).await.is_empty());

    let strict = world.with_preset("strict_rfc").await;
    let answer = strict
        .scim()
        .post("/Groups", &group_body("Team", &[&stranger]))
        .await;
    assert_refused(&answer, 400, Some("invalidValue"));
}

async fn assert_nothing_there(world: &World, id: &str) {
    let replace = patch_body(json!([{"op": "replace", "path": "displayName", "value": "x"}]));
    for (resources, body) in [("Users", user_body("x")), ("Groups", group_body("x", &[]))] {
        let path = format!("/{resources}/{id}");
        for (method, body) in [
            ("GET", Value::Null),
            ("PUT", body),
            ("PATCH", replace.clone()),
            ("DELETE", Value::Null),
        ] {
            let request = if body.is_null() {
                world.scim().request(method, &path)
            } else {
                world.scim().request_with(method, &path, &body)
            };
            assert_refused_without_trace(world, request, 404, None).await;
        }
    }
}
