//! Limits of privilege escalation: after a call, no secret opens more than its caller could do, and no user
//! has a new permission unless the caller might give it. Random callers of all kinds make random calls, also
//! with the secrets that they get.

mod caller_powers;
mod scenario;
mod steps;

use std::collections::BTreeMap;

use identity_core::error::Error;

use crate::harness::{World, on_every_database};
use caller_powers::CallerPowers;
use scenario::Scenario;

on_every_database![nobody_can_do_more_after_a_call_than_its_caller_could];

/// Sequences, each in an organization of its own.
fn rounds() -> u64 {
    let rounds = std::env::var("ROSTER_TEST_ROUNDS").ok();
    let is_full = std::env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full");
    let usual = if is_full { 1_000 } else { 12 };
    rounds.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The first of them; for one that failed.
fn first() -> u64 {
    let first = std::env::var("ROSTER_TEST_SEED").ok();
    first.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Calls in a sequence.
const STEPS: usize = 25;

async fn nobody_can_do_more_after_a_call_than_its_caller_could(world: World) {
    let (mut done, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for seed in first()..first() + rounds() {
        let mut scenario = Scenario::new(&world, seed).await;
        let mut before = scenario.state().await;
        for step in 0..STEPS {
            let (secret, call) = scenario.any_caller().await;
            let powers = CallerPowers::of(&call.caller);
            let (what, outcome) = scenario.step(&call).await;
            let at = format!("seed {seed}, step {step}, {what} by {powers:?}: {outcome:?}");
            match &outcome {
                Ok(()) => *done.entry(what).or_insert(0) += 1,
                Err(Error::Internal(_) | Error::Unavailable(_)) => panic!("{at}"),
                Err(_) => *refused.entry(what).or_insert(0) += 1,
            }
            if outcome.is_err() {
                continue;
            }
            let after = scenario.state().await;
            after.assert_no_gain(&before, &powers, &secret, &at);
            before = after;
        }
    }
    eprintln!("done {done:?}\nrefused {refused:?}");
    let (done, refused): (i32, i32) = (done.values().sum(), refused.values().sum());
    assert!(done * 4 > refused, "{done} done, {refused} refused");
}
