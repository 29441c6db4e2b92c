//! Creating users.

use serde_json::json;

use crate::harness::{
    World, assert_refused, everywhere,
    scim::{patch_body, text, user_body},
};

everywhere!(
    q23_a_create_answers_the_whole_resource_and_where_it_is,
    q24_a_second_create_of_a_name_is_a_conflict_that_changes_nothing,
    q31_a_user_name_need_not_be_a_mail_address,
    q47_names_beside_those_of_an_operation_are_ignored,
    q48_a_patch_of_a_user_answers_the_user,
);

async fn q23_a_create_answers_the_whole_resource_and_where_it_is(world: World) {
    let scim = world.scim();
    let answer = scim.post("/Users", &user_body("ada")).await;
    let user = answer.expect(201);
    let location = answer.header("location");
    assert_eq!(user["meta"]["location"], location);
    assert!(
        location.ends_with(&format!("/Users/{}", text(&user["id"]))),
        "{location}"
    );
    assert_eq!(user["meta"]["resourceType"], "User");
    assert_eq!(
        scim.get(&format!("/Users/{}", text(&user["id"])))
            .await
            .expect(200),
        user
    );
}

async fn q24_a_second_create_of_a_name_is_a_conflict_that_changes_nothing(world: World) {
    let scim = world.scim();
    let id = text(&scim.create_user("ada").await["id"]);
    let path = format!("/Users/{id}");
    let off = patch_body(json!([{"op": "replace", "path": "active", "value": false}]));
    scim.send(scim.request_with("PATCH", &path, &off))
        .await
        .expect(200);
    let before = world.grpc().revision().await;
    for name in ["ada", "ADA"] {
        let again = scim
            .post("/Users", &json!({"userName": name, "title": "x"}))
            .await;
        assert_refused(&again, 409, Some("uniqueness"));
    }
    assert_eq!(world.grpc().revision().await, before);
}

async fn q31_a_user_name_need_not_be_a_mail_address(world: World) {
    for name in ["ada.l", "X-100", "Ada Lovelace", "ada|acme"] {
        assert_eq!(world.scim().create_user(name).await["userName"], name);
    }
}

async fn q47_names_beside_those_of_an_operation_are_ignored(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let mut body = patch_body(json!([{"op": "replace", "name": "addTitle", "path": "title", "value": "x"}]));
    body["id"] = "whatever".into();
    let answer = scim.send(scim.request_with("PATCH", &path, &body)).await;
    assert_eq!(answer.expect(200)["title"], "x");
}

async fn q48_a_patch_of_a_user_answers_the_user(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let body = patch_body(json!([{"op": "add", "path": "nickName", "value": "a"}]));
    let whole = scim
        .send(scim.request_with("PATCH", &path, &body))
        .await
        .expect(200);
    assert_eq!(
        (&whole["userName"], &whole["nickName"]),
        (&json!("ada"), &json!("a"))
    );
    let asked = format!("{path}?attributes=nickName");
    let part = scim
        .send(scim.request_with("PATCH", &asked, &body))
        .await
        .expect(200);
    assert!(
        part.get("userName").is_none() && part.get("nickName").is_some(),
        "{part}"
    );
}
