//! Following the change log.

use std::time::Duration;

use futures::FutureExt;
use identity_core::{
    caller::Scope,
    change::Change,
    directory::{
        Directory, Watch, WatchEvent,
        input::{WatchRequest, WatchStart, WatchTarget},
    },
    error::{Error, PageFault, Resource, Result},
    platform::Platform,
};

use crate::harness::{ORGANIZATION, World, on_every_database, service_token};

on_every_database![
    a_watch_tells_every_change_once_and_in_order,
    a_watch_from_now_tells_nothing_old,
    a_watch_tells_only_the_kinds_asked_for,
    a_watch_that_is_dropped_while_it_waits_loses_nothing,
    a_token_goes_on_exactly_where_it_ended,
    a_token_of_one_organization_serves_no_other,
    a_change_at_another_instance_is_told,
    only_root_follows_all_organizations,
    a_watch_of_all_tells_every_organization_and_new_ones,
    a_place_that_was_removed_asks_for_a_snapshot,
    a_place_that_was_never_reached_asks_for_a_snapshot,
    what_decides_on_access_is_marked_though_it_is_not_told,
    only_old_entries_are_removed_and_the_removal_is_told,
];

fn request(start: Option<WatchStart>) -> WatchRequest {
    WatchRequest {
        target: WatchTarget::Organization(ORGANIZATION.into()),
        start,
        kinds: Vec::new(),
    }
}

fn all(start: Option<WatchStart>) -> WatchRequest {
    WatchRequest {
        target: WatchTarget::All,
        start,
        ..WatchRequest::default()
    }
}

fn from(revision: i64) -> WatchStart {
    WatchStart::AfterRevision(revision)
}

async fn watch(world: &World, request: WatchRequest) -> Result<Watch> {
    world.directory.watch(world.root(), request).await
}

/// Events until so many entries were told.
async fn take(watch: &mut Watch, entries: usize) -> (Vec<Change>, WatchEvent) {
    let mut delivered = Vec::new();
    loop {
        let event = within(watch.next()).await.unwrap();
        delivered.extend(event.changes.clone());
        if delivered.len() >= entries {
            return (delivered, event);
        }
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, work).await.unwrap()
}

async fn a_watch_tells_every_change_once_and_in_order(world: World) {
    let mut watch = watch(&world, request(Some(from(0)))).await.unwrap();
    for name in ["ada", "bob", "cyd"] {
        world.user(name).await;
    }
    let expected = world.changes_after(0).await;
    let (delivered, last) = take(&mut watch, expected.len()).await;
    assert_eq!(delivered, expected);
    assert_eq!(last.revision, world.revision().await);
    assert!(watch.next().now_or_never().is_none(), "there is nothing more");
}

async fn a_watch_from_now_tells_nothing_old(world: World) {
    world.user("ada").await;
    let mut watch = watch(&world, request(None)).await.unwrap();
    assert_eq!(watch.progress().unwrap().revision, world.revision().await);
    let bob = world.user("bob").await.user.id;
    let (delivered, _) = take(&mut watch, 1).await;
    assert_eq!(delivered[0].resource_id, bob.to_string());
}

async fn a_watch_tells_only_the_kinds_asked_for(world: World) {
    let mut request = request(Some(from(0)));
    request.kinds = vec![Resource::Group];
    let mut watch = watch(&world, request).await.unwrap();
    world.user("ada").await;
    world.group("Team", &[]).await;
    let revision = world.revision().await;
    let (delivered, _) = take(&mut watch, 1).await;
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].resource, Resource::Group);
    assert_eq!(watch.progress().unwrap().revision, revision);
}

async fn a_watch_that_is_dropped_while_it_waits_loses_nothing(world: World) {
    let mut watch = watch(&world, request(None)).await.unwrap();
    for round in 0..10 {
        let mut dropped = Vec::new();
        for _ in 0..round {
            if let Some(event) = watch.next().now_or_never() {
                dropped.extend(event.unwrap().changes);
            }
        }
        let user = world.user(&format!("user-{round}")).await.user.id;
        let (delivered, _) = take(&mut watch, 1).await;
        dropped.extend(delivered);
        assert_eq!(dropped.last().unwrap().resource_id, user.to_string());
    }
}

async fn a_token_goes_on_exactly_where_it_ended(world: World) {
    for number in 0..80 {
        world.user(&format!("user-{number}")).await;
    }
    let mut first = watch(&world, request(Some(from(0)))).await.unwrap();
    let (mut delivered, last) = take(&mut first, 1).await;
    assert!(delivered.len() < 80, "a page has an end");
    let token = Some(WatchStart::Token(last.resume_token));
    let mut second = watch(&world, request(token)).await.unwrap();
    delivered.extend(take(&mut second, 80 - delivered.len()).await.0);
    let expected = world.changes_after(0).await;
    assert_eq!(delivered[..], expected[..delivered.len()]);
}

async fn a_token_of_one_organization_serves_no_other(world: World) {
    world.found("other", "").await;
    let token = watch(&world, request(None)).await.unwrap().progress().unwrap();
    let token = Some(WatchStart::Token(token.resume_token));
    for other in [
        WatchRequest {
            target: WatchTarget::Organization("other".into()),
            ..request(token.clone())
        },
        all(token),
    ] {
        let refused = watch(&world, other).await;
        let fault = refused.err();
        assert!(
            matches!(fault, Some(Error::InvalidPage(PageFault::OtherQuery))),
            "{fault:?}"
        );
    }
}

async fn a_change_at_another_instance_is_told(world: World) {
    let other: Directory = world.other_instance();
    let mut watch = other.watch(world.root(), request(None)).await.unwrap();
    let ada = world.user("ada").await.user.id;
    assert_eq!(take(&mut watch, 1).await.0[0].resource_id, ada.to_string());
}

async fn only_root_follows_all_organizations(world: World) {
    let service = world.service(&[Scope::ChangesRead]).await;
    let refused = world.directory.watch(&service, all(None)).await;
    assert!(matches!(refused.err(), Some(Error::Forbidden(_))));
    let own = world.directory.watch(&service, WatchRequest::default()).await;
    assert!(own.is_ok());
}

async fn a_watch_of_all_tells_every_organization_and_new_ones(world: World) {
    let mut first = watch(&world, all(Some(from(0)))).await.unwrap();
    world.user("ada").await;
    let other = world.found("other", "").await;
    let (mut delivered, mut last) = take(&mut first, 3).await;
    while last.resume_token.is_empty() {
        let (more, next) = take(&mut first, 1).await;
        delivered.extend(more);
        last = next;
    }
    let made = delivered.iter().filter(|it| it.organization_id == other.id);
    assert!(made.count() > 0, "the new organization is told");
    world.user("bob").await;
    let token = Some(WatchStart::Token(last.resume_token));
    let mut second = watch(&world, all(token)).await.unwrap();
    delivered.extend(take(&mut second, 1).await.0);
    delivered.retain(|change| change.organization_id != other.id);
    assert_eq!(delivered, world.changes_after(0).await);
}

async fn prune(world: &World) -> i64 {
    world.pass(Duration::from_secs(1));
    let before = world.clock.now();
    let pruned = world.directory.prune_changes(world.root(), ORGANIZATION, before);
    pruned.await.unwrap()
}

#[track_caller]
fn assert_resync<T>(answer: Result<T>) {
    let error = answer.err();
    assert!(matches!(error, Some(Error::ResyncRequired { .. })), "{error:?}");
}

async fn a_place_that_was_removed_asks_for_a_snapshot(world: World) {
    world.user("ada").await;
    let mut slow = watch(&world, request(None)).await.unwrap();
    let mut slow_on_all = watch(&world, all(None)).await.unwrap();
    world.user("bob").await;
    let through = prune(&world).await;
    assert_resync(watch(&world, request(Some(from(0)))).await);
    assert_resync(within(slow.next()).await);
    assert_resync(within(slow_on_all.next()).await);
    let mut watch = watch(&world, request(Some(from(through)))).await.unwrap();
    assert_eq!(take(&mut watch, 1).await.0[0].revision, through + 1);
}

async fn a_place_that_was_never_reached_asks_for_a_snapshot(world: World) {
    let never = world.revision().await + 1;
    assert_resync(watch(&world, request(Some(from(never)))).await);
}

async fn what_decides_on_access_is_marked_though_it_is_not_told(world: World) {
    let mut request = request(None);
    request.kinds = vec![Resource::Group];
    let mut watch = watch(&world, request).await.unwrap();
    world.user("ada").await;
    world.token(service_token("new", &[Scope::ChangesRead])).await;
    let event = within(watch.next()).await.unwrap();
    assert!(event.changes.is_empty() && event.concerns_access);
}

async fn only_old_entries_are_removed_and_the_removal_is_told(world: World) {
    world.user("ada").await;
    let last = world.revision().await;
    assert_eq!(prune(&world).await, last);
    let left = world.changes_after(0).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].detail.fields[0].field, "pruned_through_revision");
    let before = world.clock.now();
    let again = world.directory.prune_changes(world.root(), ORGANIZATION, before);
    assert_eq!(again.await.unwrap(), last, "nothing more is old");
    assert_eq!(world.revision().await, last + 1);
}
