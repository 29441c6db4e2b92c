//! Failed authentications: so many from one address, and no more. Good tokens are never slowed down, whoever else is at their address.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::HeaderValue;
use identity_core::error::Error;
use tokio::time::Instant;

use crate::address::subscriber;

/// Attempts with secrets of their own that one address may fail with at once; after that, [`GUESSES_PER_SECOND`].
const GUESSES: u32 = 200;
/// See [`GUESSES`].
const GUESSES_PER_SECOND: u32 = 20;
/// Failures with a secret that failed just before, or with none, that cost as much as one with a secret of its own: a client whose token
/// has ended guesses nothing.
const REPEATS_PER_GUESS: u32 = 10;
/// Secrets of an address that failed just before.
const REMEMBERED: usize = 32;
/// Addresses that are counted one by one; all others are counted together.
const MAX_ADDRESSES: usize = 4_096;
/// Time between two log lines about one address.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

const CAPACITY: u32 = GUESSES * REPEATS_PER_GUESS;
const PER_SECOND: u32 = GUESSES_PER_SECOND * REPEATS_PER_GUESS;

/// The failures of each address.
#[derive(Default)]
pub(super) struct Throttle {
    hasher: RandomState,
    addresses: Mutex<HashMap<IpAddr, Failures>>,
}

/// The failures left to one address.
struct Failures {
    left: u32,
    since: Instant,
    failed: [u64; REMEMBERED],
    next: usize,
    logged: Option<Instant>,
}

impl Throttle {
    /// Counts a failure with this secret; answers the refusal to give in its place if there were too many.
    pub(super) fn count(&self, address: IpAddr, secret: Option<&HeaderValue>) -> Option<Error> {
        let secret = secret.map_or(0, |secret| self.hasher.hash_one(secret));
        let now = Instant::now();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = subscriber(address);
        if addresses.len() >= MAX_ADDRESSES && !addresses.contains_key(&key) {
            addresses.retain(|_, failures| !failures.are_forgotten(now));
            if addresses.len() >= MAX_ADDRESSES {
                key = Ipv4Addr::UNSPECIFIED.into();
            }
        }
        let failures = addresses.entry(key).or_insert_with(|| Failures::new(now));
        if failures.count(secret, now) {
            return None;
        }
        if failures
            .logged
            .is_none_or(|logged| now.duration_since(logged) >= LOGGED_EVERY)
        {
            failures.logged = Some(now);
            tracing::warn!(address = %key, "too many failed authentications, further ones are not logged");
        }
        Some(Error::TooMany {
            limit: "failed authentications from one address",
            maximum: GUESSES.into(),
            retry_after: Some(Duration::from_secs(1)),
        })
    }
}

impl Failures {
    fn new(now: Instant) -> Self {
        Self {
            left: CAPACITY,
            since: now,
            failed: [0; REMEMBERED],
            next: 0,
            logged: None,
        }
    }

    /// Tells whether so much time has passed that nothing is left of them.
    fn are_forgotten(&self, now: Instant) -> bool {
        self.left.saturating_add(earned(now - self.since)) >= CAPACITY
    }

    /// Takes the cost of a failure; `false`: not enough is left.
    fn count(&mut self, secret: u64, now: Instant) -> bool {
        let earned = earned(now - self.since);
        if earned > 0 {
            self.left = self.left.saturating_add(earned).min(CAPACITY);
            self.since = now;
        }
        let cost = if self.failed.contains(&secret) {
            1
        } else {
            self.failed[self.next] = secret;
            self.next = (self.next + 1) % REMEMBERED;
            REPEATS_PER_GUESS
        };
        let rest = self.left.checked_sub(cost);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }
}

fn earned(elapsed: Duration) -> u32 {
    let earned = elapsed.as_millis() * u128::from(PER_SECOND) / 1_000;
    u32::try_from(earned).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Counts the failures of this address that are answered as usual.
    fn answered(throttle: &Throttle, from: &str, secrets: impl Iterator<Item = u32>) -> usize {
        let answers = secrets.map(|secret| throttle.count(address(from), Some(&HeaderValue::from(secret))));
        answers.filter(Option::is_none).count()
    }

    #[tokio::test(start_paused = true)]
    async fn guesses_of_an_address_are_bounded_and_come_back_with_time() {
        let throttle = Throttle::default();
        assert_eq!(answered(&throttle, "192.0.2.1", 0..1_000), 200);
        assert_eq!(answered(&throttle, "192.0.2.2", 0..100), 100, "another address");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(answered(&throttle, "192.0.2.1", 1_000..2_000), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn who_repeats_itself_guesses_nothing() {
        let throttle = Throttle::default();
        assert_eq!(
            answered(&throttle, "192.0.2.1", (0..1_500).map(|n| n % 20)),
            1_500
        );
        let nobody = || throttle.count(address("192.0.2.3"), None).is_none();
        assert_eq!((0..3_000).filter(|_| nobody()).count(), 2_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscriber_has_one_count() {
        let throttle = Throttle::default();
        let from = |n: u32| format!("2001:db8::{n:x}");
        let answers = (0..300).map(|n| {
            let end = n + 1;
            answered(&throttle, &from(n), n..end)
        });
        assert_eq!(answers.sum::<usize>(), 200);
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_beyond_the_table_are_counted_together() {
        let throttle = Throttle::default();
        let from = |n: usize| IpAddr::from(u32::try_from(n).unwrap().to_be_bytes());
        let count = |n: usize| throttle.count(from(n), Some(&HeaderValue::from(n)));
        for n in 1..=MAX_ADDRESSES {
            assert!(count(n).is_none());
        }
        let beyond = MAX_ADDRESSES + 1..MAX_ADDRESSES + 1_000;
        assert_eq!(beyond.filter(|n| count(*n).is_none()).count(), 200);
        tokio::time::advance(Duration::from_secs(20)).await;
        assert!(count(100_000).is_none(), "those who stopped are forgotten");
    }
}
