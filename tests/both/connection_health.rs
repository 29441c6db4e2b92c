//! The health of a connection over both APIs, and in the change log.

use std::time::Duration;

use identity_proto::v1::{
    ChangeAction, ConnectionHealth, ConnectionHealthState as State, ErrorReason, ListConnectionHealthRequest,
};

use crate::harness::{Server, Setup, World, assert_refused, everywhere, scim::user_body};

everywhere!(
    the_health_of_a_connection_follows_its_requests,
    the_change_log_is_told_of_the_health,
);

/// Time in which a request is noticed, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// The health of the only connection, once it meets a condition.
async fn until(world: &World, holds: impl Fn(&ConnectionHealth) -> bool) -> ConnectionHealth {
    let waiting = async {
        loop {
            let request = ListConnectionHealthRequest {
                organization: world.organization().slug.clone(),
                ..Default::default()
            };
            let mut client = world.grpc().connections();
            let listed = client.list_connection_health(request).await.expect("health");
            let mut health = listed.into_inner().health;
            assert_eq!(health.len(), 1);
            if holds(&health[0]) {
                return health.remove(0);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the health")
}

async fn the_health_of_a_connection_follows_its_requests(world: World) {
    let scim = world.scim();
    let new = until(&world, |_| true).await;
    assert_eq!(new.state(), State::NeverCalled);
    assert!(new.advice.contains("test the connection"), "{new:?}");

    scim.get("/Users?startIndex=1&count=1").await.expect(200);
    until(&world, |it| it.state() == State::Tested).await;
    let zoe = user_body("zoe@acme.example");
    scim.post("/Users", &zoe).await.expect(201);
    let healthy = until(&world, |it| it.state() == State::Healthy).await;
    assert_eq!(healthy.last_day.expect("counts").applied, 1);
    for _ in 0..5 {
        assert_refused(&scim.post("/Users", &zoe).await, 409, Some("uniqueness"));
    }
    let failing = until(&world, |it| it.last_day.is_some_and(|day| day.refused == 5)).await;
    assert_eq!(failing.state(), State::Failing);
    let failure = failing.last_failure.expect("a failure");
    assert_eq!(
        (failure.status, failure.reason(), failure.target_name.as_str()),
        (409, ErrorReason::ResourceAlreadyExists, "zoe@acme.example")
    );
    assert!(!failure.detail.is_empty());
}

async fn the_change_log_is_told_of_the_health(setup: Setup) {
    let server = Server::start_with(setup, &["--health-interval", "1"]);
    let world = World::new(server.endpoints().clone(), "").await;
    world.scim().get("/Users?startIndex=1&count=1").await.expect(200);
    let told = async {
        loop {
            let changes = world.grpc().changes_after(0).await;
            if let Some(change) = changes
                .into_iter()
                .find(|it| it.action() == ChangeAction::HealthChanged)
            {
                return change;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let told = tokio::time::timeout(PATIENCE, told).await.expect("an entry");
    let [field] = &told.fields[..] else {
        panic!("{told:?}")
    };
    assert_eq!(
        [&field.field, &field.before, &field.after],
        ["health", "\"never_called\"", "\"tested\""]
    );
}
