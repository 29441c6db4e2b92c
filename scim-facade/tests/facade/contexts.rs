//! Calls of the facade to the core beside the requested one, and their time limits.

use std::time::Duration;

use identity_proto::v1::{ExtendedType, ExtensionSchema, SchemaAttribute};
use serde_json::json;

use crate::world::{World, assert_refused};

const URN: &str = "urn:example:2.0:User";

fn badge() -> ExtensionSchema {
    let attribute = SchemaAttribute {
        name: "badge".into(),
        ..Default::default()
    };
    ExtensionSchema {
        id: URN.into(),
        name: "Badge".into(),
        extends: ExtendedType::User.into(),
        attributes: vec![attribute],
        ..Default::default()
    }
}

#[tokio::test(start_paused = true)]
async fn policy_and_schemas_are_asked_for_at_most_once_a_second() {
    let world = World::new();
    let asked = || {
        world
            .core
            .calls()
            .into_iter()
            .filter(|call| *call == "GetPolicy")
            .count()
    };
    for _ in 0..3 {
        world.get("/ServiceProviderConfig").await;
    }
    assert_eq!(asked(), 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    world.get("/Schemas").await;
    assert_eq!(asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_declared_schema_is_known_after_a_second_at_most() {
    let world = World::new();
    let body = json!({ "userName": "ada", URN: { "badge": "7" } });
    let before = world.call("POST", "/Users", body.clone()).await;
    assert_eq!((before.status.as_u16(), before.json.get(URN)), (201, None));
    world.core.schemas.lock().unwrap().push(badge());
    tokio::time::advance(Duration::from_secs(1)).await;
    let after = world
        .call(
            "POST",
            "/Users",
            json!({ "userName": "bob", URN: { "badge": "7" } }),
        )
        .await;
    assert_eq!(after.json[URN]["badge"], "7");
}

#[tokio::test]
async fn what_only_the_rfcs_define_costs_no_look_up() {
    let world = World::new();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let body = json!({ "userName": "ada", enterprise: { "department": "Kiln" } });
    assert_eq!(world.call("POST", "/Users", body).await.status, 201);
    world
        .get("/Users?filter=userName%20eq%20%22ada%22&attributes=emails")
        .await;
    assert_eq!(world.core.calls(), ["CreateUser", "ListUsers"]);
}

#[tokio::test(start_paused = true)]
async fn a_core_that_stays_silent_is_503_before_the_client_gives_up() {
    let world = World::new();
    let started = tokio::time::Instant::now();
    let reply = world.get("/Users/silence").await;
    assert_refused(&reply, 503, None);
    assert_eq!(reply.header("retry-after"), "1");
    assert!(started.elapsed() < Duration::from_mins(1));
}
