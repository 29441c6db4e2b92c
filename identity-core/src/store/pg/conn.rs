//! A connection, and what units need of one.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AsQuery, QueryFragment, QueryId},
};
use diesel_async::{
    AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection, pooled_connection::PoolableConnection,
};
use futures::{
    FutureExt, StreamExt, TryStreamExt,
    future::{BoxFuture, join},
    stream::BoxStream,
};

use super::flight::Flight;

/// A connection that can let a command ride ahead of the next statement: both go in one flight, and the command costs no round trip.
pub(super) struct Conn {
    client: AsyncPgConnection,
    ahead: Option<&'static str>,
    /// Whether a statement failed since the last savepoint; the server then refuses all but a rollback.
    failed: Arc<AtomicBool>,
    /// Names of statements that are prepared here.
    prepared: HashSet<&'static str>,
    /// Whether all that was begun has ended.
    settled: bool,
}

impl Conn {
    pub(super) fn new(client: AsyncPgConnection) -> Self {
        Self {
            client,
            ahead: None,
            failed: Arc::default(),
            prepared: HashSet::new(),
            settled: true,
        }
    }

    /// Sends a command with the next statement, before it.
    pub(super) fn send_ahead(&mut self, command: &'static str) {
        self.ahead = Some(command);
    }

    /// Runs a command.
    pub(super) async fn run(&mut self, command: &'static str) -> QueryResult<()> {
        self.client.batch_execute(command).await
    }

    /// Ends the transaction and does not wait for the answer: nothing depends on it.
    pub(super) fn end(&mut self, command: &'static str) {
        self.ahead = None;
        // One poll sends it. Whatever comes next waits behind it on the server.
        let _ = self.client.batch_execute(command).now_or_never();
        self.settled = true;
    }

    /// Somebody uses the connection.
    pub(super) fn unsettle(&mut self) {
        self.settled = false;
    }

    /// All that was begun has ended.
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// Whether somebody else may use the connection.
    pub(super) fn is_reusable(&mut self) -> bool {
        self.settled && !self.is_closed()
    }

    /// Whether the server is gone.
    pub(super) fn is_closed(&mut self) -> bool {
        self.client.is_broken()
    }

    #[expect(clippy::unnecessary_wraps, reason = "on SQLite it can fail")]
    pub(super) fn set_savepoint(&mut self) -> QueryResult<()> {
        self.failed.store(false, Ordering::Relaxed);
        self.send_ahead("SAVEPOINT unit");
        Ok(())
    }

    /// A batch has few units, so savepoints stay until the commit, which saves a statement for each.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "on SQLite it can fail"
    )]
    pub(super) fn keep_savepoint(&mut self) -> QueryResult<()> {
        Ok(())
    }

    /// Writes are a unit's last statements; if none failed, none was sent and nothing is to be undone.
    pub(super) async fn undo_to_savepoint(&mut self) -> QueryResult<()> {
        if self.failed.swap(false, Ordering::Relaxed) {
            self.client.batch_execute("ROLLBACK TO unit").await?;
        }
        Ok(())
    }

    /// Undoes a unit that did not fail.
    pub(super) async fn undo_trial(&mut self) -> QueryResult<()> {
        self.client.batch_execute("ROLLBACK TO unit").await
    }

    pub(super) fn flight(&mut self) -> Flight<'_> {
        Flight::new(&self.client, self.ahead.take(), &self.failed, &mut self.prepared)
    }
}

type Row<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;

impl SimpleAsyncConnection for Conn {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.client.batch_execute(query).await
    }
}

impl AsyncConnectionCore for Conn {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> = BoxStream<'static, QueryResult<Row<'conn, 'query>>>;
    type Row<'conn, 'query> = Row<'conn, 'query>;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        let mut client = &self.client;
        let failed = Arc::clone(&self.failed);
        let loaded = client.load(source);
        let with_ahead = after(client, self.ahead.take(), loaded);
        async move {
            let rows = with_ahead.await.inspect_err(|_| note(&failed))?;
            Ok(rows.inspect_err(move |_| note(&failed)).boxed())
        }
        .boxed()
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        let mut client = &self.client;
        let failed = &self.failed;
        let executed = client.execute_returning_count(source);
        let with_ahead = after(client, self.ahead.take(), executed);
        async move { with_ahead.await.inspect_err(|_| note(failed)) }.boxed()
    }
}

fn note(failed: &AtomicBool) {
    failed.store(true, Ordering::Relaxed);
}

/// A statement with the command that rides ahead of it, if there is one.
async fn after<T>(
    mut client: &AsyncPgConnection,
    ahead: Option<&'static str>,
    statement: impl Future<Output = QueryResult<T>>,
) -> QueryResult<T> {
    match ahead {
        None => statement.await,
        Some(command) => {
            // The first poll sends the command, and then the statement.
            let (command, statement) = join(client.batch_execute(command), statement).await;
            command.and(statement)
        }
    }
}
