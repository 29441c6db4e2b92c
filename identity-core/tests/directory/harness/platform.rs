//! A clock that moves only when it is told to.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use identity_core::platform::{Platform, Timestamp};

/// 2026-01-01 in microseconds.
const START: i64 = 1_767_225_600_000_000;

/// Stands still, and counts where others draw lots: ids made later are larger.
pub(crate) struct StoppedClock {
    now: AtomicI64,
    draws: AtomicU64,
}

impl StoppedClock {
    pub(crate) fn new() -> Self {
        Self {
            now: AtomicI64::new(START),
            draws: AtomicU64::new(0),
        }
    }

    /// Moves on.
    pub(crate) fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.now.fetch_add(micros, Ordering::SeqCst);
    }

    /// Is set back, as real clocks are.
    pub(crate) fn go_back(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.now.fetch_sub(micros, Ordering::SeqCst);
    }
}

impl Platform for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn random(&self, bytes: &mut [u8]) {
        let draw = self.draws.fetch_add(1, Ordering::SeqCst);
        for (byte, random) in bytes.iter_mut().rev().zip(draw.to_le_bytes()) {
            *byte = random;
        }
    }
}
