//! The safeguard on mass deactivation. Deciding on it has tests of its own below.

use std::time::Duration;

use identity_core::{
    caller::Call,
    connection::Connection,
    deactivation_safeguard::SafeguardState,
    directory::input::{ConnectionUpdate, SafeguardDecision, SafeguardLimits, UserInput},
    error::{Resource, Rule},
    id::Id,
};

use crate::harness::{ORGANIZATION, World, assert_broken, named, on_every_database};

on_every_database![
    a_connection_that_deactivates_everybody_is_stopped_after_the_configured_number,
    a_share_of_the_active_users_stops_it_as_well,
    deletions_count_too_and_all_of_them_are_held,
    others_are_not_held,
    what_changes_nobodys_access_is_not_counted,
    another_window_lets_as_many_pass_again,
    without_a_limit_nothing_is_held,
    a_release_lets_retries_pass_for_a_window,
    a_rejection_refuses_until_it_is_reset,
    another_instance_holds_too,
    other_limits_do_not_release_what_is_held,
    a_decision_needs_a_limit,
];

async fn connection(world: &World, scim: &Call) -> Connection {
    let id = scim.caller.connection_id().unwrap().to_string();
    let found = world.directory.get_connection(world.root(), ORGANIZATION, &id);
    found.await.unwrap()
}

async fn limit(world: &World, scim: &Call, count: i64, share: i64) {
    let update = ConnectionUpdate {
        id: scim.caller.connection_id().unwrap().to_string(),
        safeguard: SafeguardLimits {
            count: Some(count),
            share: Some(share),
            window: Some(Duration::from_hours(1)),
        },
        ..ConnectionUpdate::default()
    };
    let updated = world
        .directory
        .update_connection(world.root(), ORGANIZATION, update);
    updated.await.unwrap();
}

async fn people(world: &World, scim: &Call, count: usize) -> Vec<Id> {
    let mut ids = Vec::new();
    for number in 0..count {
        let user = world.create_as(scim, named(&format!("user-{number}"))).await;
        ids.push(user.unwrap().user.id);
    }
    ids
}

async fn a_connection_that_deactivates_everybody_is_stopped_after_the_configured_number(world: World) {
    let scim = world.scim().await;
    world.user("unmanaged").await;
    let ids = people(&world, &scim, 10).await;
    limit(&world, &scim, 3, 0).await;
    let before = connection(&world, &scim).await.version;
    for id in &ids[..3] {
        world.set_active(&scim, *id, false).await.unwrap();
    }
    let revision = world.revision().await;
    for id in &ids[3..] {
        assert_broken(world.set_active(&scim, *id, false).await, &Rule::BrakeHeld);
    }
    assert_eq!(world.organization().await.active_user_count, 8);
    let after = connection(&world, &scim).await;
    assert_eq!(
        (after.safeguard.state, after.version),
        (SafeguardState::Held, before + 1)
    );
    let changes = world.changes_after(revision).await;
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.resource, &*it.detail.fields[0].field))
        .collect();
    assert_eq!(told, [(Resource::Connection, "brake_state")]);
}

async fn a_share_of_the_active_users_stops_it_as_well(world: World) {
    let scim = world.scim().await;
    let ids = people(&world, &scim, 10).await;
    limit(&world, &scim, 0, 20).await;
    let mut passed = 0;
    for id in ids {
        passed += usize::from(world.set_active(&scim, id, false).await.is_ok());
    }
    assert_eq!(passed, 2);
}

async fn deletions_count_too_and_all_of_them_are_held(world: World) {
    let scim = world.scim().await;
    let ids = people(&world, &scim, 3).await;
    let idle = UserInput {
        active: Some(false),
        ..named("idle")
    };
    let idle = world.create_as(&scim, idle).await.unwrap().user.id;
    limit(&world, &scim, 1, 0).await;
    world.delete_as(&scim, ids[0]).await.unwrap();
    assert_broken(world.delete_as(&scim, ids[1]).await, &Rule::BrakeHeld);
    assert_broken(world.delete_as(&scim, idle).await, &Rule::BrakeHeld);
    assert!(world.get(ids[1]).await.unwrap().user.active);
}

async fn others_are_not_held(world: World) {
    world.policy(&[("manual_updates", "allow")]).await;
    let scim = world.scim().await;
    let ids = people(&world, &scim, 4).await;
    limit(&world, &scim, 1, 0).await;
    world.set_active(&scim, ids[0], false).await.unwrap();
    assert_broken(world.set_active(&scim, ids[1], false).await, &Rule::BrakeHeld);
    world.set_active(world.root(), ids[1], false).await.unwrap();
    world.set_active(&scim, ids[1], true).await.unwrap();
    world.create_as(&scim, named("new")).await.unwrap();
}

async fn what_changes_nobodys_access_is_not_counted(world: World) {
    let scim = world.scim().await;
    let ids = people(&world, &scim, 2).await;
    limit(&world, &scim, 1, 0).await;
    for _ in 0..3 {
        world.set_active(&scim, ids[0], false).await.unwrap();
    }
    world.delete_as(&scim, ids[0]).await.unwrap();
    assert_eq!(connection(&world, &scim).await.safeguard.used, 1);
}

async fn another_window_lets_as_many_pass_again(world: World) {
    let scim = world.scim().await;
    let ids = people(&world, &scim, 3).await;
    limit(&world, &scim, 1, 0).await;
    world.set_active(&scim, ids[0], false).await.unwrap();
    world.pass(Duration::from_hours(1));
    world.set_active(&scim, ids[1], false).await.unwrap();
    assert_broken(world.set_active(&scim, ids[2], false).await, &Rule::BrakeHeld);
}

async fn without_a_limit_nothing_is_held(world: World) {
    let scim = world.scim().await;
    for id in people(&world, &scim, 20).await {
        world.set_active(&scim, id, false).await.unwrap();
    }
    limit(&world, &scim, 1, 0).await;
    limit(&world, &scim, 0, 0).await;
    assert_eq!(
        connection(&world, &scim).await.safeguard.state,
        SafeguardState::Ready
    );
}

async fn decide(
    world: &World,
    scim: &Call,
    decision: SafeguardDecision,
) -> identity_core::error::Result<Connection> {
    let id = scim.caller.connection_id().unwrap().to_string();
    let root = world.root();
    world
        .directory
        .decide_safeguard(root, ORGANIZATION, &id, decision)
        .await
}

/// Ten people, of whom the first is deactivated and the second held.
async fn tripped(world: &World) -> (Call, Vec<Id>) {
    let scim = world.scim().await;
    let ids = people(world, &scim, 10).await;
    limit(world, &scim, 1, 0).await;
    world.set_active(&scim, ids[0], false).await.unwrap();
    assert_broken(world.set_active(&scim, ids[1], false).await, &Rule::BrakeHeld);
    (scim, ids)
}

async fn a_release_lets_retries_pass_for_a_window(world: World) {
    let (scim, ids) = tripped(&world).await;
    let released = decide(&world, &scim, SafeguardDecision::Release).await.unwrap();
    assert_eq!(released.safeguard.state, SafeguardState::Released);
    for id in &ids[1..8] {
        world.set_active(&scim, *id, false).await.unwrap();
    }
    world.pass(Duration::from_hours(1));
    world.set_active(&scim, ids[8], false).await.unwrap();
    assert_broken(world.set_active(&scim, ids[9], false).await, &Rule::BrakeHeld);
}

async fn a_rejection_refuses_until_it_is_reset(world: World) {
    let (scim, ids) = tripped(&world).await;
    decide(&world, &scim, SafeguardDecision::Reject).await.unwrap();
    world.pass(Duration::from_hours(9));
    assert_broken(world.set_active(&scim, ids[1], false).await, &Rule::BrakeRejected);
    assert_broken(world.delete_as(&scim, ids[0]).await, &Rule::BrakeRejected);
    let revision = world.revision().await;
    decide(&world, &scim, SafeguardDecision::Reject).await.unwrap();
    assert_eq!(world.revision().await, revision);
    decide(&world, &scim, SafeguardDecision::Reset).await.unwrap();
    world.set_active(&scim, ids[1], false).await.unwrap();
}

async fn another_instance_holds_too(world: World) {
    let (scim, ids) = tripped(&world).await;
    let update = crate::harness::change(
        ids[2],
        &[identity_core::directory::input::UserField::Active],
        UserInput {
            active: Some(false),
            ..UserInput::default()
        },
    );
    let refused = world
        .other_instance()
        .update_user(&scim, ORGANIZATION, update)
        .await;
    assert_broken(refused, &Rule::BrakeHeld);
}

async fn a_decision_needs_a_limit(world: World) {
    let scim = world.scim().await;
    let refused = decide(&world, &scim, SafeguardDecision::Release).await;
    crate::harness::assert_invalid(refused, "id");
}

async fn other_limits_do_not_release_what_is_held(world: World) {
    let scim = world.scim().await;
    let ids = people(&world, &scim, 4).await;
    limit(&world, &scim, 1, 0).await;
    world.set_active(&scim, ids[0], false).await.unwrap();
    assert_broken(world.set_active(&scim, ids[1], false).await, &Rule::BrakeHeld);
    limit(&world, &scim, 3, 0).await;
    assert_broken(world.set_active(&scim, ids[1], false).await, &Rule::BrakeHeld);
    // Without a limit nothing is held.
    limit(&world, &scim, 0, 0).await;
    world.set_active(&scim, ids[1], false).await.unwrap();
}
