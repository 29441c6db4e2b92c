//! Visibility of a change at one instance to checks at another.

use std::time::{Duration, Instant};

use identity_proto::v1::{User, consistency::Requirement};

use super::pair::{Pair, assert_within, rounds, until};
use crate::harness::Grpc;

/// Permission of every active user.
const PERMISSION: &str = "organization.view";
/// How old a remembered answer may be, and as long for the asking on a machine that is busy.
const STALENESS: Duration = Duration::from_secs(1);

async fn set_active(grpc: &Grpc, id: &str, active: bool) {
    let change = User {
        id: id.to_owned(),
        active: Some(active),
        ..Default::default()
    };
    grpc.update_user(change, &["active"]).await.expect("a change");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_at_another_instance_is_never_older_than_its_revision() {
    let pair = Pair::start().await;
    let (writer, reader) = (pair.here.grpc(), pair.there.grpc());
    let ada = writer.create_user("ada").await.id;
    for round in 0..rounds(100) {
        let active = round % 2 == 1;
        set_active(&writer, &ada, active).await;
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
async fn an_answer_that_another_instance_remembers_is_old_for_half_a_second_at_most() {
    let pair = Pair::start().await;
    let (writer, reader) = (pair.here.grpc(), pair.there.grpc());
    let ada = writer.create_user("ada").await.id;
    let remembered = async || {
        let latest = Some(Requirement::MinimizeLatency(true));
        let answer = reader.check(&ada, PERMISSION, latest).await;
        answer.expect("an answer").allowed
    };
    let mut stale = Vec::new();
    for round in 0..rounds(20) {
        let active = round % 2 == 1;
        assert_eq!(remembered().await, !active, "it is remembered");
        set_active(&writer, &ada, active).await;
        stale.push(until(Instant::now(), async || remembered().await == active).await);
    }
    assert_within(STALENESS, "stale with `minimize_latency`", &mut stale);
}
