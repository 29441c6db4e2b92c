//! How long the others still say yes after one instance has said no, on one PostgreSQL.

use std::{
    env,
    time::{Duration, Instant},
};

use identity_client::{Client, Freshness, Options, Question};
use identity_proto::v1::consistency::Requirement;
use serde_json::json;

use crate::{
    grpc::watch,
    harness::{Database, Doors, Server, World, scim::text},
};

/// Rounds, unless `ROSTER_TEST_ROUNDS` says otherwise.
const ROUNDS: usize = 100;
/// What everybody can do who is active.
const PERMISSION: &str = "organization.view";
/// How long a yes may live on anywhere.
const BOUND: Duration = Duration::from_secs(1);

fn rounds() -> usize {
    let rounds = env::var("ROSTER_TEST_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    rounds.unwrap_or(ROUNDS)
}

/// An organization seen through two instances with a facade each.
async fn two_instances() -> (World, World, Vec<crate::harness::Roster>) {
    let url = Server::new_database(Database::Postgres);
    let mut processes = vec![Server::start_core(&url), Server::start_core(&url)];
    let mut doors = Vec::new();
    for n in 0..2 {
        let grpc = format!("http://{}", processes[n].address("grpc"));
        let facade = Server::start_facade(&grpc);
        let scim = format!("http://{}", facade.address("scim"));
        processes.push(facade);
        doors.push(Doors { grpc, scim });
    }
    let there = doors.pop().expect("two");
    let here = World::new(doors.pop().expect("two"), "").await;
    let there = here.through(there);
    (here, there, processes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_at_another_instance_is_never_older_than_its_revision() {
    let (here, there, _processes) = two_instances().await;
    let (writer, reader) = (here.grpc(), there.grpc());
    let ada = writer.create_user("ada").await.id;
    for round in 0..rounds() {
        let active = round % 2 == 1;
        let change = identity_proto::v1::User {
            id: ada.clone(),
            active: Some(active),
            ..Default::default()
        };
        writer.update_user(change, &["active"]).await.expect("a change");
        let revision = writer.revision().await;
        let fresh = Some(Requirement::AtLeastAsFresh(revision));
        let answer = reader.check(&ada, PERMISSION, fresh).await.expect("an answer");
        assert_eq!(
            (answer.allowed, answer.revision >= revision),
            (active, true),
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deprovisioning_reaches_every_way_of_asking_within_a_second() {
    let (here, there, _processes) = two_instances().await;
    let token = here.service_token(&["access:read", "changes:read"]).await;
    let client = Client::new(&Options::new(&there.doors().grpc, &token)).expect("a client");
    let checks = client.checks("");
    let (scim, grpc) = (here.scim(), there.grpc());
    let mut stream = grpc
        .watch(watch::from(here.grpc().revision().await))
        .await
        .expect("a stream");
    let mut took = [const { Vec::new() }; 4];
    for round in 0..rounds() {
        let ada = text(&scim.create_user(&format!("p{round}")).await["id"]);
        let question = Question {
            user: &ada,
            permission: PERMISSION,
            project: "",
        };
        watch::next_changes(&mut stream).await;
        let latest = Some(Requirement::MinimizeLatency(true));
        until(async || {
            checks
                .check(&question, Freshness::Latest)
                .await
                .expect("an answer")
                .allowed
        })
        .await;
        assert!(
            grpc.check(&ada, PERMISSION, latest)
                .await
                .expect("an answer")
                .allowed
        );

        let off = json!([{"op": "replace", "path": "active", "value": false}]);
        scim.patch(&format!("/Users/{ada}"), off).await.expect(200);
        let begun = Instant::now();
        assert!(
            !grpc
                .check(&ada, PERMISSION, None)
                .await
                .expect("an answer")
                .allowed
        );
        took[0].push(begun.elapsed());
        let told = watch::next_changes(&mut stream).await;
        assert_eq!(told.changes.last().expect("an entry").entity_id, ada);
        took[1].push(begun.elapsed());
        until(async || {
            !checks
                .check(&question, Freshness::Latest)
                .await
                .expect("an answer")
                .allowed
        })
        .await;
        took[2].push(begun.elapsed());
        until(async || {
            !grpc
                .check(&ada, PERMISSION, latest)
                .await
                .expect("an answer")
                .allowed
        })
        .await;
        took[3].push(begun.elapsed());
    }
    for (way, times) in ["CheckAccess", "Watch", "cached client", "minimize_latency"]
        .iter()
        .zip(&mut took)
    {
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        eprintln!("{way}: p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100));
        assert!(at(99) < BOUND, "{way}: {:?}", at(99));
    }
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < end, "it never holds");
        tokio::task::yield_now().await;
    }
}
