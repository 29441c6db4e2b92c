//! A secret that is in use while it is rotated.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use identity_proto::v1::{RotateTokenRequest, Token, TokenKind};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::harness::{World, create_token, everywhere};

everywhere!(calls_with_a_former_secret_are_served_to_the_end_of_the_overlap_and_not_after_it,);

/// 100 calls a second, as long as they are answered: by so many callers, who do not call while they wait, as a machine that is busy with
/// other tests would answer ever later.
const INTERVAL: Duration = Duration::from_millis(10);
const CALLERS: u32 = 10;
/// How long is called before the rotation, and after the overlap.
const AROUND: Duration = Duration::from_secs(1);

/// The promise is 60 s, which `ROSTER_TEST_SCALE=full` waits for.
fn overlap() -> Duration {
    let is_full = std::env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full");
    Duration::from_secs(if is_full { 60 } else { 2 })
}

/// A call, and whether it was let in; anything but that and a refusal of the token is a failure.
#[derive(Clone)]
struct Called {
    begun: Instant,
    answered: Instant,
    served: bool,
}

async fn call(world: &World, secret: &str, over_scim: bool) -> Called {
    let begun = Instant::now();
    let served = if over_scim {
        let answer = world.scim().with_token(secret).get("/Users?count=0").await;
        assert!([200, 401].contains(&answer.status.as_u16()), "{answer}");
        answer.status == 200
    } else {
        let answer = world
            .grpc()
            .with_token(secret)
            .naming("")
            .try_user("nobody")
            .await;
        let code = answer.expect_err("nobody is called so").code();
        assert!(
            [Code::NotFound, Code::Unauthenticated].contains(&code),
            "{code:?}"
        );
        code == Code::NotFound
    };
    Called {
        begun,
        answered: Instant::now(),
        served,
    }
}

/// Calls both APIs in turn at the rate, until it is told to end.
async fn load(world: Arc<World>, secret: String, end: CancellationToken) -> Vec<Called> {
    let caller = async || {
        let mut ticks = interval(INTERVAL * CALLERS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut called = Vec::new();
        while !end.is_cancelled() {
            ticks.tick().await;
            called.push(call(&world, &secret, called.len() % 2 == 0).await);
        }
        called
    };
    join_all((0..CALLERS).map(|_| caller())).await.concat()
}

async fn calls_with_a_former_secret_are_served_to_the_end_of_the_overlap_and_not_after_it(world: World) {
    let overlap = overlap();
    let (token, old) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let (world, end) = (Arc::new(world), CancellationToken::new());
    let load = tokio::spawn(load(Arc::clone(&world), old, end.clone()));
    tokio::time::sleep(AROUND).await;

    let request = RotateTokenRequest {
        organization: world.organization().slug.clone(),
        id: token.id,
        overlap: prost_types::Duration::try_from(overlap).ok(),
        ..Default::default()
    };
    // The overlap begins at the server's time, between these two.
    let earliest = Instant::now() + overlap;
    world
        .grpc()
        .tokens()
        .rotate_token(request)
        .await
        .expect("rotated");
    let latest = Instant::now() + overlap;
    tokio::time::sleep_until((latest + AROUND).into()).await;
    end.cancel();

    let called = load.await.expect("a load");
    let before: Vec<_> = called.iter().filter(|call| call.answered < earliest).collect();
    let after: Vec<_> = called.iter().filter(|call| call.begun >= latest).collect();
    let failed = before.iter().filter(|call| !call.served).count();
    let let_in = after.iter().filter(|call| call.served).count();
    let (before, after) = (before.len(), after.len());
    println!("{before} calls before the end, {failed} failed; {after} after it, {let_in} let in");
    assert!(before >= 20 && after > 0, "there was a load");
    assert_eq!((failed, let_in), (0, 0));
}
