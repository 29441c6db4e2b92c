//! `/Users`.

use std::sync::atomic::Ordering;

use axum::body::Body;
use http::header;
use serde_json::{Value, json};

use crate::world::{World, assert_refused};

#[tokio::test]
async fn a_new_user_is_201_with_its_place_and_version() {
    let world = World::new();
    let reply = world.call("POST", "/Users", json!({ "userName": "ada" })).await;
    assert_eq!(reply.status, 201);
    assert_eq!(
        reply.header("location"),
        "http://127.0.0.1:8080/scim/v2/Users/id001"
    );
    assert_eq!(reply.header("etag"), "W/\"1\"");
    assert_eq!(reply.json["meta"]["version"], "W/\"1\"");
    assert_eq!(reply.json["meta"]["location"], reply.header("location"));
}

#[tokio::test]
async fn a_taken_user_name_is_409_uniqueness_and_the_detail_names_it() {
    let world = World::new();
    world.user("ada").await;
    let reply = world.call("POST", "/Users", json!({ "userName": "ADA" })).await;
    assert_refused(&reply, 409, Some("uniqueness"));
    assert!(reply.json["detail"].as_str().unwrap().contains("userName"));
}

#[tokio::test]
async fn a_read_by_id_is_one_call_of_the_core() {
    let world = World::new();
    let id = world.user("ada").await;
    world.core.calls();
    assert_eq!(world.get(&format!("/Users/{id}")).await.status, 200);
    assert_eq!(world.core.calls(), ["GetUser"]);
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let world = World::new();
    let id = world.user("ada").await;
    let reply = world.call("HEAD", &format!("/Users/{id}"), Value::Null).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("etag"), &reply.json),
        (200, "W/\"1\"", &Value::Null)
    );
}

#[tokio::test]
async fn a_version_that_the_client_has_is_not_sent_again() {
    let world = World::new();
    let id = world.user("ada").await;
    let request =
        World::request("GET", &format!("/scim/v2/Users/{id}")).header(header::IF_NONE_MATCH, "W/\"1\"");
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.json), (304, Value::Null));
}

#[tokio::test]
async fn a_patch_names_the_version_that_it_read_and_starts_again_when_it_was_late() {
    let world = World::new();
    let id = world.user("ada").await;
    world.core.calls();
    world.core.conflicts.store(2, Ordering::SeqCst);
    let reply = world
        .patch(
            &format!("/Users/{id}"),
            json!({ "op": "replace", "path": "title", "value": "Boss" }),
        )
        .await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json["title"]),
        (200, &json!("Boss"))
    );
    let calls = world.core.calls();
    assert_eq!(calls.iter().filter(|call| **call == "UpdateUser").count(), 3);
    assert_eq!(calls.iter().filter(|call| **call == "GetPolicy").count(), 1);
}

#[tokio::test]
async fn a_stale_if_match_is_412_and_a_current_one_goes_through() {
    let world = World::new();
    let id = world.user("ada").await;
    let body = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "Boss" }] }).to_string();
    for (tag, status) in [
        ("W/\"7\"", 412),
        ("W/\"7\", W/\"1\"", 200),
        ("*", 200),
        ("1", 412),
    ] {
        let request = World::request("PATCH", &format!("/scim/v2/Users/{id}")).header(header::IF_MATCH, tag);
        let reply = world.send(request.body(body.clone().into()).unwrap()).await;
        assert_eq!(reply.status, status, "{tag}");
    }
    for method in ["PUT", "DELETE"] {
        let request =
            World::request(method, &format!("/scim/v2/Users/{id}")).header(header::IF_MATCH, "W/\"7\"");
        let reply = world
            .send(
                request
                    .body(json!({ "userName": "ada" }).to_string().into())
                    .unwrap(),
            )
            .await;
        assert_refused(&reply, 412, None);
    }
}

#[tokio::test]
async fn a_put_is_one_call_and_answers_the_user() {
    let world = World::new();
    let id = world.user("ada").await;
    world.core.calls();
    let reply = world
        .call(
            "PUT",
            &format!("/Users/{id}"),
            json!({ "userName": "bob", "id": id }),
        )
        .await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json["userName"]),
        (200, &json!("bob"))
    );
    assert_eq!(world.core.calls(), ["UpdateUser"]);
}

#[tokio::test]
async fn a_deleted_user_is_gone() {
    let world = World::new();
    let id = world.user("ada").await;
    let reply = world.call("DELETE", &format!("/Users/{id}"), Value::Null).await;
    assert_eq!((reply.status.as_u16(), reply.json), (204, Value::Null));
    assert_refused(&world.get(&format!("/Users/{id}")).await, 404, None);
}

#[tokio::test]
async fn attributes_are_chosen_in_every_answer() {
    let world = World::new();
    let path = "/Users?attributes=userName";
    let made = world
        .call("POST", path, json!({ "userName": "ada", "title": "Boss" }))
        .await
        .json;
    let id = made["id"].as_str().unwrap();
    let operation = json!({ "op": "add", "path": "displayName", "value": "Ada" });
    let patched = world
        .patch(&format!("/Users/{id}?excludedAttributes=title"), operation)
        .await
        .json;
    assert_eq!((made.get("title"), &made["userName"]), (None, &json!("ada")));
    assert_eq!(
        (patched.get("title"), &patched["displayName"]),
        (None, &json!("Ada"))
    );
}

#[tokio::test]
async fn without_such_an_element_a_replace_makes_one_or_not_as_the_policy_says() {
    let world = World::new();
    let id = world.user("ada").await;
    *world.core.replace_missing.lock().unwrap() = "no_target".into();
    let operation =
        json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x.example" });
    assert_refused(
        &world.patch(&format!("/Users/{id}"), operation).await,
        400,
        Some("noTarget"),
    );
}
