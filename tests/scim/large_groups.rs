//! Groups that grow large.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{cursors::populate, scale};
use crate::harness::{Scim, World, everywhere, scim::text};

everywhere!(
    one_patch_adds_ten_thousand_members_within_five_seconds,
    a_group_grows_at_a_rate_that_does_not_fall,
);

/// How long clients wait for thousands of members.
const WAIT: Duration = Duration::from_secs(5);

/// Adds members in one operation, and answers how long that took.
async fn add(scim: &Scim, group: &str, members: &[String]) -> Duration {
    let values: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    let operations = json!([{"op": "add", "path": "members", "value": values}]);
    let started = Instant::now();
    let added = scim.patch(&format!("/Groups/{group}"), operations).await;
    assert!(added.status.is_success(), "{added}");
    started.elapsed()
}

async fn one_patch_adds_ten_thousand_members_within_five_seconds(world: World) {
    let scim = world.scim();
    let people = populate(&scim, scale::choose(1_000, 10_000)).await;
    let group = text(&scim.create_group("All", &[]).await["id"]);
    let members: Vec<_> = people.iter().cloned().collect();
    let took = add(&scim, &group, &members).await;
    eprintln!("{} members in one PATCH: {took:?}", members.len());
    assert!(took < WAIT, "{took:?}");
    assert_eq!(world.grpc().member_ids(&group).await, people);
}

/// Only a full run is long enough to compare times.
async fn a_group_grows_at_a_rate_that_does_not_fall(world: World) {
    let scim = world.scim();
    let (size, step) = scale::choose((600, 50), (100_000, 1_000));
    let people: Vec<_> = populate(&scim, size).await.into_iter().collect();
    let group = text(&scim.create_group("All", &[]).await["id"]);
    let mut times = Vec::new();
    for members in people.chunks(step) {
        times.push(add(&scim, &group, members).await);
    }
    let tenth = times.len().div_ceil(10);
    let (first, last) = (median(&times[..tenth]), median(&times[times.len() - tenth..]));
    eprintln!("{size} members, {step} a PATCH: first tenth {first:?}, last tenth {last:?} each");
    assert!(
        !scale::is_full() || last < first * 3 / 2,
        "{first:?} became {last:?}"
    );
    assert_eq!(
        world.grpc().group(&group).await.expect("the group").member_count,
        i64::try_from(size).expect("a size")
    );
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}
