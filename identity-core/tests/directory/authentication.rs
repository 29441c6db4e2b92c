//! Authentication by bearer secrets.

use std::time::Duration;

use identity_core::{
    caller::{Bearer, Caller, Scope},
    connection::ConnectionStatus,
    directory::input::{ConnectionUpdate, NewToken, OrganizationUpdate, Rotation},
    error::{Error, Rule},
    organization::OrganizationStatus,
    platform::{Platform, Timestamp},
};

use crate::harness::{
    ORGANIZATION, ROOT_TOKEN, World, assert_broken, on_every_database, scim_token, service_token,
};

on_every_database![
    a_root_token_makes_root,
    a_secret_makes_its_token_the_caller,
    a_secret_that_is_none_is_refused,
    an_expired_token_is_refused,
    a_token_that_expires_while_remembered_is_refused,
    a_deleted_token_is_refused_at_once,
    a_secret_rotated_out_without_overlap_is_refused_at_once,
    another_instance_refuses_a_deleted_token_within_half_a_second,
    a_token_of_a_disabled_connection_is_refused_at_once,
    a_token_of_a_suspended_organization_is_refused_at_once,
    a_use_is_noted_and_written_down_by_a_flush,
];

async fn a_root_token_makes_root(world: World) {
    assert_eq!(
        world.directory.authenticate(ROOT_TOKEN).await.unwrap(),
        Caller::Root
    );
    assert_refused(&world, "root-tokem").await;
}

async fn assert_refused(world: &World, secret: &str) {
    let answer = world.directory.authenticate(secret).await;
    assert!(matches!(answer, Err(Error::Unauthenticated(_))), "{answer:?}");
}

async fn a_secret_makes_its_token_the_caller(world: World) {
    let (token, secret) = world
        .token(service_token("billing", &[Scope::GroupsRead, Scope::UsersRead]))
        .await;
    let expected = Caller::Service {
        organization_id: token.organization_id,
        token_id: token.id,
        scopes: vec![Scope::UsersRead, Scope::GroupsRead],
        projects: Vec::new(),
        bearer: Bearer::default(),
    };
    for _ in 0..2 {
        let mut served = world.directory.authenticate(&secret).await.unwrap();
        if let Caller::Service { bearer, .. } = &mut served {
            assert!(bearer.origin.take().is_some(), "it is known by which secret");
        }
        assert_eq!(served, expected);
    }
}

async fn a_secret_that_is_none_is_refused(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let (other, _) = world.token(scim_token("other")).await;
    let shortened = &secret[..secret.len() - 1];
    for secret in ["", "x", shortened, &secret.to_uppercase(), &other.secret_prefix] {
        assert_refused(&world, secret).await;
    }
}

/// A token that ends in a minute.
fn expiring(world: &World) -> NewToken {
    NewToken {
        expires_at: Some(Timestamp(world.clock.now().0 + 60_000_000)),
        ..scim_token("idp")
    }
}

async fn an_expired_token_is_refused(world: World) {
    let (_, secret) = world.token(expiring(&world)).await;
    world.pass(Duration::from_mins(1));
    assert_refused(&world, &secret).await;
}

async fn a_token_that_expires_while_remembered_is_refused(world: World) {
    let (_, secret) = world.token(expiring(&world)).await;
    world.pass(Duration::from_millis(59_900));
    world.directory.authenticate(&secret).await.unwrap();
    world.pass(Duration::from_millis(100));
    assert_refused(&world, &secret).await;
}

async fn a_deleted_token_is_refused_at_once(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    world.directory.authenticate(&secret).await.unwrap();
    delete(&world, &token.id.to_string()).await;
    assert_refused(&world, &secret).await;
}

async fn delete(world: &World, id: &str) {
    let deleted = world.directory.delete_token(world.root(), ORGANIZATION, id);
    deleted.await.unwrap();
}

async fn a_secret_rotated_out_without_overlap_is_refused_at_once(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    world.directory.authenticate(&secret).await.unwrap();
    let rotation = Rotation {
        id: token.id.to_string(),
        overlap: Some(Duration::ZERO),
        ..Rotation::default()
    };
    let root = world.root();
    let rotated = world.directory.rotate_token(root, ORGANIZATION, &rotation);
    let (_, fresh) = rotated.await.unwrap();
    assert_refused(&world, &secret).await;
    world.directory.authenticate(&fresh.0).await.unwrap();
}

async fn another_instance_refuses_a_deleted_token_within_half_a_second(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let other = world.other_instance();
    other.authenticate(&secret).await.unwrap();
    delete(&world, &token.id.to_string()).await;
    world.pass(Duration::from_millis(500));
    let answer = other.authenticate(&secret).await;
    assert!(matches!(answer, Err(Error::Unauthenticated(_))), "{answer:?}");
}

async fn a_token_of_a_disabled_connection_is_refused_at_once(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let connection = world.caller(&secret).await.caller.connection_id().unwrap();
    let set = async |status| {
        let update = ConnectionUpdate {
            id: connection.to_string(),
            status: Some(status),
            ..ConnectionUpdate::default()
        };
        let updated = world
            .directory
            .update_connection(world.root(), ORGANIZATION, update)
            .await;
        updated.unwrap();
    };
    set(ConnectionStatus::Disabled).await;
    let refused = world.directory.authenticate(&secret).await;
    assert_broken(refused, &Rule::ConnectionDisabled(connection));
    set(ConnectionStatus::Enabled).await;
    world.directory.authenticate(&secret).await.unwrap();
}

async fn a_token_of_a_suspended_organization_is_refused_at_once(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    world.directory.authenticate(&secret).await.unwrap();
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        status: Some(OrganizationStatus::Suspended),
        ..OrganizationUpdate::default()
    };
    world
        .directory
        .update_organization(world.root(), update)
        .await
        .unwrap();
    let refused = world.directory.authenticate(&secret).await;
    assert_broken(refused, &Rule::OrganizationSuspended);
}

async fn a_use_is_noted_and_written_down_by_a_flush(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let revision = world.revision().await;
    world.pass(Duration::from_secs(30));
    let used = world.clock.now();
    world.directory.authenticate(&secret).await.unwrap();
    world.pass(Duration::from_secs(30));
    world.directory.flush_last_used().await.unwrap();
    let id = token.id.to_string();
    let stored = world
        .directory
        .get_token(world.root(), ORGANIZATION, &id)
        .await
        .unwrap();
    assert_eq!(stored.last_used_at, Some(used));
    assert_eq!(world.revision().await, revision);
}
