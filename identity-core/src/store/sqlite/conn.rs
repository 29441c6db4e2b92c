//! A connection, and what units need of one.

use std::{
    error::Error as StdError,
    future::{Ready, ready},
    ops::{Deref, DerefMut},
    path::Path,
};

use diesel::{
    Connection, QueryResult, SqliteConnection, query_builder::QueryFragment, query_builder::QueryId,
};
use diesel_async::{
    RunQueryDsl, SimpleAsyncConnection,
    sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper},
};
use futures::{FutureExt, future::BoxFuture};

use crate::store::{OpenError, sql::Prepared};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The one that writes.
    Writer,
    /// One of those that read.
    Reader,
    /// The one that moves committed pages from the log into the database.
    Checkpointer,
}

/// For all: what is committed is on the disk (`FULL`), and pages are read from the mapped file, which costs no memory of ours.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 2147418112;";
/// The log is checkpointed by a thread; at 64 MiB the writer does it itself, which keeps the log from growing without end.
const WRITER_PRAGMAS: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16000;";
const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4096; PRAGMA query_only = ON;";
/// It gives way: a checkpoint that waits for a reader would make the writer wait.
const CHECKPOINTER_PRAGMAS: &str = "PRAGMA busy_timeout = 0; PRAGMA cache_size = -1024;";

/// A connection whose futures are ready when they are made.
pub(super) struct Conn(SyncConnectionWrapper<SqliteConnection, Inline>);

/// Runs what others would send to a thread of its own where it is.
pub(super) struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn StdError + Send + Sync>>>
    where
        R: Send + 'static,
    {
        ready(Ok(task())).boxed()
    }

    fn get_runtime() -> Self {
        Self
    }
}

impl Deref for Conn {
    type Target = SyncConnectionWrapper<SqliteConnection, Inline>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Conn {
    /// Opens the database file, which is made if absent.
    pub(super) fn open(path: &Path, role: Role) -> Result<Self, OpenError> {
        let text = path
            .to_str()
            .ok_or_else(|| OpenError::url("names a path that is not UTF-8"))?;
        let connection = SqliteConnection::establish(text).map_err(OpenError::opened)?;
        let mut conn = Self(SyncConnectionWrapper::new(connection));
        conn.script(PRAGMAS).map_err(OpenError::opened)?;
        conn.script(match role {
            Role::Writer => WRITER_PRAGMAS,
            Role::Reader => READER_PRAGMAS,
            Role::Checkpointer => CHECKPOINTER_PRAGMAS,
        })
        .map_err(OpenError::opened)?;
        Ok(conn)
    }

    /// Runs statements that answer nothing.
    pub(super) fn script(&mut self, sql: &'static str) -> QueryResult<()> {
        at_once(self.0.batch_execute(sql))
    }

    /// Runs one statement that answers nothing and is used again and again.
    pub(super) fn command(&mut self, sql: &'static str) -> QueryResult<()> {
        at_once(Prepared(diesel::sql_query(sql)).execute(&mut self.0)).map(|_| ())
    }

    pub(super) fn set_savepoint(&mut self) -> QueryResult<()> {
        self.command("SAVEPOINT unit")
    }

    pub(super) fn keep_savepoint(&mut self) -> QueryResult<()> {
        self.command("RELEASE unit")
    }

    pub(super) fn undo_to_savepoint(&mut self) -> Ready<QueryResult<()>> {
        let undone = self.command("ROLLBACK TO unit");
        ready(undone.and_then(|()| self.command("RELEASE unit")))
    }

    pub(super) fn undo_trial(&mut self) -> Ready<QueryResult<()>> {
        self.undo_to_savepoint()
    }

    pub(super) fn flight(&mut self) -> Flight<'_> {
        Flight {
            conn: self,
            outcome: Ok(()),
        }
    }
}

/// The output of a future that waits for nothing but SQLite.
pub(super) fn at_once<T>(future: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
    future
        .now_or_never()
        .unwrap_or(Err(diesel::result::Error::BrokenTransactionManager))
}

/// Statements that need no answer. There is no way to make shorter, so each runs when it is added.
pub(super) struct Flight<'c> {
    conn: &'c mut Conn,
    outcome: QueryResult<()>,
}

impl Flight<'_> {
    /// Adds a statement of fixed text. After a failure nothing runs any more.
    pub(super) fn push<Q>(&mut self, _name: &'static str, query: Q)
    where
        Q: QueryFragment<diesel::sqlite::Sqlite> + QueryId + Send,
    {
        if self.outcome.is_ok() {
            self.outcome = at_once(Prepared(query).execute(&mut self.conn.0)).map(|_| ());
        }
    }

    /// The first failure, if there was one.
    pub(super) fn land(self) -> Ready<QueryResult<()>> {
        ready(self.outcome)
    }
}
