//! The health of connections: the states over traffic with a moved clock, what is counted, and what the change log is told.

use std::{collections::BTreeMap, time::Duration};

use identity_core::{
    caller::{Call, Scope},
    change::{Action, Actor, Change},
    connection::ConnectionStatus,
    connection_health::{ConnectionHealth, HealthState},
    directory::{
        Directory,
        input::{
            ConnectionUpdate, NewProvisioningRequest, NewToken, PageRequest, RequestsOfToken,
            SafeguardDecision, SafeguardLimits,
        },
    },
    error::Result,
    id::Id,
    platform::{Platform, Timestamp},
    provisioning_log::{
        Content, MAX_REQUESTS, ProvisioningAction as Asked, ProvisioningOutcome as Outcome, Target,
    },
};
use serde_json::json;

use crate::harness::{ORGANIZATION, World, assert_not_found, named, on_every_database, scim_token};

on_every_database![
    a_connection_is_never_called_then_tested_then_healthy,
    a_connection_fails_and_recovers,
    a_connection_that_was_never_served_fails,
    look_ups_that_find_nobody_are_no_failures,
    too_many_requests_are_no_failure,
    a_connection_becomes_quiet_by_its_kind,
    the_token_in_use_decides_on_the_credentials,
    the_brake_holds_and_is_decided_on,
    a_disabled_connection_is_disabled_before_all_else,
    the_outcomes_of_a_day_are_counted,
    health_outlives_the_records_and_holds_where_none_are_kept,
    the_change_log_is_told_once_by_several_instances,
    the_change_log_is_told_at_most_once_a_minute,
    time_alone_is_told_too,
    two_instances_add_to_one_summary,
    a_deleted_connection_leaves_nothing_behind,
    names_are_for_readers_of_the_provisioning_log,
    the_health_of_one_connection_is_found_by_its_name,
];

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn asked(action: Asked, outcome: Outcome, status: i32) -> NewProvisioningRequest {
    NewProvisioningRequest {
        age: Duration::ZERO,
        content: Content {
            action,
            outcome,
            status,
            revision: i64::from(outcome == Outcome::Applied),
            reason: if status == 409 {
                "RESOURCE_ALREADY_EXISTS".into()
            } else {
                String::new()
            },
            detail: if status == 409 {
                "zoe is there already".into()
            } else {
                String::new()
            },
            target: Target {
                name: Some("zoe".into()),
                ..Target::default()
            },
            ..Content::default()
        },
    }
}

fn look_up() -> NewProvisioningRequest {
    asked(Asked::LookUp, Outcome::Unchanged, 200)
}

fn created() -> NewProvisioningRequest {
    asked(Asked::Create, Outcome::Applied, 201)
}

fn refused() -> NewProvisioningRequest {
    asked(Asked::Create, Outcome::Refused, 409)
}

async fn send(directory: &Directory, secret: &str, requests: Vec<NewProvisioningRequest>) {
    let of_token = RequestsOfToken {
        token: secret.to_owned(),
        requests,
    };
    directory
        .record_provisioning_requests(vec![of_token])
        .await
        .unwrap();
}

async fn read_as(world: &World, call: &Call, connection: Option<&str>) -> Result<Vec<ConnectionHealth>> {
    let page = PageRequest::default();
    let listed = world
        .directory
        .list_connection_health(call, ORGANIZATION, connection, page);
    Ok(listed.await?.items)
}

/// The health of the only connection.
async fn health(world: &World) -> ConnectionHealth {
    let mut all = read_as(world, world.root(), None).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn assert_state(world: &World, expected: HealthState) -> ConnectionHealth {
    let health = health(world).await;
    assert_eq!(health.state, expected, "{health:?}");
    assert!(health.since <= world.clock.now());
    assert!(health.advice.ends_with('.'), "{}", health.advice);
    health
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap()
}

/// A SCIM token of the default connection that ends after a time.
async fn ending_token(world: &World, name: &str, after: Duration) -> String {
    let new = NewToken {
        expires_at: Some(Timestamp(world.clock.now().0 + micros(after))),
        ..scim_token(name)
    };
    world.token(new).await.1
}

async fn update(world: &World, change: ConnectionUpdate) {
    let update = ConnectionUpdate {
        id: "default".into(),
        ..change
    };
    let updated = world
        .directory
        .update_connection(world.root(), ORGANIZATION, update);
    updated.await.unwrap();
}

/// The states that the change log was told, before and after.
fn told(changes: &[Change]) -> Vec<(String, String)> {
    let told = changes.iter().filter(|it| it.action == Action::HealthChanged);
    let states = told.map(|change| {
        assert_eq!(change.actor, Actor::System);
        let [field] = &change.detail.fields[..] else {
            panic!("{change:?}");
        };
        assert_eq!(field.field, "health");
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (text(&field.before), text(&field.after))
    });
    states.collect()
}

async fn a_connection_is_never_called_then_tested_then_healthy(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let new = assert_state(&world, HealthState::NeverCalled).await;
    assert_eq!(new.since, new.connection.created_at);
    assert_eq!(new.activity.last_request, None);

    world.pass(MINUTE);
    let first = world.clock.now();
    send(&world.directory, &secret, vec![look_up()]).await;
    let tested = assert_state(&world, HealthState::Tested).await;
    assert_eq!(
        (tested.activity.last_request, tested.activity.last_success),
        (Some(first), Some(first))
    );

    world.pass(MINUTE);
    let change = world.clock.now();
    send(&world.directory, &secret, vec![created(), look_up()]).await;
    let healthy = assert_state(&world, HealthState::Healthy).await;
    assert_eq!(healthy.activity.last_change, Some(change));
    assert_eq!(healthy.activity.last_failure, None);
}

async fn a_connection_fails_and_recovers(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    send(&world.directory, &secret, vec![created()]).await;
    for _ in 0..4 {
        world.pass(MINUTE);
        send(&world.directory, &secret, vec![look_up(), refused()]).await;
        assert_state(&world, HealthState::Healthy).await;
    }
    world.pass(MINUTE);
    let fifth = world.clock.now();
    send(&world.directory, &secret, vec![refused(), look_up()]).await;
    let failing = assert_state(&world, HealthState::Failing).await;
    let failure = failing.activity.last_failure.unwrap();
    assert_eq!((failure.at, failure.status), (fifth, 409));
    assert_eq!(failure.reason, "RESOURCE_ALREADY_EXISTS");
    assert_eq!(
        failure.kept,
        Some(("zoe is there already".into(), Some("zoe".into())))
    );
    world.pass(MINUTE);
    send(&world.directory, &secret, vec![created()]).await;
    assert_state(&world, HealthState::Healthy).await;

    // Five in a row once more, and then one in four: more than a fifth of the last fifty.
    send(&world.directory, &secret, vec![refused(); 5]).await;
    for _ in 0..10 {
        send(
            &world.directory,
            &secret,
            vec![created(), created(), created(), refused()],
        )
        .await;
    }
    assert_state(&world, HealthState::Failing).await;
    send(&world.directory, &secret, vec![created(); 45]).await;
    assert_state(&world, HealthState::Healthy).await;
    let unserved = asked(Asked::LookUp, Outcome::Failed, 503);
    send(&world.directory, &secret, vec![unserved; 5]).await;
    assert_state(&world, HealthState::Failing).await;
    send(&world.directory, &secret, vec![look_up()]).await;
    assert_state(&world, HealthState::Healthy).await;
}

async fn a_connection_that_was_never_served_fails(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let shut_out = asked(Asked::ConnectionTest, Outcome::Refused, 403);
    send(&world.directory, &secret, vec![shut_out]).await;
    let failing = assert_state(&world, HealthState::Failing).await;
    assert_eq!(failing.activity.last_failure.unwrap().status, 403);
    send(&world.directory, &secret, vec![look_up()]).await;
    assert_state(&world, HealthState::Tested).await;
}

async fn look_ups_that_find_nobody_are_no_failures(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let missed = asked(Asked::LookUp, Outcome::Refused, 404);
    send(&world.directory, &secret, vec![created()]).await;
    send(&world.directory, &secret, vec![missed; 60]).await;
    let healthy = assert_state(&world, HealthState::Healthy).await;
    assert_eq!(healthy.activity.last_failure, None);
    assert_eq!(healthy.outcomes["refused"], 60);
}

async fn too_many_requests_are_no_failure(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let slowed = asked(Asked::Create, Outcome::Refused, 429);
    send(&world.directory, &secret, vec![created()]).await;
    send(&world.directory, &secret, vec![slowed; 60]).await;
    assert_state(&world, HealthState::Healthy).await;
}

async fn a_connection_becomes_quiet_by_its_kind(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let last = world.clock.now();
    send(&world.directory, &secret, vec![created()]).await;
    world.pass(7 * DAY);
    assert_state(&world, HealthState::Healthy).await;
    let entra = ConnectionUpdate {
        idp_kind: Some(identity_core::connection::IdpKind::Entra),
        ..ConnectionUpdate::default()
    };
    update(&world, entra).await;
    let quiet = assert_state(&world, HealthState::Quiet).await;
    assert_eq!(quiet.since.0, last.0 + micros(7 * DAY));
    send(&world.directory, &secret, vec![look_up()]).await;
    assert_state(&world, HealthState::Healthy).await;
}

async fn the_token_in_use_decides_on_the_credentials(world: World) {
    let used = ending_token(&world, "used", 20 * DAY).await;
    send(&world.directory, &used, vec![created()]).await;
    world.caller(&used).await;
    world.directory.flush_last_used().await.unwrap();
    let healthy = assert_state(&world, HealthState::Healthy).await;
    let end = healthy.credential_ends.unwrap();
    world.pass(6 * DAY + MINUTE);
    let expiring = assert_state(&world, HealthState::CredentialsExpiring).await;
    assert_eq!(expiring.since.0, end.0 - micros(14 * DAY));

    // Another token that nobody uses does not help; the one that is used from now on does.
    let other = ending_token(&world, "other", 90 * DAY).await;
    assert_state(&world, HealthState::CredentialsExpiring).await;
    world.pass(MINUTE);
    world.caller(&other).await;
    world.directory.flush_last_used().await.unwrap();
    assert_state(&world, HealthState::Healthy).await;

    world.pass(90 * DAY);
    let expired = assert_state(&world, HealthState::CredentialsExpired).await;
    assert_eq!(expired.credential_ends, None);
    assert!(expired.since > end);
}

async fn the_brake_holds_and_is_decided_on(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let limits = SafeguardLimits {
        count: Some(1),
        ..SafeguardLimits::default()
    };
    let limited = ConnectionUpdate {
        safeguard: limits,
        ..ConnectionUpdate::default()
    };
    update(&world, limited).await;
    send(&world.directory, &secret, vec![created()]).await;
    let scim = world.caller(&secret).await;
    for name in ["ada", "bob"] {
        let user = world.create_as(&scim, named(name)).await.unwrap();
        let _ = world.set_active(&scim, user.user.id, false).await;
    }
    let held = assert_state(&world, HealthState::Held).await;
    assert!(held.advice.contains("release"), "{}", held.advice);
    world.directory.tell_changed_health().await.unwrap();
    let decide = |decision| {
        let directory = &world.directory;
        directory.decide_safeguard(world.root(), ORGANIZATION, "default", decision)
    };
    decide(SafeguardDecision::Reject).await.unwrap();
    let rejected = assert_state(&world, HealthState::Held).await;
    assert!(rejected.advice.contains("reset"), "{}", rejected.advice);
    decide(SafeguardDecision::Reset).await.unwrap();
    assert_state(&world, HealthState::Healthy).await;
    let told = told(&world.changes_after(0).await);
    assert_eq!(told, [("never_called".to_owned(), "held".to_owned())]);
}

async fn a_disabled_connection_is_disabled_before_all_else(world: World) {
    let secret = ending_token(&world, "idp", DAY).await;
    send(&world.directory, &secret, vec![created()]).await;
    world.pass(2 * DAY);
    assert_state(&world, HealthState::CredentialsExpired).await;
    let status = |status| ConnectionUpdate {
        status: Some(status),
        ..ConnectionUpdate::default()
    };
    update(&world, status(ConnectionStatus::Disabled)).await;
    let disabled = assert_state(&world, HealthState::Disabled).await;
    assert_eq!(disabled.since, world.clock.now());
    update(&world, status(ConnectionStatus::Enabled)).await;
    assert_state(&world, HealthState::CredentialsExpired).await;
}

async fn the_outcomes_of_a_day_are_counted(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let counted = |expected: &[(&'static str, i64)]| -> BTreeMap<&'static str, i64> {
        expected.iter().copied().collect()
    };
    send(&world.directory, &secret, vec![created(), created(), refused()]).await;
    let read = health(&world).await.outcomes;
    assert_eq!(read, counted(&[("applied", 2), ("refused", 1)]));
    world.pass(Duration::from_hours(1));
    let part = asked(Asked::Update, Outcome::PartlyIgnored, 200);
    send(&world.directory, &secret, vec![created(), part]).await;
    let read = health(&world).await.outcomes;
    assert_eq!(
        read,
        counted(&[("applied", 3), ("partly_ignored", 1), ("refused", 1)])
    );
    // The hour of the day before, in whose place the same hour of today is counted.
    world.pass(Duration::from_hours(23));
    send(&world.directory, &secret, vec![created()]).await;
    let read = health(&world).await.outcomes;
    assert_eq!(read, counted(&[("applied", 2), ("partly_ignored", 1)]));
    world.pass(2 * DAY);
    assert!(health(&world).await.outcomes.is_empty());
}

async fn health_outlives_the_records_and_holds_where_none_are_kept(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    world.policy(&[("provisioning_log.keep", "1h")]).await;
    send(&world.directory, &secret, vec![created()]).await;
    send(&world.directory, &secret, vec![refused(); 5]).await;
    world.pass(Duration::from_hours(2));
    let purged = world.directory.purge_provisioning_log(MAX_REQUESTS);
    assert_eq!(purged.await.unwrap(), 6);
    let failing = assert_state(&world, HealthState::Failing).await;
    assert_eq!(failing.outcomes["refused"], 5);
    let failure = failing.activity.last_failure.unwrap();
    assert_eq!((failure.status, failure.kept), (409, None), "the name is gone");

    world.policy(&[("provisioning_log.keep", "0")]).await;
    send(&world.directory, &secret, vec![created()]).await;
    assert_state(&world, HealthState::Healthy).await;
    send(&world.directory, &secret, vec![refused(); 5]).await;
    let failing = assert_state(&world, HealthState::Failing).await;
    assert_eq!(failing.activity.last_failure.unwrap().kept, None);
}

async fn the_change_log_is_told_once_by_several_instances(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let other = world.other_instance();
    let before = world.revision().await;
    send(&world.directory, &secret, vec![look_up()]).await;
    send(&other, &secret, vec![look_up()]).await;
    let (one, two) = tokio::join!(world.directory.tell_changed_health(), other.tell_changed_health());
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    let (one, two) = tokio::join!(world.directory.tell_all_health(), other.tell_all_health());
    assert_eq!(one.unwrap() + two.unwrap(), 0);
    let changes = world.changes_after(before).await;
    assert_eq!(told(&changes), [("never_called".to_owned(), "tested".to_owned())]);
    let connection = health(&world).await.connection;
    assert_eq!(changes[0].resource_id, connection.id.to_string());
    assert_eq!(connection.version, 1, "it is no change of the connection");
    assert_eq!(world.revision().await, before + 1);
    // What did not change the state is no news.
    world.pass(2 * MINUTE);
    send(&other, &secret, vec![look_up()]).await;
    assert_eq!(other.tell_changed_health().await.unwrap(), 0);
    assert_eq!(world.revision().await, before + 1);
}

async fn the_change_log_is_told_at_most_once_a_minute(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let before = world.revision().await;
    let tell = || world.directory.tell_changed_health();
    send(&world.directory, &secret, vec![created()]).await;
    assert_eq!(tell().await.unwrap(), 1);
    world.pass(MINUTE / 2);
    send(&world.directory, &secret, vec![refused(); 5]).await;
    assert_eq!(tell().await.unwrap(), 0);
    assert_state(&world, HealthState::Failing).await;
    world.pass(MINUTE / 2);
    assert_eq!(tell().await.unwrap(), 1, "it was not forgotten");
    let told = told(&world.changes_after(before).await);
    let states: Vec<_> = told.iter().map(|(_, after)| after.as_str()).collect();
    assert_eq!(states, ["healthy", "failing"]);
    // What was told is the time that is shown.
    let told_at = health(&world).await.since;
    world.pass(MINUTE);
    send(&world.directory, &secret, vec![refused()]).await;
    assert_eq!(health(&world).await.since, told_at);
}

async fn time_alone_is_told_too(world: World) {
    let secret = ending_token(&world, "idp", 20 * DAY).await;
    send(&world.directory, &secret, vec![created()]).await;
    world.directory.tell_changed_health().await.unwrap();
    let before = world.revision().await;
    world.pass(10 * DAY);
    assert_eq!(world.directory.tell_changed_health().await.unwrap(), 0);
    assert_eq!(world.directory.tell_all_health().await.unwrap(), 1);
    world.pass(10 * DAY);
    assert_eq!(world.other_instance().tell_all_health().await.unwrap(), 1);
    let told = told(&world.changes_after(before).await);
    let states: Vec<_> = told.iter().map(|(_, after)| after.as_str()).collect();
    assert_eq!(states, ["credentials_expiring", "credentials_expired"]);
}

async fn two_instances_add_to_one_summary(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let instances = [world.directory.clone(), world.other_instance()];
    send(&world.directory, &secret, vec![created()]).await;
    let sending = (0..20).map(|n| {
        let (directory, secret) = (instances[n % 2].clone(), secret.clone());
        tokio::spawn(async move { send(&directory, &secret, vec![created(), look_up()]).await })
    });
    for sent in sending.collect::<Vec<_>>() {
        sent.await.unwrap();
    }
    let read = health(&world).await;
    assert_eq!((read.outcomes["applied"], read.outcomes["unchanged"]), (21, 20));
    for instance in &instances {
        send(instance, &secret, vec![refused(); 3]).await;
    }
    assert_state(&world, HealthState::Failing).await;
}

async fn a_deleted_connection_leaves_nothing_behind(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    send(&world.directory, &secret, vec![refused(); 5]).await;
    let deleted = world
        .directory
        .delete_connection(world.root(), ORGANIZATION, "default", None);
    deleted.await.unwrap();
    // A request whose record comes late.
    send(&world.directory, &secret, vec![refused()]).await;
    assert!(read_as(&world, world.root(), None).await.unwrap().is_empty());
    let (_, secret) = world.token(scim_token("idp")).await;
    assert_state(&world, HealthState::NeverCalled).await;
    send(&world.directory, &secret, vec![created()]).await;
    let healthy = assert_state(&world, HealthState::Healthy).await;
    assert_eq!(healthy.outcomes, BTreeMap::from([("applied", 1)]));
}

async fn names_are_for_readers_of_the_provisioning_log(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    send(&world.directory, &secret, vec![refused()]).await;
    let kept = async |scopes: &[Scope]| {
        let call = world.service(scopes).await;
        let read = read_as(&world, &call, None).await.unwrap();
        read[0].activity.last_failure.clone().unwrap().kept
    };
    assert_eq!(kept(&[Scope::ConnectionsRead]).await, None);
    let both = [Scope::ConnectionsRead, Scope::ProvisioningRead];
    assert!(kept(&both).await.is_some());
    let other = world.service(&[Scope::ProvisioningRead]).await;
    assert!(read_as(&world, &other, None).await.is_err());
}

async fn the_health_of_one_connection_is_found_by_its_name(world: World) {
    world.token(scim_token("idp")).await;
    let id = health(&world).await.connection.id;
    for name in ["default", "DEFAULT", &id.to_string()] {
        let found = read_as(&world, world.root(), Some(name)).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
    }
    assert_not_found(read_as(&world, world.root(), Some("okta")).await);
    let nothing = Id::generate(&*world.clock).to_string();
    assert_not_found(read_as(&world, world.root(), Some(&nothing)).await);
    // The state in the log is the name that the API has.
    assert_eq!(json!(HealthState::NeverCalled.name()), json!("never_called"));
}
