//! Connections for queries.

use std::{
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::FutureExt;
use tokio::sync::Semaphore;

use super::{
    classify,
    conn::{Conn, Role},
    time_left,
};
use crate::{
    error::{Error, Result},
    store::{
        Cost, Isolation, OpenError, Query,
        failure::unavailable,
        searches::{self, Searches},
    },
};

/// Scans at the same time. More would only wait for the same disk and cores.
const SCANS: usize = 4;
/// Searches at the same time, beside the scans.
const SEARCHES: usize = 4;
/// Connections kept open without work.
const MAX_IDLE: usize = 16;

/// The connections. There are as many as there were queries at the same time.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Conn>>,
    scans: Arc<Semaphore>,
    searches: Searches,
    closed: AtomicBool,
}

impl Readers {
    /// Opens the first connection.
    pub(super) fn open(path: PathBuf) -> Result<Self, OpenError> {
        let first = Conn::open(&path, Role::Reader)?;
        Ok(Self {
            path,
            idle: Mutex::new(vec![first]),
            scans: Arc::new(Semaphore::new(SCANS)),
            searches: Searches::new(SEARCHES),
            closed: AtomicBool::new(false),
        })
    }

    /// Runs a query: one of few rows here and now, others on a thread that may wait for the disk.
    pub(super) async fn read<Q: Query>(self: &Arc<Self>, query: Q) -> Result<Q::Output> {
        if let Some(organization) = query.searched() {
            let permit = self.searches.acquire(organization).await?;
            return self.apart(permit, move |readers| readers.search(&query)).await;
        }
        match Q::COST {
            Cost::Point => self.run(&query, self.take()?),
            Cost::Scan => {
                let permit = Arc::clone(&self.scans).acquire_owned().await;
                let permit = permit.map_err(unavailable)?;
                self.apart(permit, move |readers| readers.run(&query, readers.take()?))
                    .await
            }
        }
    }

    /// Works on another thread, which holds the permit to its end: it goes on when nobody waits for it any more.
    async fn apart<P: Send + 'static, T: Send + 'static>(
        self: &Arc<Self>,
        permit: P,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        let work = move || {
            let _permit = permit;
            work(&readers)
        };
        tokio::task::spawn_blocking(work).await.map_err(unavailable)?
    }

    fn search<Q: Query>(&self, query: &Q) -> Result<Q::Output> {
        let conn = self.take()?;
        conn.time_left().begin(searches::TIME);
        self.run(query, conn).map_err(time_left::ended)
    }

    fn run<Q: Query>(&self, query: &Q, mut conn: Conn) -> Result<Q::Output> {
        let ran = AssertUnwindSafe(isolated(&mut conn, query)).catch_unwind();
        match ran.now_or_never() {
            Some(Ok(output)) => {
                conn.time_left().stop();
                self.return_to_pool(conn);
                output
            }
            // Who knows what the connection is in the middle of: it is closed.
            Some(Err(_)) => Err(Error::Internal("a query panicked".into())),
            None => Err(Error::Internal("a query waits for more than the database".into())),
        }
    }

    fn take(&self) -> Result<Conn> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Unavailable("the store is closed".into()));
        }
        let idle = self.lock().pop();
        match idle {
            Some(conn) => Ok(conn),
            None => Conn::open(&self.path, Role::Reader).map_err(unavailable),
        }
    }

    fn return_to_pool(&self, conn: Conn) {
        let mut idle = self.lock();
        if idle.len() < MAX_IDLE && !self.closed.load(Ordering::Acquire) {
            idle.push(conn);
        }
    }

    /// Connections that are idle.
    pub(super) fn idle(&self) -> u64 {
        self.lock().len() as u64
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes idle connections now and busy ones when they are done.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.lock().clear();
    }
}

async fn isolated<Q: Query>(conn: &mut Conn, query: &Q) -> Result<Q::Output> {
    if Q::ISOLATION == Isolation::EachCall {
        return query.run(conn).await;
    }
    conn.command("BEGIN DEFERRED").map_err(classify)?;
    let output = query.run(conn).await;
    conn.command("COMMIT").map_err(classify)?;
    output
}
