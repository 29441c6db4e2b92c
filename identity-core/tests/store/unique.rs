//! What two records cannot both have.

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
    an_external_id_is_unique_for_each_manager_with_case,
    a_group_name_is_unique_where_the_policy_says_so,
    a_group_external_id_is_unique_for_each_manager,
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

async fn an_external_id_is_unique_for_each_manager_with_case(world: World) {
    let (one, two) = (Some(world.id()), Some(world.id()));
    let with = |name: &str, external_id: &str, managed_by| {
        let mut user = world.user(world.home(), name);
        (user.external_id, user.managed_by) = (Some(external_id.into()), managed_by);
        user
    };
    for user in [
        with("a", "x", one),
        with("b", "x", two),
        with("c", "x", None),
        with("d", "X", one),
    ] {
        world.add(&user).await.unwrap();
    }
    for managed_by in [one, None] {
        let twin = with("e", "x", managed_by);
        assert_taken(world.add(&twin).await, Resource::User, "external_id");
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

async fn a_group_external_id_is_unique_for_each_manager(world: World) {
    let connection = Some(world.id());
    for managed_by in [connection, None] {
        let add = async || {
            let mut group = world.group(world.home(), "group");
            (group.external_id, group.managed_by) = (Some("x".into()), managed_by);
            world.write(vec![insert_group(&group, UniqueName::Free)]).await
        };
        add().await.unwrap();
        assert_taken(add().await, Resource::Group, "external_id");
    }
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
