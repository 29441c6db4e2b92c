//! Permits of which no token holds more than half, so that one client leaves room for the others.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Result, away};

/// Tokens whose shares are kept before those without a permit are forgotten.
const MAX_KEPT: usize = 1_024;

/// A number of permits.
#[derive(Debug)]
pub(crate) struct Shares {
    all: Arc<Semaphore>,
    for_one: usize,
    /// By a hash of the token: two that share one share their half too.
    of_each: Mutex<HashMap<u64, Weak<Semaphore>>>,
    hasher: RandomState,
}

/// Permits that are held.
#[derive(Debug)]
pub(crate) struct Share {
    _of_token: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Shares {
    /// Makes so many permits for all, rounded up to an even number.
    pub(crate) fn new(permits: usize) -> Self {
        let for_one = permits.div_ceil(2).max(1);
        Self {
            all: Arc::new(Semaphore::new(2 * for_one)),
            for_one,
            of_each: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// Waits for permits, at most half of all, in turn: first among those of the token, then among all.
    pub(crate) async fn acquire(&self, token: &[u8], permits: usize) -> Result<Share> {
        let permits = u32::try_from(permits.min(self.for_one)).unwrap_or(u32::MAX);
        let of_token = self.of(token);
        let of_token = of_token.acquire_many_owned(permits).await;
        let of_all = Arc::clone(&self.all).acquire_many_owned(permits).await;
        match (of_token, of_all) {
            (Ok(of_token), Ok(of_all)) => Ok(Share {
                _of_token: of_token,
                _of_all: of_all,
            }),
            // Nobody closes them.
            _ => Err(away()),
        }
    }

    fn of(&self, token: &[u8]) -> Arc<Semaphore> {
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        if of_each.len() >= MAX_KEPT {
            of_each.retain(|_, one| one.strong_count() > 0);
        }
        let entry = of_each.entry(self.hasher.hash_one(token)).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let new = Arc::new(Semaphore::new(self.for_one));
            *entry = Arc::downgrade(&new);
            new
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_token_gets_half_and_another_one_the_rest() {
        let shares = Shares::new(4);
        let held = [
            shares.acquire(b"a", 1).await.unwrap(),
            shares.acquire(b"a", 1).await.unwrap(),
        ];
        assert!(shares.acquire(b"a", 1).now_or_never().is_none());
        let other = shares.acquire(b"b", 9).now_or_never().unwrap();
        assert!(other.is_ok() && shares.acquire(b"c", 1).now_or_never().is_none());
        drop(held);
        assert!(shares.acquire(b"a", 2).now_or_never().is_some());
    }
}
