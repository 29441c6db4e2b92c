//! Two instances on one `PostgreSQL`, each with a facade, and how long things take between them.

use std::{
    env,
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval};

use crate::harness::{Database, Endpoints, Roster, Server, World};

/// Issuer of access tokens, the same for all instances.
const ISSUER: [&str; 2] = ["--token-issuer", "https://id.example"];
/// How often is asked, where something is awaited.
const INTERVAL: Duration = Duration::from_millis(1);
/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An organization seen through two instances.
pub(super) struct Pair {
    pub(super) here: World,
    pub(super) there: World,
    _processes: Vec<Roster>,
}

impl Pair {
    pub(super) async fn start() -> Self {
        let url = Server::new_database(Database::Postgres);
        let mut processes = vec![
            Server::start_core_with(&url, &ISSUER),
            Server::start_core_with(&url, &ISSUER),
        ];
        let mut endpoints = Vec::new();
        for n in 0..2 {
            let grpc = format!("http://{}", processes[n].address("grpc"));
            let facade = Server::start_facade(&grpc);
            let scim = format!("http://{}", facade.address("scim"));
            processes.push(facade);
            endpoints.push(Endpoints { grpc, scim });
        }
        let there = endpoints.pop().expect("two");
        let here = World::new(endpoints.pop().expect("two"), "").await;
        Self {
            there: here.through(there),
            here,
            _processes: processes,
        }
    }
}

/// How often to repeat, unless `ROSTER_TEST_ROUNDS` says otherwise.
pub(super) fn rounds(without_a_word: usize) -> usize {
    let rounds = env::var("ROSTER_TEST_ROUNDS").ok();
    rounds
        .and_then(|text| text.parse().ok())
        .unwrap_or(without_a_word)
}

/// Asks until it holds; answers how long after `begun` that was.
pub(super) async fn until(begun: Instant, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "it never holds");
        ticks.tick().await;
    }
    begun.elapsed()
}

/// Shows what was measured, and that it kept its bound.
pub(super) fn assert_within(bound: Duration, what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("{what}: p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100));
    assert!(at(99) < bound, "{what}: {:?}", at(99));
}
