//! SCIM connections.

use identity_core::{
    change::Action,
    connection::{Connection, IdpKind},
    directory::input::{ConnectionUpdate, NewConnection, UserInput},
    error::{Error, Resource, Result, Rule},
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, assert_taken, named,
    on_every_database,
};

on_every_database![
    a_connection_is_found_by_id_and_by_name_without_case,
    there_are_at_most_as_many_connections_as_the_policy_says,
    a_connection_name_is_unique_without_case,
    a_connection_name_is_no_id,
    an_update_without_effect_changes_nothing,
    a_deleted_connection_releases_what_it_managed,
    a_deleted_connection_takes_its_tokens_along,
];

async fn create(world: &World, name: &str) -> Result<Connection> {
    let new = NewConnection {
        name: name.into(),
        idp_kind: Some(IdpKind::Okta),
        ..NewConnection::default()
    };
    let root = world.root();
    world
        .directory
        .create_connection(root, ORGANIZATION, new, "")
        .await
}

async fn a_connection_is_found_by_id_and_by_name_without_case(world: World) {
    let made = create(&world, "Okta").await.unwrap();
    for name in ["okta", &made.id.to_string()] {
        let found = world
            .directory
            .get_connection(world.root(), ORGANIZATION, name)
            .await;
        assert_eq!(found.unwrap(), made);
    }
    let none = world
        .directory
        .get_connection(world.root(), ORGANIZATION, "entra");
    assert_not_found(none.await);
}

async fn there_are_at_most_as_many_connections_as_the_policy_says(world: World) {
    create(&world, "one").await.unwrap();
    let refused = create(&world, "two").await;
    assert_broken(refused, &Rule::PolicyForbids("connections.max"));
    world.policy(&[("connections.max", "2")]).await;
    create(&world, "two").await.unwrap();
}

async fn a_connection_name_is_unique_without_case(world: World) {
    world.policy(&[("connections.max", "unlimited")]).await;
    create(&world, "Okta").await.unwrap();
    assert_taken(create(&world, "OKTA").await, "name");
    let other = create(&world, "Entra").await.unwrap();
    let update = ConnectionUpdate {
        id: other.id.to_string(),
        name: Some("okta".into()),
        ..ConnectionUpdate::default()
    };
    let root = world.root();
    assert_taken(
        world
            .directory
            .update_connection(root, ORGANIZATION, update)
            .await,
        "name",
    );
}

async fn a_connection_name_is_no_id(world: World) {
    let id = world.organization().await.id.to_string();
    assert_invalid(create(&world, &id).await, "name");
}

async fn an_update_without_effect_changes_nothing(world: World) {
    let made = create(&world, "Okta").await.unwrap();
    let revision = world.revision().await;
    let update = ConnectionUpdate {
        id: made.id.to_string(),
        etag: "1".into(),
        name: Some("Okta".into()),
        idp_kind: Some(IdpKind::Okta),
        ..ConnectionUpdate::default()
    };
    let root = world.root();
    let updated = world
        .directory
        .update_connection(root, ORGANIZATION, update)
        .await;
    assert_eq!(updated.unwrap(), made);
    assert_eq!(world.revision().await, revision);
}

async fn a_deleted_connection_releases_what_it_managed(world: World) {
    let scim = world.scim().await;
    let ada = world
        .directory
        .create_user(&scim, "", named("ada"), "")
        .await
        .unwrap();
    let idle = UserInput {
        active: Some(false),
        ..named("idle")
    };
    world.directory.create_user(&scim, "", idle, "").await.unwrap();
    world.user("unmanaged").await;
    let id = scim.caller.connection_id().unwrap().to_string();
    let released = world
        .directory
        .delete_connection(world.root(), ORGANIZATION, &id, None)
        .await;
    let released = released.unwrap();
    assert_eq!((released.active_users, released.groups), (1, 0));
    assert_eq!(world.get(ada.user.id).await.unwrap().user.managed_by, None);
}

async fn a_deleted_connection_takes_its_tokens_along(world: World) {
    let (_, secret) = world.token(crate::harness::scim_token("idp")).await;
    let scim = world.caller(&secret).await;
    let before = world.revision().await;
    let id = scim.caller.connection_id().unwrap().to_string();
    let root = world.root();
    world
        .directory
        .delete_connection(root, ORGANIZATION, &id, None)
        .await
        .unwrap();
    let refused = world.directory.authenticate(&secret).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
    let changes = world.changes_after(before).await;
    let deleted: Vec<_> = changes.iter().map(|it| (it.resource, it.action)).collect();
    let (connection, token) = (Resource::Connection, Resource::Token);
    assert_eq!(deleted, [(connection, Action::Deleted), (token, Action::Deleted)]);
}
