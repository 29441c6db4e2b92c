//! Input that nobody would send: it is answered, at once, and never by a fault of ours.
//!
//! Each target runs for `ROSTER_FUZZ_SECONDS` (20) from `ROSTER_FUZZ_SEED` (1), and tells both with the input when it fails. `cargo
//! test -p scim-facade --test facade fuzz -- --nocapture` also tells how many inputs there were, and the slowest answer.

mod bodies;
mod seeded_rng;
mod texts;

use std::{env, time::Duration};

use axum::body::Body;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;
use tokio::time::Instant;

use self::seeded_rng::{SeededRng, damage};
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
async fn fuzz(target: &str, input: impl Fn(&mut SeededRng) -> Input) {
    let seed = number("ROSTER_FUZZ_SEED", 1);
    let end = Instant::now() + Duration::from_secs(number("ROSTER_FUZZ_SECONDS", 20));
    let mut rng = SeededRng::new(seed);
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
        let input = input(&mut rng);
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
fn bytes(rng: &mut SeededRng, value: &Value) -> Vec<u8> {
    chance(rng, value.to_string())
}

fn chance(rng: &mut SeededRng, text: String) -> Vec<u8> {
    if rng.one_in(50) {
        return (0..rng.below(64)).map(|_| rng.byte()).collect();
    }
    let mut bytes = text.into_bytes();
    if rng.one_in(3) {
        damage(rng, &mut bytes);
    }
    bytes
}

fn somebody(rng: &mut SeededRng) -> String {
    (*rng.pick(&["/Users/id001", "/Groups/id002"])).to_owned()
}

#[tokio::test]
async fn fuzz_filter() {
    fuzz("filter", |rng| {
        let filter = texts::filter(rng, 5);
        let filter = chance(rng, filter);
        let list = rng.pick(&["/Users", "/Groups", "/"]);
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
    fuzz("path", |rng| {
        let path = texts::path(rng);
        let path = String::from_utf8_lossy(&chance(rng, path)).into_owned();
        let op = rng.pick(&["add", "replace", "remove"]);
        let operation = serde_json::json!({ "op": op, "path": path, "value": bodies::value(rng, 2) });
        let body = serde_json::json!({ "Operations": [operation] });
        ("PATCH", somebody(rng), body.to_string().into_bytes())
    })
    .await;
}

#[tokio::test]
async fn fuzz_patch() {
    fuzz("PATCH", |rng| {
        let body = bodies::patch(rng);
        ("PATCH", somebody(rng), bytes(rng, &body))
    })
    .await;
}

#[tokio::test]
async fn fuzz_resource() {
    fuzz("POST and PUT", |rng| {
        let body = bodies::resource(rng);
        let (method, path) = match rng.below(3) {
            0 => ("PUT", somebody(rng)),
            1 => ("POST", "/Users".to_owned()),
            _ => ("POST", "/Groups".to_owned()),
        };
        (method, path, bytes(rng, &body))
    })
    .await;
}

#[tokio::test]
async fn fuzz_bulk() {
    fuzz("Bulk", |rng| {
        let body = bodies::bulk(rng);
        ("POST", "/Bulk".to_owned(), bytes(rng, &body))
    })
    .await;
}
