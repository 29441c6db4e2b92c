//! A connection, and what units need of one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AsQuery, QueryFragment, QueryId},
    result::Error as DieselError,
};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection};
use futures::{
    FutureExt, StreamExt, TryStreamExt,
    future::{BoxFuture, join},
    stream::BoxStream,
};

use super::{
    batched_reads::Batchers,
    connect::Client,
    pipeline::{Pipeline, PipelineState, WriteMode},
};

/// A connection that can send a command ahead of the next statement: both go in one pipeline, and the command costs no round trip.
pub(super) struct Conn {
    state: PipelineState,
    ahead: Option<&'static str>,
    /// Set if all that was begun has ended.
    clean: bool,
    /// The batchers of point reads, if no transaction is open here that the reads would have to be in.
    batchers: Option<Arc<Batchers>>,
}

impl Conn {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self {
            state: PipelineState::new(client),
            ahead: None,
            clean: true,
            batchers: None,
        }
    }

    /// A shared connection. Nothing may be begun on it.
    pub(super) fn shared(client: Arc<Client>, batchers: &Arc<Batchers>) -> Self {
        Self {
            batchers: Some(Arc::clone(batchers)),
            ..Self::new(client)
        }
    }

    pub(super) fn batchers(&self) -> Option<&Batchers> {
        self.batchers.as_deref()
    }

    fn client(&self) -> &AsyncPgConnection {
        self.state.client.diesel()
    }

    fn failures(&self) -> Failures {
        Failures {
            failed: Arc::clone(&self.state.failed),
            client: Arc::clone(&self.state.client),
        }
    }

    /// Sends a command with the next statement, before it.
    pub(super) fn send_ahead(&mut self, command: &'static str) {
        self.ahead = Some(command);
    }

    /// Runs a command.
    pub(super) async fn run(&mut self, command: &'static str) -> QueryResult<()> {
        let outcome = self.batch_execute(command).await;
        outcome.inspect_err(|error| self.state.client.note_failure(error))
    }

    /// Ends the transaction and does not wait for the answer: nothing depends on it.
    pub(super) fn end(&mut self, command: &'static str) {
        // What was never sent has begun nothing.
        if self
            .ahead
            .take()
            .is_some_and(|command| command.starts_with("BEGIN"))
        {
            self.clean = true;
            return;
        }
        // Their answers interest nobody any more.
        self.state.deferred.clear();
        // One poll sends it. Whatever comes next waits behind it on the server.
        let _ = self.client().batch_execute(command).now_or_never();
        self.clean = true;
    }

    /// Notes that the connection is in use.
    pub(super) fn mark_in_use(&mut self) {
        self.clean = false;
        self.state.write_mode = WriteMode::Awaited;
    }

    /// Decides when the writes of the next units are waited for.
    pub(super) fn set_write_mode(&mut self, write_mode: WriteMode) {
        self.state.write_mode = write_mode;
    }

    /// Notes that all that was begun has ended.
    pub(super) fn mark_clean(&mut self) {
        self.clean = true;
    }

    /// Tells whether the connection may be given to another caller.
    pub(super) fn is_reusable(&self) -> bool {
        self.clean && !self.is_closed()
    }

    /// Tells whether the connection to the server is lost.
    pub(super) fn is_closed(&self) -> bool {
        self.state.client.is_closed()
    }

    /// Units whose writes are deferred have no savepoint of their own, which would be one more statement: if one of theirs fails, the
    /// transaction is lost, and they run again one by one. What the rules refuse needs none, as nothing was written for it.
    #[expect(clippy::unnecessary_wraps, reason = "on SQLite it can fail")]
    pub(super) fn set_savepoint(&mut self) -> QueryResult<()> {
        self.state.failed.store(false, Ordering::Relaxed);
        self.state.aborted = false;
        self.state.guarded = false;
        if self.state.write_mode == WriteMode::Awaited {
            self.guard();
        }
        Ok(())
    }

    /// Sets a savepoint, so that what comes next can be undone by itself.
    pub(super) fn guard(&mut self) {
        if !self.state.guarded {
            self.state.guarded = true;
            self.send_ahead("SAVEPOINT unit");
        }
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

    /// Writes are a unit's last statements; if none failed, none was sent and nothing is to be undone. If one did, it may be for
    /// what an earlier unit sent, or the unit has no savepoint: then all is lost.
    pub(super) async fn undo_to_savepoint(&mut self) -> QueryResult<()> {
        if self.state.failed.swap(false, Ordering::Relaxed) {
            self.state.await_deferred().await?;
            if self.state.aborted || !self.state.guarded {
                return Err(DieselError::RollbackTransaction);
            }
            self.batch_execute("ROLLBACK TO unit").await?;
        }
        Ok(())
    }

    /// Undoes a unit that did not fail.
    pub(super) async fn undo_written(&mut self) -> QueryResult<()> {
        self.batch_execute("ROLLBACK TO unit").await
    }

    pub(super) fn pipeline(&mut self) -> Pipeline<'_> {
        Pipeline::new(&mut self.state, self.ahead.take())
    }
}

type Row<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;

impl SimpleAsyncConnection for Conn {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        let answers = self.state.client.answers();
        answers.of(self.client().batch_execute(query)).await
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
        let ahead = self.ahead.take();
        let failed = self.failures();
        let mut client = self.client();
        let loaded = client.load(source);
        let with_ahead = after(client, ahead, loaded);
        async move {
            let awaited = failed.client.answers().begin();
            let rows = with_ahead.await.inspect_err(|error| failed.note(error))?;
            Ok(rows
                .inspect_ok(move |_| awaited.note())
                .inspect_err(move |error| failed.note(error))
                .boxed())
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
        let ahead = self.ahead.take();
        let failed = self.failures();
        let mut client = self.client();
        let executed = client.execute_returning_count(source);
        let with_ahead = after(client, ahead, executed);
        async move {
            let answers = failed.client.answers();
            answers
                .of(with_ahead)
                .await
                .inspect_err(|error| failed.note(error))
        }
        .boxed()
    }
}

/// A place to note that a statement failed.
struct Failures {
    failed: Arc<AtomicBool>,
    client: Arc<Client>,
}

impl Failures {
    fn note(&self, error: &DieselError) {
        self.failed.store(true, Ordering::Relaxed);
        self.client.note_failure(error);
    }
}

/// Runs a statement with the command that is sent ahead of it, if there is one.
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
