//! Time and randomness, as parameters.

use rand::RngCore;
use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01 UTC, the precision that both databases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Interface to the machine that the core runs on; tests supply one whose clock they set.
pub trait Platform: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` from a cryptographic source.
    fn random(&self, bytes: &mut [u8]);
}

/// The machine itself: its clock, and a generator that the operating system seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPlatform;

impl Platform for SystemPlatform {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the core where the clock is read"
    )]
    fn now(&self) -> Timestamp {
        let micros = time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000;
        Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    fn random(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
