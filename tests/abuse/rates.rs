//! Rate limits: a client that runs wild, and the others.

use futures::future::join_all;
use identity_proto::v1::ListProvisioningRequestsRequest;
use tonic::Code;

use crate::harness::{Scim, Server, Setup, World, assert_refused, assert_status, everywhere};

everywhere!(
    a_connection_that_calls_too_often_waits_and_leaves_others_theirs,
    a_token_that_calls_too_often_waits_and_root_does_not,
);

/// The lowest limits that the program takes for a connection, and one for tokens that a test reaches soon.
const LIMITS: &[&str] = &["--connection-rate-limit", "100", "--token-rate-limit", "5"];
/// Requests that are sent at once, which are more than a second allows even if they take some.
const REQUESTS: usize = 2_000;
/// Records of refused requests that a test of this length may leave: one a second.
const MOST_RECORDS: usize = 60;

async fn a_connection_that_calls_too_often_waits_and_leaves_others_theirs(setup: Setup) {
    let server = Server::start_with(setup, LIMITS);
    let wild = World::new(server.endpoints().clone(), "").await;
    let other = wild.other().await;
    let refused = flood(&wild.scim(), async || {
        assert_eq!(other.scim().get("/Users").await.status, 200);
    })
    .await;
    assert!(refused > REQUESTS / 10, "{refused}");
    // The second that `Retry-After` names is enough, and then changes are made as well.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    wild.scim().create_user("ada").await;
    let request = ListProvisioningRequestsRequest {
        organization: wild.organization().slug.clone(),
        page_size: 1_000,
        ..Default::default()
    };
    let mut log = wild.grpc().provisioning_log();
    let recorded = loop {
        let listed = log.list_provisioning_requests(request.clone()).await;
        let records = listed.expect("records").into_inner().requests;
        // Records keep their order, so the flood was recorded before the creation.
        if records.iter().any(|it| it.target_name == "ada") {
            break records.iter().filter(|it| it.status == 429).count();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!((1..=MOST_RECORDS).contains(&recorded), "{recorded}");
}

/// Sends many requests at once, and something else in between. Answers how many were refused.
async fn flood(scim: &Scim, meanwhile: impl AsyncFn()) -> usize {
    let mut refused = 0;
    for _ in 0..10 {
        let answers = join_all((0..REQUESTS / 10).map(|_| scim.get("/Users?count=0"))).await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_refused(answer, 429, None);
            let wait = answer.headers["retry-after"].to_str().expect("a number");
            assert_eq!(wait, "1");
            refused += 1;
        }
        meanwhile().await;
    }
    refused
}

async fn a_token_that_calls_too_often_waits_and_root_does_not(setup: Setup) {
    let server = Server::start_with(setup, LIMITS);
    let world = World::new(server.endpoints().clone(), "").await;
    let service = world.service(&["users:read"]).await;
    let calls = (0..50).map(|_| service.try_user("00000000-0000-7000-8000-000000000000"));
    let refused: Vec<_> = join_all(calls).await;
    let (too_many, others): (Vec<_>, Vec<_>) = refused
        .into_iter()
        .filter_map(Result::err)
        .partition(|status| status.code() == Code::ResourceExhausted);
    assert!(too_many.len() > 20 && !others.is_empty(), "{too_many:?}");
    for status in too_many {
        assert_status::<()>(Err(status), Code::ResourceExhausted, "LIMIT_EXCEEDED");
    }
    for number in 0..20 {
        world.grpc().create_user(&format!("user-{number}")).await;
    }
}
