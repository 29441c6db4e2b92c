//! Input that nobody would send: it is answered, at once, and never by a fault of ours.
//!
//! Each target runs for `ROSTER_FUZZ_SECONDS` (20) from `ROSTER_FUZZ_SEED` (1), and tells both with the input when it fails. `cargo
//! test -p scim-facade --test facade fuzz -- --nocapture` also tells how many inputs there were, and the slowest answer.

mod bodies;
mod dice;
mod texts;

use std::{env, time::Duration};

use axum::body::Body;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;
use tokio::time::Instant;

use self::dice::{Dice, damage};
use crate::world::World;

/// How long an answer may take, on a machine that has much else to do.
const AT_ONCE: Duration = Duration::from_secs(20);
/// A longer one cannot be sent.
const LONGEST_PATH: usize = 60_000;
/// After so many inputs the world is a new one.
const INPUTS_A_WORLD: u64 = 2_000;

/// A request made of chance: method, path below the base, and body.
type Input = (&'static str, String, Vec<u8>);

fn number(name: &str, default: u64) -> u64 {
    let set = env::var(name).ok();
    set.map_or(default, |text| text.parse().expect("a whole number"))
}

/// Sends inputs until the time is over.
async fn fuzz(target: &str, input: impl Fn(&mut Dice) -> Input) {
    let seed = number("ROSTER_FUZZ_SEED", 1);
    let end = Instant::now() + Duration::from_secs(number("ROSTER_FUZZ_SECONDS", 20));
    let mut dice = Dice::new(seed);
    let mut inputs = 0;
    let mut refused = 0_u64;
    let mut slowest = (Duration::ZERO, 0);
    let mut world = World::new();
    while Instant::now() < end {
        if inputs % INPUTS_A_WORLD == 0 {
            world = World::new();
            let user = world.user("first").await;
            world.group("first", &[&user]).await;
            let long = bodies::with_long_texts();
            world.call("PUT", &format!("/Users/{user}"), long).await;
        }
        let input = input(&mut dice);
        let told = format!("{target}, seed {seed}, input {inputs}: {input:?}");
        let started = Instant::now();
        refused += u64::from(send(&world, input, &told).await);
        slowest = slowest.max((started.elapsed(), inputs));
        inputs += 1;
    }
    let (time, slow) = slowest;
    eprintln!(
        "{target}: {inputs} inputs, {refused} of them refused, the slowest answer {time:?} to input {slow}"
    );
}

/// Sends one, and answers whether it was refused.
async fn send(world: &World, (method, path, body): Input, told: &str) -> bool {
    let request = World::request(method, &format!("/scim/v2{path}"))
        .header("content-type", "application/scim+json")
        .body(Body::from(body));
    let sent = world.send(request.expect(told));
    let reply = tokio::time::timeout(AT_ONCE, sent).await.expect(told);
    assert!(
        !reply.status.is_server_error(),
        "{} {}: {told}",
        reply.status,
        reply.json
    );
    let is_refused = reply.status.is_client_error();
    let says_why = reply.json["detail"]
        .as_str()
        .is_some_and(|detail| !detail.is_empty());
    assert!(!is_refused || says_why, "{}: {told}", reply.json);
    let operations = reply.json["Operations"].as_array();
    for operation in operations.into_iter().flatten() {
        let status = operation["status"].as_str().unwrap_or("500");
        assert!(!status.starts_with('5'), "{operation}: {told}");
    }
    is_refused
}

/// The bytes of a value, sometimes damaged, sometimes nothing but chance.
fn bytes(dice: &mut Dice, value: &Value) -> Vec<u8> {
    chance(dice, value.to_string())
}

fn chance(dice: &mut Dice, text: String) -> Vec<u8> {
    if dice.one_in(50) {
        return (0..dice.below(64)).map(|_| dice.byte()).collect();
    }
    let mut bytes = text.into_bytes();
    if dice.one_in(3) {
        damage(dice, &mut bytes);
    }
    bytes
}

fn somebody(dice: &mut Dice) -> String {
    (*dice.pick(&["/Users/id001", "/Groups/id002"])).to_owned()
}

#[tokio::test]
async fn fuzz_filter() {
    fuzz("filter", |dice| {
        let filter = texts::filter(dice, 5);
        let filter = chance(dice, filter);
        let list = dice.pick(&["/Users", "/Groups", "/"]);
        let path = format!("{list}?filter={}", percent_encode(&filter, NON_ALPHANUMERIC));
        if path.len() > LONGEST_PATH {
            let body = serde_json::json!({ "filter": String::from_utf8_lossy(&filter) });
            return ("POST", "/.search".to_owned(), body.to_string().into_bytes());
        }
        ("GET", path, Vec::new())
    })
    .await;
}

#[tokio::test]
async fn fuzz_path() {
    fuzz("path", |dice| {
        let path = texts::path(dice);
        let path = String::from_utf8_lossy(&chance(dice, path)).into_owned();
        let op = dice.pick(&["add", "replace", "remove"]);
        let operation = serde_json::json!({ "op": op, "path": path, "value": bodies::value(dice, 2) });
        let body = serde_json::json!({ "Operations": [operation] });
        ("PATCH", somebody(dice), body.to_string().into_bytes())
    })
    .await;
}

#[tokio::test]
async fn fuzz_patch() {
    fuzz("PATCH", |dice| {
        let body = bodies::patch(dice);
        ("PATCH", somebody(dice), bytes(dice, &body))
    })
    .await;
}

#[tokio::test]
async fn fuzz_resource() {
    fuzz("POST and PUT", |dice| {
        let body = bodies::resource(dice);
        let (method, path) = match dice.below(3) {
            0 => ("PUT", somebody(dice)),
            1 => ("POST", "/Users".to_owned()),
            _ => ("POST", "/Groups".to_owned()),
        };
        (method, path, bytes(dice, &body))
    })
    .await;
}

#[tokio::test]
async fn fuzz_bulk() {
    fuzz("Bulk", |dice| {
        let body = bodies::bulk(dice);
        ("POST", "/Bulk".to_owned(), bytes(dice, &body))
    })
    .await;
}
