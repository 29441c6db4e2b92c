//! Everything that is refused is refused in SCIM's form.

use axum::body::Body;
use http::header;
use scim_facade::router;
use serde_json::{Value, json};

use crate::world::{World, assert_refused};

#[tokio::test]
async fn without_a_good_token_every_route_is_401() {
    let world = World::new();
    for path in router::PATHS {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let url = format!("/scim/v2{}", path.replace(['{', '}'], ""));
            let request = || http::Request::builder().method(method).uri(&url);
            let stranger = request().header(header::AUTHORIZATION, "Bearer stranger");
            for request in [request(), stranger] {
                let reply = world.send(request.body(Body::empty()).unwrap()).await;
                if reply.status != 405 {
                    assert_refused(&reply, 401, None);
                    assert_eq!(reply.header("www-authenticate"), "Bearer", "{method} {path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_the_core_does_not_know_is_401_before_anything_is_said_about_the_body() {
    let world = World::new();
    for (method, path) in [
        ("POST", "/Users"),
        ("PATCH", "/Users/x"),
        ("PUT", "/Groups/x"),
        ("POST", "/Bulk"),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"));
        let request = request
            .header(header::AUTHORIZATION, "Bearer stranger")
            .body(Body::from("no json"))
            .unwrap();
        assert_refused(&world.send(request).await, 401, None);
    }
}

#[tokio::test]
async fn an_unknown_id_is_404_before_anything_is_said_about_the_body() {
    let world = World::new();
    for method in ["PUT", "PATCH"] {
        for path in ["/Users/00419288770123", "/Groups/grp_1"] {
            assert_refused(&world.call(method, path, json!([])).await, 404, None);
        }
    }
    for path in ["/Users/0", "/Groups/0"] {
        assert_refused(&world.get(path).await, 404, None);
        assert_refused(&world.call("DELETE", path, Value::Null).await, 404, None);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_scim_form() {
    let world = World::new();
    for path in ["/Nothing", "/Users/1/2", "/v1"] {
        assert_refused(&world.get(path).await, 404, None);
    }
    let reply = world.call("DELETE", "/Users", Value::Null).await;
    assert_refused(&reply, 405, None);
    assert_eq!(reply.header("allow"), "GET,HEAD,POST");
    assert_refused(&world.call("POST", "/Users/1", json!({})).await, 405, None);
    assert_refused(&world.call("POST", "/Schemas", json!({})).await, 405, None);
    assert_refused(&world.get("/Me").await, 501, None);
}

#[tokio::test]
async fn bodies_that_are_no_scim_are_told_apart() {
    let world = World::new();
    assert_refused(
        &world.call("POST", "/Users", json!([])).await,
        400,
        Some("invalidSyntax"),
    );
    let typed = World::request("POST", "/scim/v2/Users").header(header::CONTENT_TYPE, "text/plain");
    assert_refused(&world.send(typed.body("{}".into()).unwrap()).await, 415, None);
    let large = World::request("POST", "/scim/v2/Users")
        .body(vec![b' '; 17 << 20].into())
        .unwrap();
    assert_refused(&world.send(large).await, 413, None);
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing() {
    let world = World::new();
    let reply = world.get("/Users/panic").await;
    assert_refused(&reply, 500, None);
    assert_eq!(reply.json["detail"], "internal error");
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_type_that_was_asked_for() {
    let world = World::new();
    let request = World::request("GET", "/scim/v2/Users").header("x-request-id", "mine");
    let reply = world
        .send(
            request
                .header(header::ACCEPT, "application/json")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(
        (reply.header("x-request-id"), reply.header("content-type")),
        ("mine", "application/json")
    );
    let other = world.get("/Nothing").await;
    assert!(other.header("x-request-id").starts_with("scim-"));
}

#[tokio::test]
async fn q08_stray_slashes_and_both_base_paths_lead_to_the_same_answer() {
    let world = World::new();
    let id = world.user("ada").await;
    for path in [
        "/scim/v2//Users/",
        "/scim/v2/Users/{id}/",
        "//scim/v2//Users//{id}?",
        "/api/v1/scim/v2/Users/{id}",
    ] {
        let request = World::request("GET", &path.replace("{id}", &id))
            .body(Body::empty())
            .unwrap();
        let reply = world.send(request).await;
        assert_eq!(reply.status, 200, "{path}");
    }
    let request =
        World::request("POST", "/scim/v2/Users/").body(json!({ "userName": "b" }).to_string().into());
    assert_eq!(world.send(request.unwrap()).await.status, 201);
}
