//! Visibility of users and groups to a provisioning client.

use identity_core::{
    caller::Call,
    directory::input::{PageRequest, UserField, UserInput},
    error::Error,
    id::Id,
};

use crate::harness::{World, assert_not_found, change, equal, is_true, named, on_every_database};

on_every_database![
    a_client_sees_only_what_its_connection_manages_where_the_policy_says_so,
    a_deleted_user_is_shown_inactive_where_the_policy_says_so,
    lists_hold_deleted_users_where_the_policy_says_so,
    of_a_name_that_is_in_use_again_only_the_user_is_listed,
    a_deleted_user_that_is_listed_comes_back_when_it_is_activated,
    a_deleted_user_that_is_listed_does_not_change_otherwise,
    others_do_not_see_deleted_users,
];

async fn deleted(world: &World, scim: &Call, name: &str) -> Id {
    let id = world.create_as(scim, named(name)).await.unwrap().user.id;
    world.delete_as(scim, id).await.unwrap();
    id
}

async fn a_client_sees_only_what_its_connection_manages_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    let bob = world.user("bob").await.user.id;
    let team = world.group("Team", &[bob]).await.id.to_string();
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    assert_eq!(world.visible_to(&scim, None).await.1, 2);
    world.policy(&[("list.scope", "managed")]).await;
    assert_eq!(world.visible_to(&scim, None).await, (vec!["ada".into()], 1));
    assert_eq!(
        world.visible_to(&scim, Some(equal("user_name", "bob"))).await.1,
        0
    );
    assert_not_found(world.get_as(&scim, bob).await);
    world.get_as(&scim, ada).await.unwrap();
    let organization = crate::harness::ORGANIZATION;
    assert_not_found(world.directory.get_group(&scim, organization, &team).await);
    let members = world
        .directory
        .list_members(&scim, organization, &team, PageRequest::default());
    assert_not_found(members.await);
    assert_eq!(world.visible_to(world.root(), None).await.1, 2);
}

async fn a_deleted_user_is_shown_inactive_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    let ada = deleted(&world, &scim, "ada").await;
    assert_not_found(world.get_as(&scim, ada).await);
    world.policy(&[("delete.then_get", "inactive_resource")]).await;
    let shown = world.get_as(&scim, ada).await.unwrap().user;
    assert_eq!((shown.active, shown.user_name.as_str()), (false, "ada"));
    assert_eq!(world.visible_to(&scim, None).await.1, 0);
    assert_not_found(world.delete_as(&scim, ada).await);
}

async fn lists_hold_deleted_users_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    deleted(&world, &scim, "ada").await;
    world.create_as(&scim, named("bob")).await.unwrap();
    world.policy(&[("list.include_deleted", "true")]).await;
    assert_eq!(
        world.visible_to(&scim, None).await,
        (vec!["ada".into(), "bob".into()], 2)
    );
    assert_eq!(
        world.visible_to(&scim, Some(is_true("active"))).await,
        (vec!["bob".into()], 1)
    );
    let by_name = Some(equal("user_name", "ADA"));
    assert_eq!(world.visible_to(&scim, by_name).await, (vec!["ada".into()], 1));
}

async fn of_a_name_that_is_in_use_again_only_the_user_is_listed(world: World) {
    let scim = world.scim().await;
    world.policy(&[("list.include_deleted", "true")]).await;
    deleted(&world, &scim, "ada").await;
    let second = deleted(&world, &scim, "ada").await;
    assert_eq!(world.visible_to(&scim, None).await.1, 1);
    let third = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    for filter in [None, Some(equal("user_name", "ada"))] {
        assert_eq!(world.visible_to(&scim, filter).await.1, 1);
    }
    assert_eq!(
        world.get_as(&scim, third).await.unwrap().user.predecessor_id,
        Some(second)
    );
}

async fn a_deleted_user_that_is_listed_comes_back_when_it_is_activated(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[("list.include_deleted", "true"), ("create.revive", "deleted")])
        .await;
    let ada = deleted(&world, &scim, "ada").await;
    let back = world.set_active(&scim, ada, true).await.unwrap().user;
    assert_eq!((back.id, back.active, back.deleted_at), (ada, true, None));
    assert_eq!(world.organization().await.active_user_count, 1);
    world.policy(&[("create.revive", "never")]).await;
    world.delete_as(&scim, ada).await.unwrap();
    let kept = world.set_active(&scim, ada, true).await.unwrap().user;
    assert!(!kept.active);
}

async fn a_deleted_user_that_is_listed_does_not_change_otherwise(world: World) {
    let scim = world.scim().await;
    world.policy(&[("list.include_deleted", "true")]).await;
    let ada = deleted(&world, &scim, "ada").await;
    let before = world.revision().await;
    let mut input = UserInput::default();
    input.profile.title = Some("Countess".into());
    let kept = world
        .update_as(&scim, change(ada, &[UserField::Title], input))
        .await;
    assert_eq!(kept.unwrap().user.profile.title, None);
    let changes = world.changes_after(before).await;
    assert_eq!(changes[0].detail.ignored, ["the user is deleted"]);
}

async fn others_do_not_see_deleted_users(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[
            ("list.include_deleted", "true"),
            ("delete.then_get", "inactive_resource"),
        ])
        .await;
    let ada = deleted(&world, &scim, "ada").await;
    assert_not_found(world.get(ada).await);
    assert_eq!(world.visible_to(world.root(), None).await.1, 0);
    let update = change(ada, &[UserField::Active], UserInput::default());
    assert!(matches!(world.update(update).await, Err(Error::NotFound { .. })));
}
