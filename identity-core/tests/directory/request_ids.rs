//! Request ids: a create that is repeated happens once.

use std::time::Duration;

use identity_core::{
    caller::{Call, Scope},
    connection::IdpKind,
    directory::input::{NewConnection, NewOrganization, UserField},
    error::{Error, Result},
    user::UserView,
};

use crate::harness::{
    ORGANIZATION, World, assert_invalid, assert_not_found, named, on_every_database, scim_token, update,
};

on_every_database![
    a_repeated_create_answers_with_the_resource_as_it_is_now,
    a_request_id_serves_one_request,
    a_request_id_serves_one_caller,
    a_request_id_is_remembered_for_a_day,
    a_refused_create_leaves_its_request_id_free,
    a_repeat_of_what_was_deleted_finds_nothing,
    a_repeated_token_does_not_show_its_secret_again,
    a_repeated_organization_is_the_first_one,
    every_create_can_be_repeated,
];

async fn create(world: &World, call: &Call, name: &str) -> Result<UserView> {
    world
        .directory
        .create_user(call, ORGANIZATION, named(name), "r-1")
        .await
}

async fn a_repeated_create_answers_with_the_resource_as_it_is_now(world: World) {
    let root = world.root();
    let first = create(&world, root, "ada").await.unwrap();
    let renamed = update(&first, &[UserField::UserName], named("lovelace"));
    let renamed = world.update(renamed).await.unwrap();
    let before = world.revision().await;
    assert_eq!(create(&world, root, "ada").await.unwrap(), renamed);
    assert_eq!(world.revision().await, before);
}

async fn a_request_id_serves_one_request(world: World) {
    let root = world.root();
    create(&world, root, "ada").await.unwrap();
    let other = create(&world, root, "bob").await;
    assert!(matches!(other, Err(Error::RequestIdReused(_))), "{other:?}");
    let long = "r".repeat(129);
    let long = world
        .directory
        .create_user(root, ORGANIZATION, named("bob"), &long);
    assert_invalid(long.await, "request_id");
}

async fn a_request_id_serves_one_caller(world: World) {
    create(&world, world.root(), "ada").await.unwrap();
    let service = world.service(&[Scope::UsersWrite]).await;
    let other = create(&world, &service, "ada").await;
    assert!(matches!(other, Err(Error::RequestIdReused(_))), "{other:?}");
}

async fn a_request_id_is_remembered_for_a_day(world: World) {
    let root = world.root();
    let (day, almost_a_day) = (Duration::from_hours(24), Duration::from_secs(24 * 60 * 60 - 1));
    create(&world, root, "ada").await.unwrap();
    world.pass(almost_a_day);
    create(&world, root, "ada").await.unwrap();
    world.pass(Duration::from_secs(1));
    create(&world, root, "bob").await.unwrap();
    assert_eq!(world.directory.forget_old_requests().await.unwrap(), 0);
    world.pass(day + Duration::from_secs(1));
    assert_eq!(world.directory.forget_old_requests().await.unwrap(), 1);
}

async fn a_refused_create_leaves_its_request_id_free(world: World) {
    let root = world.root();
    world.user("ada").await;
    assert!(create(&world, root, "ada").await.is_err());
    create(&world, root, "bob").await.unwrap();
}

async fn a_repeat_of_what_was_deleted_finds_nothing(world: World) {
    let root = world.root();
    let first = create(&world, root, "ada").await.unwrap();
    world.delete(first.user.id).await.unwrap();
    assert_not_found(create(&world, root, "ada").await);
}

async fn a_repeated_token_does_not_show_its_secret_again(world: World) {
    let root = world.root();
    let make = || {
        world
            .directory
            .create_token(root, ORGANIZATION, scim_token("idp"), "r-1")
    };
    let (token, _) = make().await.unwrap();
    let before = world.revision().await;
    match make().await {
        Err(Error::SecretAlreadyShown { id }) => assert_eq!(id, token.id),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.revision().await, before);
}

async fn a_repeated_organization_is_the_first_one(world: World) {
    let new = |name: &str| NewOrganization {
        slug: "other".into(),
        name: name.into(),
        admin_email: "ada@example.com".into(),
        request_id: "r-1".into(),
        ..NewOrganization::default()
    };
    let root = world.root();
    let first = world
        .directory
        .create_organization(root, new("Other"))
        .await
        .unwrap();
    let again = world
        .directory
        .create_organization(root, new("Other"))
        .await
        .unwrap();
    assert_eq!(again, first);
    let other = world.directory.create_organization(root, new("Another")).await;
    assert!(matches!(other, Err(Error::RequestIdReused(_))), "{other:?}");
}

async fn every_create_can_be_repeated(world: World) {
    let (directory, root) = (&world.directory, world.root());
    let members = vec![world.user("ada").await.user.id.to_string()];
    let group = || {
        let input = identity_core::directory::input::GroupInput {
            display_name: "Team".into(),
            ..Default::default()
        };
        directory.create_group(root, ORGANIZATION, input, members.clone(), "r-2")
    };
    assert_eq!(group().await.unwrap(), group().await.unwrap());
    let connection = || {
        let new = NewConnection {
            name: "Okta".into(),
            idp_kind: Some(IdpKind::Okta),
            ..NewConnection::default()
        };
        directory.create_connection(root, ORGANIZATION, new, "r-3")
    };
    assert_eq!(connection().await.unwrap(), connection().await.unwrap());
}
