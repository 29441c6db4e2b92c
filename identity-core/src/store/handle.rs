//! The handle on an open store.

use super::{OpenError, Options, Query, Unit};
use crate::{error::Result, id::Id, platform::Timestamp};

/// An open database. Clones share it.
///
/// A future of these methods may be dropped at any time: what it started runs to its end.
#[derive(Clone)]
pub struct Store {}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow")]
impl Store {
    /// Opens the database of a URL: `sqlite:path/to/file.db`, made if absent, or `postgres://…`.
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        todo!()
    }

    /// Runs pending migrations; answers their names.
    pub async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        todo!()
    }

    /// Undoes the last `count` migrations, newest first; answers their names.
    pub async fn migrate_down(&self, count: usize) -> Result<Vec<String>, OpenError> {
        todo!()
    }

    /// Runs a unit that changes an organization. One that does not exist is `NotFound`.
    pub async fn write<U: Unit>(&self, organization: Id, unit: U) -> Result<U::Output> {
        todo!()
    }

    /// Runs a unit that has no organization to lock, such as one that creates it.
    pub async fn write_new<U: Unit>(&self, unit: U) -> Result<U::Output> {
        todo!()
    }

    /// Runs a query.
    pub async fn read<Q: Query>(&self, query: Q) -> Result<Q::Output> {
        todo!()
    }

    /// Notes when tokens were last used: organization, token, time. Unknown tokens are passed over.
    pub async fn touch_tokens(&self, uses: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        todo!()
    }

    /// Forgets request ids that were used before this time; answers how many.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<usize> {
        todo!()
    }

    /// Asks the database for an answer, to know that it gives one.
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }

    /// Waits for the units that are under way, and closes the database. Later calls answer `Unavailable`.
    pub async fn close(&self) {
        todo!()
    }
}
