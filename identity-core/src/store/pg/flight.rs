//! Statements that need no answer, sent one behind the other without waiting.

use std::{
    collections::HashSet,
    future::poll_fn,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
};

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{QueryFragment, QueryId},
};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection};
use futures::{FutureExt, future::BoxFuture};

use crate::store::sql::Prepared;

type Leg<'c> = BoxFuture<'c, QueryResult<()>>;

/// The statements of one flight. None is sent before [`Flight::land`].
pub(super) struct Flight<'c> {
    client: &'c AsyncPgConnection,
    failed: &'c AtomicBool,
    prepared: &'c mut HashSet<&'static str>,
    names: Vec<&'static str>,
    legs: Vec<Leg<'c>>,
}

impl<'c> Flight<'c> {
    pub(super) fn new(
        client: &'c AsyncPgConnection,
        ahead: Option<&'static str>,
        failed: &'c AtomicBool,
        prepared: &'c mut HashSet<&'static str>,
    ) -> Self {
        let mut flight = Self {
            client,
            failed,
            prepared,
            names: Vec::new(),
            legs: Vec::new(),
        };
        if let Some(command) = ahead {
            flight.command(command);
        }
        flight
    }

    /// Adds a statement of fixed text. One name stands for one text.
    pub(super) fn push<Q>(&mut self, name: &'static str, query: Q)
    where
        Q: QueryFragment<Pg> + QueryId + Send,
    {
        let mut client = self.client;
        let executed = client.execute_returning_count(Prepared(query));
        self.names.push(name);
        self.legs.push(executed.map(|result| result.map(|_| ())).boxed());
    }

    /// Adds a command, such as `COMMIT`, which needs no preparation.
    pub(super) fn command(&mut self, sql: &'static str) {
        let mut client = self.client;
        self.legs
            .push(async move { client.batch_execute(sql).await }.boxed());
    }

    /// Sends the statements and waits for all of them. Answers the first failure: later ones only say that they were not run.
    pub(super) async fn land(self) -> QueryResult<()> {
        let all_prepared = self.names.iter().all(|name| self.prepared.contains(name));
        let landed = if all_prepared {
            in_order(self.legs).await
        } else {
            // Statements that have to be prepared first would arrive behind those that have not.
            one_by_one(self.legs).await
        };
        match landed {
            Ok(()) => self.prepared.extend(self.names),
            Err(_) => self.failed.store(true, Ordering::Relaxed),
        }
        landed
    }
}

async fn one_by_one(legs: Vec<Leg<'_>>) -> QueryResult<()> {
    for leg in legs {
        leg.await?;
    }
    Ok(())
}

/// Polls the legs in their order, so that they are sent in it.
async fn in_order(mut legs: Vec<Leg<'_>>) -> QueryResult<()> {
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
