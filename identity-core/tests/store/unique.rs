//! Values that two records cannot share.

use identity_core::{
    error::{Error, Resource, Result},
    store::{UniqueName, Write},
    user::User,
};

use crate::harness::{World, insert_group, on_every_database};

on_every_database![
    a_slug_is_unique,
    a_user_name_is_unique_without_case_and_in_any_spelling,
    a_user_name_is_free_again_after_deletion,
    a_user_name_is_free_in_another_organization,
    an_external_id_may_repeat_until_a_policy_forbids_it,
    a_group_name_is_unique_where_the_policy_says_so,
    a_connection_name_is_unique_without_case,
    a_schema_urn_is_unique_without_case,
];

fn assert_taken<T: std::fmt::Debug>(result: Result<T>, resource: Resource, field: &str) {
    match result {
        Err(Error::AlreadyExists {
            resource: taken,
            field: of,
        }) => {
            assert_eq!((taken, of), (resource, field));
        }
        other => panic!("{field} of a {} is not taken: {other:?}", resource.name()),
    }
}

async fn a_slug_is_unique(world: World) {
    let twin = world.organization("acme");
    assert_taken(world.found(&twin).await, Resource::Organization, "slug");
}

async fn a_user_name_is_unique_without_case_and_in_any_spelling(world: World) {
    for (first, second) in [
        ("bjensen", "BJensen"),
        ("straße", "STRASSE"),
        ("e\u{301}va", "ÉVA"),
    ] {
        world.added(first).await;
        let twin = world.user(world.home(), second);
        assert_taken(world.add(&twin).await, Resource::User, "user_name");
    }
}

async fn a_user_name_is_free_again_after_deletion(world: World) {
    let first = world.added("bjensen").await;
    world.delete(&first).await;
    let second = world.added("BJensen").await;
    assert_ne!(first.id, second.id);
    // Back again, the first would have to share it.
    let back = User {
        version: 3,
        ..first.clone()
    };
    let deleted = User {
        deleted_at: Some(first.updated_at),
        ..first
    };
    assert_taken(world.change(&deleted, &back).await, Resource::User, "user_name");
}

async fn a_user_name_is_free_in_another_organization(world: World) {
    world.added("bjensen").await;
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    world.add(&world.user(other.id, "bjensen")).await.unwrap();
}

async fn an_external_id_may_repeat_until_a_policy_forbids_it(world: World) {
    for (name, managed_by) in [("a", None), ("b", None), ("c", Some(world.id()))] {
        let mut user = world.user(world.home(), name);
        (user.external_id, user.managed_by) = (Some("x".into()), managed_by);
        world.add(&user).await.unwrap();
        let mut group = world.group(world.home(), name);
        (group.external_id, group.managed_by) = (Some("x".into()), managed_by);
        let insert = insert_group(&group, UniqueName::Free);
        world.write(vec![insert]).await.unwrap();
    }
}

async fn a_group_name_is_unique_where_the_policy_says_so(world: World) {
    let add = async |name, unique| {
        let group = world.group(world.home(), name);
        world.write(vec![insert_group(&group, unique)]).await
    };
    add("Free", UniqueName::Free).await.unwrap();
    add("FREE", UniqueName::Free).await.unwrap();
    add("Pilots", UniqueName::Enforced).await.unwrap();
    assert_taken(
        add("PILOTS", UniqueName::Enforced).await,
        Resource::Group,
        "display_name",
    );
}

async fn a_connection_name_is_unique_without_case(world: World) {
    let add = async |name| {
        let connection = world.connection(world.home(), name);
        world
            .write(vec![Write::InsertConnection(Box::new(connection))])
            .await
    };
    add("Okta").await.unwrap();
    assert_taken(add("OKTA").await, Resource::Connection, "name");
}

async fn a_schema_urn_is_unique_without_case(world: World) {
    let add = async |urn| {
        let schema = world.schema(world.home(), urn);
        world.write(vec![Write::InsertSchema(Box::new(schema))]).await
    };
    add("urn:x:Badge").await.unwrap();
    assert_taken(add("URN:X:BADGE").await, Resource::Schema, "urn");
}
