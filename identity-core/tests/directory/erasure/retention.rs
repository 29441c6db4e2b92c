//! Erasing deleted users after a time, as the policy says.

use std::time::Duration;

use identity_core::change::{Action, Actor};

use super::{
    assert_nothing_of, entries_about, erase,
    life::{Person, VALUES},
};
use crate::harness::{ORGANIZATION, World, assert_not_found, on_every_database};

on_every_database![
    nobody_is_erased_unless_the_policy_says_so,
    deleted_users_are_erased_when_the_time_is_over,
    a_long_deleted_user_who_comes_back_is_not_erased,
    old_entries_of_the_log_are_removed_where_the_policy_says_so,
];

const DAY: Duration = Duration::from_hours(24);

async fn erased(world: &World) -> usize {
    world.directory.erase_deleted_users().await.unwrap()
}

async fn nobody_is_erased_unless_the_policy_says_so(world: World) {
    let ada = world.user("ada").await.user.id;
    world.delete(ada).await.unwrap();
    world.pass(3_650 * DAY);
    assert_eq!(erased(&world).await, 0);
    let id = ada.to_string();
    world
        .directory
        .undelete_user(world.root(), ORGANIZATION, &id, "")
        .await
        .unwrap();
}

async fn deleted_users_are_erased_when_the_time_is_over(world: World) {
    world.policy(&[("retention.deleted_users", "30d")]).await;
    let person = Person::live(&world).await;
    let ada = world.user("ada").await.user.id;
    world.pass(28 * DAY);
    assert_eq!(erased(&world).await, 0);
    world.delete(ada).await.unwrap();
    world.pass(2 * DAY);
    assert_eq!(erased(&world).await, 1);
    assert_nothing_of(&world, VALUES).await;
    let last = entries_about(&world, person.id).await.pop().unwrap();
    assert_eq!((last.action, last.actor), (Action::Erased, Actor::System));
    assert_eq!(erased(&world).await, 0);
    world.pass(30 * DAY);
    assert_eq!(erased(&world).await, 1);
    assert_not_found(world.get(ada).await);
    // By hand it is no error.
    erase(&world, ada).await.unwrap();
}

async fn a_long_deleted_user_who_comes_back_is_not_erased(world: World) {
    let ada = world.user("ada").await.user.id;
    world.delete(ada).await.unwrap();
    world.pass(40 * DAY);
    let id = ada.to_string();
    world
        .directory
        .undelete_user(world.root(), ORGANIZATION, &id, "")
        .await
        .unwrap();
    world.policy(&[("retention.deleted_users", "30d")]).await;
    assert_eq!(erased(&world).await, 0);
    assert_eq!(world.get(ada).await.unwrap().user.user_name, "ada");
}

async fn old_entries_of_the_log_are_removed_where_the_policy_says_so(world: World) {
    world.user("ada").await;
    world.pass(400 * DAY);
    let pruned = async || world.directory.prune_old_changes().await.unwrap();
    assert_eq!(pruned().await, 0);
    let before = world.revision().await;
    world.policy(&[("retention.change_log", "365d")]).await;
    world.user("bob").await;
    assert_eq!(pruned().await, before);
    let left = world.changes_after(before).await;
    assert_eq!(left.first().unwrap().revision, before + 1);
    let last = left.last().unwrap();
    assert_eq!(last.actor, Actor::System);
    assert!(last.detail.fields[0].field.contains("pruned"));
    assert_eq!(pruned().await, 0);
}
