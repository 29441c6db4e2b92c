//! PostgreSQL's pipeline mode: statements that need no answer, sent one behind the other without waiting.

use std::{
    collections::HashSet,
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{QueryFragment, QueryId},
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use futures::{FutureExt, future::BoxFuture};
use tokio::task::unconstrained;

use super::{
    combined_insert::{CombinedInsert, Insert, MOST},
    connect::Client,
};
use crate::store::sql::Prepared;

/// A statement that was sent.
pub(super) type SentStatement = BoxFuture<'static, QueryResult<()>>;

/// When the results of a unit's writes are awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteMode {
    /// Before anything else, so that their failure is the unit's own.
    Awaited,
    /// At the commit: what comes next is sent behind them, which saves the unit's round trip. If one fails, so does the transaction.
    Deferred,
}

/// The state of a connection that its pipelines share.
pub(super) struct PipelineState {
    pub(super) client: Arc<Client>,
    /// Set if a statement failed since the last savepoint; the server then refuses all but a rollback.
    pub(super) failed: Arc<AtomicBool>,
    /// Names of statements that are prepared here; those of inserts that go together are one.
    pub(super) prepared: HashSet<Vec<&'static str>>,
    /// Statements that were sent and not yet waited for.
    pub(super) deferred: Vec<SentStatement>,
    /// Set if one of those statements failed, so that the transaction is lost.
    pub(super) aborted: bool,
    /// Set if the unit has a savepoint.
    pub(super) guarded: bool,
    pub(super) write_mode: WriteMode,
}

impl PipelineState {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            failed: Arc::default(),
            prepared: HashSet::new(),
            deferred: Vec::new(),
            aborted: false,
            guarded: false,
            write_mode: WriteMode::Awaited,
        }
    }

    /// Waits for the deferred statements.
    pub(super) async fn await_deferred(&mut self) -> QueryResult<()> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        let outcome = first_failure(in_order(std::mem::take(&mut self.deferred)).await);
        if outcome.is_err() {
            self.aborted = true;
            self.failed.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

/// The statements of one pipeline. None is sent before [`sync`](Self::sync), [`send`](Self::send) or
/// [`commit`](Self::commit).
pub(super) struct Pipeline<'c> {
    state: &'c mut PipelineState,
    names: Vec<Vec<&'static str>>,
    statements: Vec<SentStatement>,
    /// Rows to insert that have no statement yet.
    inserts: Vec<(&'static str, Insert)>,
}

/// Why nobody can say that a transaction was committed.
pub(super) enum NoCommit {
    /// It was rolled back.
    RolledBack(DieselError),
    /// It may have been committed.
    Unknown(DieselError),
}

impl<'c> Pipeline<'c> {
    pub(super) fn new(state: &'c mut PipelineState, ahead: Option<&'static str>) -> Self {
        let mut pipeline = Self {
            state,
            names: Vec::new(),
            statements: Vec::new(),
            inserts: Vec::new(),
        };
        if let Some(command) = ahead {
            pipeline.command(command);
        }
        pipeline
    }

    /// Adds a statement of fixed text. One name stands for one text.
    pub(super) fn push<Q>(&mut self, name: &'static str, query: Q)
    where
        Q: QueryFragment<Pg> + QueryId + Send + 'static,
    {
        self.seal();
        self.add(vec![name], query);
    }

    /// Adds the insertion of a row of values, under the terms of [`push`](Self::push). Those that follow each other go in one statement.
    pub(super) fn insert<Q>(&mut self, name: &'static str, query: Q)
    where
        Q: QueryFragment<Pg> + Send + 'static,
    {
        if self.inserts.len() == MOST {
            self.seal();
        }
        self.inserts.push((name, Box::new(query)));
    }

    /// Makes a statement of the rows to insert.
    fn seal(&mut self) {
        if !self.inserts.is_empty() {
            let (names, inserts) = std::mem::take(&mut self.inserts).into_iter().unzip();
            self.add(names, CombinedInsert::new(inserts));
        }
    }

    fn add<Q>(&mut self, names: Vec<&'static str>, query: Q)
    where
        Q: QueryFragment<Pg> + QueryId + Send + 'static,
    {
        let client = Arc::clone(&self.state.client);
        self.names.push(names);
        self.statements.push(
            async move {
                let mut diesel = client.diesel();
                let executed = diesel.execute_returning_count(Prepared(query));
                let executed = client.answers().of(executed).await;
                executed
                    .map(|_| ())
                    .inspect_err(|error| client.note_failure(error))
            }
            .boxed(),
        );
    }

    /// Adds a command, such as `COMMIT`, which needs no preparation.
    pub(super) fn command(&mut self, sql: &'static str) {
        self.seal();
        let client = Arc::clone(&self.state.client);
        self.statements
            .push(async move { client.answers().of(client.diesel().batch_execute(sql)).await }.boxed());
    }

    /// Sends the statements and waits for all of them. Answers the first failure: later ones only say that they were not run.
    pub(super) async fn sync(mut self) -> QueryResult<()> {
        self.seal();
        self.state.await_deferred().await?;
        let result = if self.is_prepared() {
            first_failure(in_order(std::mem::take(&mut self.statements)).await)
        } else {
            // Statements that have to be prepared first would arrive behind those that have not.
            one_by_one(std::mem::take(&mut self.statements)).await
        };
        match result {
            Ok(()) => self.state.prepared.extend(self.names),
            Err(_) => self.state.failed.store(true, Ordering::Relaxed),
        }
        result
    }

    /// Sends the statements, and waits for them only in [`WriteMode::Awaited`].
    pub(super) async fn send(mut self) -> QueryResult<()> {
        self.seal();
        if self.state.write_mode == WriteMode::Awaited || !self.is_prepared() {
            return self.sync().await;
        }
        for statement in &mut self.statements {
            // The first poll sends it; one that the runtime makes give way to other tasks would be overtaken.
            if let Some(result) = unconstrained(&mut *statement).now_or_never() {
                *statement = std::future::ready(result).boxed();
            }
        }
        self.state.deferred.append(&mut self.statements);
        Ok(())
    }

    /// Sends the statements, of which the last one commits, and waits for them and for the deferred ones.
    pub(super) async fn commit(mut self) -> Result<(), NoCommit> {
        if !self.is_prepared() {
            let commit = self.statements.pop();
            let before_commit = Pipeline {
                state: &mut *self.state,
                names: std::mem::take(&mut self.names),
                statements: std::mem::take(&mut self.statements),
                inserts: Vec::new(),
            };
            before_commit.sync().await.map_err(not_committed)?;
            self.statements.extend(commit);
        }
        let mut statements = std::mem::take(&mut self.state.deferred);
        statements.append(&mut self.statements);
        let mut results = in_order(statements).await;
        let commit = results.pop().unwrap_or(Ok(()));
        first_failure(results).map_err(not_committed)?;
        commit.map_err(NoCommit::Unknown)
    }

    fn is_prepared(&self) -> bool {
        self.names.iter().all(|name| self.state.prepared.contains(name))
    }
}

/// Classifies the failure of a statement before the commit; the server answers a `COMMIT` after a failure as
/// if all were well.
fn not_committed(error: DieselError) -> NoCommit {
    match error {
        // Not an answer of the server: what came behind the statement may have been done.
        DieselError::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
            _,
        ) => NoCommit::Unknown(error),
        error => NoCommit::RolledBack(error),
    }
}

async fn one_by_one(statements: Vec<SentStatement>) -> QueryResult<()> {
    for statement in statements {
        statement.await?;
    }
    Ok(())
}

/// Polls the statements in their order, so that they are sent in it.
async fn in_order(mut statements: Vec<SentStatement>) -> Vec<QueryResult<()>> {
    let mut results: Vec<Option<QueryResult<()>>> = statements.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut waiting = false;
        for (statement, result) in statements.iter_mut().zip(&mut results) {
            if result.is_none() {
                match statement.poll_unpin(cx) {
                    Poll::Ready(answer) => *result = Some(answer),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    results.into_iter().flatten().collect()
}

fn first_failure(results: Vec<QueryResult<()>>) -> QueryResult<()> {
    results.into_iter().collect()
}
