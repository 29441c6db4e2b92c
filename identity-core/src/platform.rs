//! Time and randomness, as parameters.

use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01 UTC, the precision that both databases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// What the core asks of the machine it runs on. Tests give one whose clock they move.
pub trait Platform: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` from a cryptographic source.
    fn random(&self, bytes: &mut [u8]);
}
