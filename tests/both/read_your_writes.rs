//! Immediate visibility in one API of what the other has acknowledged.

use identity_proto::v1::{ActorKind, EntityType, User};
use serde_json::json;
use tonic::Code;

use crate::harness::{World, assert_refused, assert_status, everywhere, grpc::named, scim::text};

everywhere!(
    a_user_created_over_scim_is_there_over_grpc_at_once,
    a_user_created_over_grpc_is_there_over_scim_at_once,
    a_change_over_scim_shows_over_grpc_in_every_field,
    a_change_over_grpc_shows_over_scim,
    a_user_deleted_through_one_api_is_gone_through_the_other,
    the_change_log_says_who_did_what,
);

async fn a_user_created_over_scim_is_there_over_grpc_at_once(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    for name in (0..20).map(|n| format!("p{n}@example.com")) {
        let created = scim.create_user(&name).await;
        let user = grpc.user(&text(&created["id"])).await;
        assert_eq!(user.user_name, name);
        assert!(!user.managed_by.is_empty());
    }
}

async fn a_user_created_over_grpc_is_there_over_scim_at_once(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    for name in (0..20).map(|n| format!("p{n}@example.com")) {
        let created = grpc.create_user(&name).await;
        let user = scim.get(&format!("/Users/{}", created.id)).await.expect(200);
        assert_eq!(user["userName"], json!(name));
        assert_eq!(
            scim.find("/Users", &format!("userName eq \"{name}\"")).await,
            [created.id]
        );
    }
}

async fn a_change_over_scim_shows_over_grpc_in_every_field(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let id = text(&scim.create_user("ada").await["id"]);

    scim.patch(&format!("/Users/{id}"), json!([
        {"op": "add", "path": "name", "value": {"givenName": "Ada", "familyName": "Lovelace"}},
        {"op": "add", "path": "emails", "value": [{"value": "ada@example.com", "type": "work", "primary": true}]},
        {"op": "replace", "path": "active", "value": false},
        {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "R"},
    ])).await.expect(200);

    let user = grpc.user(&id).await;
    assert_eq!(user.name.unwrap().family_name, "Lovelace");
    assert_eq!(user.emails[0].value, "ada@example.com");
    assert_eq!(user.active, Some(false));
    assert_eq!(user.enterprise.unwrap().department, "R");
}

async fn a_change_over_grpc_shows_over_scim(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let user = grpc.create_user("ada").await;

    let change = User {
        id: user.id.clone(),
        display_name: "Ada".into(),
        ..named("lovelace")
    };
    grpc.update_user(change, &["user_name", "display_name"])
        .await
        .unwrap();

    let seen = scim.get(&format!("/Users/{}", user.id)).await.expect(200);
    assert_eq!(
        (&seen["userName"], &seen["displayName"]),
        (&json!("lovelace"), &json!("Ada"))
    );
}

async fn a_user_deleted_through_one_api_is_gone_through_the_other(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = text(&scim.create_user("ada").await["id"]);
    let bob = grpc.create_user("bob").await.id;
    let group = text(&scim.create_group("Both", &[&ada, &bob]).await["id"]);

    scim.delete(&format!("/Users/{ada}")).await.expect(204);
    grpc.delete_user(&bob).await.unwrap();

    assert_status(grpc.try_user(&ada).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    assert_refused(&scim.get(&format!("/Users/{bob}")).await, 404, None);
    assert!(grpc.member_ids(&group).await.is_empty());
    assert!(scim.member_ids(&group).await.is_empty());
}

async fn the_change_log_says_who_did_what(world: World) {
    world.set_policy(&[("manual_updates", "allow")]).await;
    let (scim, grpc) = (world.scim(), world.grpc());
    let before = grpc.revision().await;
    let id = text(&scim.create_user("ada").await["id"]);
    let change = User {
        id: id.clone(),
        title: "Countess".into(),
        ..Default::default()
    };
    grpc.update_user(change, &["title"]).await.unwrap();

    let log = grpc.changes_after(before).await;
    assert_eq!(log.len(), 2);
    assert!(
        log.iter()
            .all(|change| change.entity_id == id && change.entity_type() == EntityType::User)
    );
    let kinds: Vec<_> = log
        .iter()
        .map(|change| change.actor.as_ref().unwrap().kind())
        .collect();
    assert_eq!(kinds, [ActorKind::Scim, ActorKind::Root]);
    assert_eq!(log[1].fields[0].field, "title");
    assert_eq!(log[1].fields[0].after, "\"Countess\"");
}
