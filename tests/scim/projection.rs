//! `attributes` and `excludedAttributes`: RFC 7644, section 3.9.

use serde_json::{Value, json};

use crate::harness::{World, everywhere, scim::text};

everywhere!(
    only_the_attributes_asked_for_are_answered,
    excluded_attributes_are_left_out,
    changes_answer_the_attributes_asked_for,
    a_password_is_never_answered,
);

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn only_the_attributes_asked_for_are_answered(world: World) {
    let path = create(&world).await;
    for (attributes, expected) in [
        ("userName", vec!["userName"]),
        ("USERNAME,title", vec!["title", "userName"]),
        ("name.givenName", vec!["name"]),
        ("emails.value", vec!["emails"]),
        ("unknown", vec![]),
        ("urn:ietf:params:scim:schemas:core:2.0:User:title", vec!["title"]),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            vec![ENTERPRISE],
        ),
        ("id", vec![]),
    ] {
        for path in [
            format!("{path}?attributes={attributes}"),
            format!("/Users?attributes={attributes}"),
        ] {
            let answer = world.scim().get(&path).await.expect(200);
            assert_eq!(members(first(&answer)), expected, "{path}: {answer}");
        }
    }
    let answer = world
        .scim()
        .get(&format!("{path}?attributes=name.givenName"))
        .await
        .expect(200);
    assert_eq!(answer["name"], json!({"givenName": "Ada"}));
}

async fn excluded_attributes_are_left_out(world: World) {
    let path = create(&world).await;
    let whole = world.scim().get(&path).await.expect(200);
    for (excluded, gone) in [
        ("emails", "emails"),
        ("EMAILS,id,schemas", "emails"),
        ("meta", "meta"),
        (ENTERPRISE, ENTERPRISE),
    ] {
        for path in [
            format!("{path}?excludedAttributes={excluded}"),
            format!("/Users?excludedAttributes={excluded}"),
        ] {
            let answer = world.scim().get(&path).await.expect(200);
            let answer = first(&answer);
            assert!(answer.get(gone).is_none(), "{path}: {answer}");
            assert_eq!(
                (&answer["id"], &answer["userName"]),
                (&whole["id"], &whole["userName"]),
                "{path}"
            );
        }
    }
    let answer = world
        .scim()
        .get(&format!("{path}?excludedAttributes=name.familyName"))
        .await
        .expect(200);
    assert_eq!(answer["name"], json!({"givenName": "Ada"}));
}

async fn changes_answer_the_attributes_asked_for(world: World) {
    let scim = world.scim();
    let body = json!({"userName": "bob", "title": "x"});
    let created = scim.post("/Users?attributes=title", &body).await.expect(201);
    assert_eq!(members(&created), ["title"]);
    let path = format!("/Users/{}?attributes=title", text(&created["id"]));
    assert_eq!(members(&scim.put(&path, &body).await.expect(200)), ["title"]);
    let operation = json!([{"op": "replace", "path": "title", "value": "y"}]);
    assert_eq!(
        members(&scim.patch(&path, operation).await.expect(200)),
        ["title"]
    );
}

async fn a_password_is_never_answered(world: World) {
    let scim = world.scim();
    let body = json!({"userName": "ada", "password": "correct horse"});
    let created = scim.post("/Users?attributes=password", &body).await.expect(201);
    let path = format!("/Users/{}", text(&created["id"]));
    let operation = json!([{"op": "replace", "path": "password", "value": "battery staple"}]);
    let patched = scim.patch(&path, operation).await.expect(200);
    let read = scim.get(&format!("{path}?attributes=password")).await.expect(200);
    for answer in [&created, &patched, &read] {
        assert!(answer.get("password").is_none(), "{answer}");
    }
    let log = format!("{:?}", world.grpc().changes_after(0).await);
    assert!(!log.contains("correct horse") && !log.contains("battery staple"));
}

async fn create(world: &World) -> String {
    let body = json!({
        "userName": "ada", "title": "Countess", "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work"}], ENTERPRISE: {"department": "R"},
    });
    let created = world.scim().post("/Users", &body).await.expect(201);
    format!("/Users/{}", text(&created["id"]))
}

/// The only resource of a list answer, or the resource itself.
fn first(answer: &Value) -> &Value {
    answer.get("Resources").map_or(answer, |resources| &resources[0])
}

/// The members of a resource beside those that are always there.
fn members(resource: &Value) -> Vec<&str> {
    let names = resource
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str);
    let mut names: Vec<_> = names.filter(|name| !["id", "schemas"].contains(name)).collect();
    names.sort_unstable();
    names
}
