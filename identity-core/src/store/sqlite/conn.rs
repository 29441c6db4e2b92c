//! A connection, and what units need of one.

use std::{
    future::{Ready, ready},
    path::Path,
};

use diesel::{
    Connection, QueryResult, SqliteConnection,
    connection::{LoadConnection, SimpleConnection},
    deserialize::FromSqlRow,
    expression::expression_types::Untyped,
    query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId},
    query_dsl::CompatibleType,
    result::Error,
    sqlite::Sqlite,
};
use futures::FutureExt;

use super::time_left::TimeLeft;
use crate::store::{
    OpenError,
    sql::{Prepared, PreparedByType},
};

/// Purpose of a connection.
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
/// Overwrites with zeros all that is deleted or replaced, as it may be somebody's name.
const WRITER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -32768; \
     PRAGMA wal_autocheckpoint = 16000; PRAGMA secure_delete = ON;";
const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4096; PRAGMA query_only = ON;";
/// It gives way: a checkpoint that waits for a reader would make the writer wait.
const CHECKPOINTER_PRAGMAS: &str = "PRAGMA busy_timeout = 0; PRAGMA cache_size = -1024;";

/// A connection whose futures are ready when they are made. diesel-async has such a wrapper, too, but it carries each query to
/// another thread: as text, which has to be made and looked up each time, where diesel knows most of ours by their types, and with a
/// copy of each value of each row.
pub(super) struct Conn(SqliteConnection, TimeLeft);

/// The part of diesel-async's trait that the statements use, by diesel's own connection.
pub(super) trait RunQueryDsl: Sized {
    /// All rows.
    fn load<U>(self, conn: &mut Conn) -> Ready<QueryResult<Vec<U>>>
    where
        Self: Loads<U>,
    {
        ready(self.rows(conn, usize::MAX))
    }

    /// The first row, or `NotFound`.
    fn get_result<U>(self, conn: &mut Conn) -> Ready<QueryResult<U>>
    where
        Self: Loads<U>,
    {
        let first = self.rows(conn, 1).map(|rows| rows.into_iter().next());
        ready(first.and_then(|first| first.ok_or(Error::NotFound)))
    }

    /// How many rows were changed.
    fn execute(self, conn: &mut Conn) -> Ready<QueryResult<usize>>
    where
        Self: QueryFragment<Sqlite> + QueryId,
    {
        ready(conn.0.execute_returning_count(&self))
    }
}

impl<T> RunQueryDsl for T {}

/// A query whose rows can be read as `U`.
pub(super) trait Loads<U> {
    /// The first rows, at most this many.
    fn rows(self, conn: &mut Conn, at_most: usize) -> QueryResult<Vec<U>>;
}

impl<T, U, SqlType> Loads<U> for T
where
    T: AsQuery,
    T::Query: QueryFragment<Sqlite> + QueryId,
    T::SqlType: CompatibleType<U, Sqlite, SqlType = SqlType>,
    U: FromSqlRow<SqlType, Sqlite>,
{
    fn rows(self, conn: &mut Conn, at_most: usize) -> QueryResult<Vec<U>> {
        let cursor = LoadConnection::load(&mut conn.0, Typeless(self.as_query()))?;
        let read = |row| U::build_from_row(&row?).map_err(Error::DeserializationError);
        cursor.take(at_most).map(read).collect()
    }
}

/// A query of which nobody asks any more which types its columns have.
struct Typeless<T>(T);

impl<T> Query for Typeless<T> {
    type SqlType = Untyped;
}

impl<T: QueryId> QueryId for Typeless<T> {
    type QueryId = T::QueryId;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID;
}

impl<T: QueryFragment<Sqlite> + QueryId> QueryFragment<Sqlite> for Typeless<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    /// A type that fixes its text has one statement. Diesel asks all parts of it, each time it runs: 17,000 instructions of the 120,000 that
    /// a SCIM get takes in the core.
    fn is_safe_to_cache_prepared(&self, backend: &Sqlite) -> QueryResult<bool> {
        Ok(T::HAS_STATIC_QUERY_ID || self.0.is_safe_to_cache_prepared(backend)?)
    }
}

impl Conn {
    /// Opens the database file, which is made if absent.
    pub(super) fn open(path: &Path, role: Role) -> Result<Self, OpenError> {
        let text = path
            .to_str()
            .ok_or_else(|| OpenError::url("names a path that is not UTF-8"))?;
        let connection = SqliteConnection::establish(text).map_err(OpenError::opened)?;
        let time_left = TimeLeft::of(&connection).map_err(OpenError::opened)?;
        let mut conn = Self(connection, time_left);
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
        self.0.batch_execute(sql)
    }

    /// Runs one statement that answers nothing and is used again and again.
    pub(super) fn command(&mut self, sql: &'static str) -> QueryResult<()> {
        self.0
            .execute_returning_count(&Prepared(diesel::sql_query(sql)))
            .map(|_| ())
    }

    /// Gives the end of its statements.
    pub(super) fn time_left(&self) -> &TimeLeft {
        &self.1
    }

    /// For what wants diesel's own connection.
    pub(super) fn diesel(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    pub(super) fn set_savepoint(&mut self) -> QueryResult<()> {
        self.command("SAVEPOINT unit")
    }

    /// Every unit has a savepoint here.
    #[expect(clippy::unused_self, reason = "on PostgreSQL not every unit has one")]
    pub(super) fn guard(&mut self) {}

    pub(super) fn keep_savepoint(&mut self) -> QueryResult<()> {
        self.command("RELEASE unit")
    }

    pub(super) fn undo_to_savepoint(&mut self) -> Ready<QueryResult<()>> {
        let undone = self.command("ROLLBACK TO unit");
        ready(undone.and_then(|()| self.command("RELEASE unit")))
    }

    pub(super) fn undo_written(&mut self) -> Ready<QueryResult<()>> {
        self.undo_to_savepoint()
    }

    pub(super) fn pipeline(&mut self) -> Pipeline<'_> {
        Pipeline {
            conn: self,
            outcome: Ok(()),
        }
    }
}

/// The output of a future that waits for nothing but SQLite.
pub(super) fn at_once<T>(future: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
    future
        .now_or_never()
        .unwrap_or(Err(Error::BrokenTransactionManager))
}

/// Statements that need no answer. There is no way to make shorter, so each runs when it is added.
pub(super) struct Pipeline<'c> {
    conn: &'c mut Conn,
    outcome: QueryResult<()>,
}

impl Pipeline<'_> {
    /// Adds a statement of fixed text. After a failure nothing runs any more.
    pub(super) fn push<Q>(&mut self, _name: &'static str, query: Q)
    where
        Q: QueryFragment<Sqlite> + QueryId,
    {
        self.run(&Prepared(query));
    }

    /// Adds the insertion of a row of values, whose text is fixed by its type.
    pub(super) fn insert<Q>(&mut self, _name: &'static str, query: Q)
    where
        Q: QueryFragment<Sqlite> + 'static,
    {
        self.run(&PreparedByType(query));
    }

    fn run<Q>(&mut self, query: &Q)
    where
        Q: QueryFragment<Sqlite> + QueryId,
    {
        if self.outcome.is_ok() {
            let executed = self.conn.0.execute_returning_count(query);
            self.outcome = executed.map(|_| ());
        }
    }

    /// The first failure, if there was one.
    pub(super) fn send(self) -> Ready<QueryResult<()>> {
        self.sync()
    }

    /// The same.
    pub(super) fn sync(self) -> Ready<QueryResult<()>> {
        ready(self.outcome)
    }
}
