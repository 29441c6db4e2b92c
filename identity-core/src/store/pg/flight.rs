//! Statements that need no answer, sent one behind the other without waiting.

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
    connect::Client,
    together::{Insert, MOST, Together},
};
use crate::store::sql::Prepared;

/// A statement on its way.
pub(super) type Leg = BoxFuture<'static, QueryResult<()>>;

/// When a unit's writes are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Before anything else, so that their failure is the unit's own.
    Awaited,
    /// At the commit: what comes next is sent behind them, which saves the unit's round trip. If one fails, so does the transaction.
    Riding,
}

/// What a flight needs of its connection.
pub(super) struct Track {
    pub(super) client: Arc<Client>,
    /// Whether a statement failed since the last savepoint; the server then refuses all but a rollback.
    pub(super) failed: Arc<AtomicBool>,
    /// Names of statements that are prepared here; those of inserts that go together are one.
    pub(super) prepared: HashSet<Vec<&'static str>>,
    /// Statements that were sent and not yet waited for.
    pub(super) riding: Vec<Leg>,
    /// Whether one of those failed, so that the transaction is lost.
    pub(super) derailed: bool,
    /// Whether the unit has a savepoint.
    pub(super) guarded: bool,
    pub(super) pace: Pace,
}

impl Track {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            failed: Arc::default(),
            prepared: HashSet::new(),
            riding: Vec::new(),
            derailed: false,
            guarded: false,
            pace: Pace::Awaited,
        }
    }

    /// Waits for what is riding.
    pub(super) async fn catch_up(&mut self) -> QueryResult<()> {
        if self.riding.is_empty() {
            return Ok(());
        }
        let caught_up = first_failure(in_order(std::mem::take(&mut self.riding)).await);
        if caught_up.is_err() {
            self.derailed = true;
            self.failed.store(true, Ordering::Relaxed);
        }
        caught_up
    }
}

/// The statements of one flight. None is sent before the flight lands or is launched.
pub(super) struct Flight<'c> {
    track: &'c mut Track,
    names: Vec<Vec<&'static str>>,
    legs: Vec<Leg>,
    /// Rows to insert that have no leg yet.
    inserts: Vec<(&'static str, Insert)>,
}

/// Why nobody can say that a transaction was committed.
pub(super) enum NoCommit {
    /// It was rolled back.
    RolledBack(DieselError),
    /// It may have been committed.
    Unknown(DieselError),
}

impl<'c> Flight<'c> {
    pub(super) fn new(track: &'c mut Track, ahead: Option<&'static str>) -> Self {
        let mut flight = Self {
            track,
            names: Vec::new(),
            legs: Vec::new(),
            inserts: Vec::new(),
        };
        if let Some(command) = ahead {
            flight.command(command);
        }
        flight
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

    /// Makes a leg of the rows to insert.
    fn seal(&mut self) {
        if !self.inserts.is_empty() {
            let (names, inserts) = std::mem::take(&mut self.inserts).into_iter().unzip();
            self.add(names, Together::new(inserts));
        }
    }

    fn add<Q>(&mut self, names: Vec<&'static str>, query: Q)
    where
        Q: QueryFragment<Pg> + QueryId + Send + 'static,
    {
        let client = Arc::clone(&self.track.client);
        self.names.push(names);
        self.legs.push(
            async move {
                let mut client = client.diesel();
                client.execute_returning_count(Prepared(query)).await.map(|_| ())
            }
            .boxed(),
        );
    }

    /// Adds a command, such as `COMMIT`, which needs no preparation.
    pub(super) fn command(&mut self, sql: &'static str) {
        self.seal();
        let client = Arc::clone(&self.track.client);
        self.legs
            .push(async move { client.diesel().batch_execute(sql).await }.boxed());
    }

    /// Sends the statements and waits for all of them. Answers the first failure: later ones only say that they were not run.
    pub(super) async fn land(mut self) -> QueryResult<()> {
        self.seal();
        self.track.catch_up().await?;
        let landed = if self.is_prepared() {
            first_failure(in_order(std::mem::take(&mut self.legs)).await)
        } else {
            // Statements that have to be prepared first would arrive behind those that have not.
            one_by_one(std::mem::take(&mut self.legs)).await
        };
        match landed {
            Ok(()) => self.track.prepared.extend(self.names),
            Err(_) => self.track.failed.store(true, Ordering::Relaxed),
        }
        landed
    }

    /// Sends the statements, and waits for them only at the pace of [`Pace::Awaited`].
    pub(super) async fn launch(mut self) -> QueryResult<()> {
        self.seal();
        if self.track.pace == Pace::Awaited || !self.is_prepared() {
            return self.land().await;
        }
        for leg in &mut self.legs {
            // The first poll sends it; one that the runtime makes give way to other tasks would be overtaken.
            if let Some(landed) = unconstrained(&mut *leg).now_or_never() {
                *leg = std::future::ready(landed).boxed();
            }
        }
        self.track.riding.append(&mut self.legs);
        Ok(())
    }

    /// Sends the statements, of which the last one commits, and waits for them and for what is riding.
    pub(super) async fn land_commit(mut self) -> Result<(), NoCommit> {
        if !self.is_prepared() {
            let commit = self.legs.pop();
            let landed = Flight {
                track: &mut *self.track,
                names: std::mem::take(&mut self.names),
                legs: std::mem::take(&mut self.legs),
                inserts: Vec::new(),
            };
            landed.land().await.map_err(not_committed)?;
            self.legs.extend(commit);
        }
        let mut legs = std::mem::take(&mut self.track.riding);
        legs.append(&mut self.legs);
        let mut results = in_order(legs).await;
        let commit = results.pop().unwrap_or(Ok(()));
        first_failure(results).map_err(not_committed)?;
        commit.map_err(NoCommit::Unknown)
    }

    fn is_prepared(&self) -> bool {
        self.names.iter().all(|name| self.track.prepared.contains(name))
    }
}

/// What the failure of a statement before the commit means. The server answers a `COMMIT` after a failure as if all were well.
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

async fn one_by_one(legs: Vec<Leg>) -> QueryResult<()> {
    for leg in legs {
        leg.await?;
    }
    Ok(())
}

/// Polls the legs in their order, so that they are sent in it.
async fn in_order(mut legs: Vec<Leg>) -> Vec<QueryResult<()>> {
    let mut results: Vec<Option<QueryResult<()>>> = legs.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut waiting = false;
        for (leg, result) in legs.iter_mut().zip(&mut results) {
            if result.is_none() {
                match leg.poll_unpin(cx) {
                    Poll::Ready(landed) => *result = Some(landed),
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
