//! Searches: queries of which a client's filter or order decides what they cost. They run few at a time, at most half of them for one
//! organization, and end after a while, so that nobody else waits for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failure::unavailable;
use crate::{
    error::{Error, Result},
    id::Id,
};

/// The time that a search may take once it has begun.
pub(super) const TIME: Duration = Duration::from_secs(5);
/// The beginning of a search on PostgreSQL: it sees one snapshot, changes nothing, and each statement has [`TIME`].
pub(super) const BEGIN: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = '5s'";
/// The time after which to try again: meanwhile the database may have less to do.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// Organizations that are kept before those without a search are forgotten.
const MAX_KEPT: usize = 1024;

/// Permits for searches.
pub(super) struct Searches {
    all: Arc<Semaphore>,
    for_one: usize,
    of_each: Mutex<HashMap<Id, Weak<Semaphore>>>,
}

/// The permit of a search.
pub(super) struct Permit {
    _of_organization: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Searches {
    /// Makes so many permits, at least two.
    pub(super) fn new(permits: usize) -> Self {
        let permits = permits.max(2);
        Self {
            all: Arc::new(Semaphore::new(permits)),
            for_one: permits / 2,
            of_each: Mutex::default(),
        }
    }

    /// Waits for a permit, first among those of the organization, then among all.
    pub(super) async fn acquire(&self, organization: Id) -> Result<Permit> {
        let of_organization = self.of(organization).acquire_owned().await;
        let of_all = Arc::clone(&self.all).acquire_owned().await;
        Ok(Permit {
            _of_organization: of_organization.map_err(unavailable)?,
            _of_all: of_all.map_err(unavailable)?,
        })
    }

    fn of(&self, organization: Id) -> Arc<Semaphore> {
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        if of_each.len() >= MAX_KEPT {
            of_each.retain(|_, one| one.strong_count() > 0);
        }
        let entry = of_each.entry(organization).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let new = Arc::new(Semaphore::new(self.for_one));
            *entry = Arc::downgrade(&new);
            new
        })
    }
}

/// The refusal of a search that took longer than [`TIME`].
pub(super) fn too_long() -> Error {
    Error::TooMany {
        limit: "seconds for one search",
        maximum: TIME.as_secs(),
        retry_after: Some(RETRY_AFTER),
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn one_organization_gets_half_and_another_one_the_rest() {
        let searches = Searches::new(4);
        let [one, other, third] = [1, 2, 3].map(|number| Id(Uuid::from_u128(number)));
        let held = [
            searches.acquire(one).await.unwrap(),
            searches.acquire(one).await.unwrap(),
        ];
        assert!(searches.acquire(one).now_or_never().is_none());
        let others = [searches.acquire(other).await, searches.acquire(other).await];
        assert!(others.iter().all(Result::is_ok));
        assert!(searches.acquire(third).now_or_never().is_none());
        drop(held);
        assert!(searches.acquire(third).now_or_never().is_some());
    }

    #[test]
    fn the_time_is_the_same_for_both_databases() {
        assert!(BEGIN.ends_with(&format!("'{}s'", TIME.as_secs())));
    }
}
