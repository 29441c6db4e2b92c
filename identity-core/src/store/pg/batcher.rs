//! Point reads that wait together go in one statement: the pattern of a data loader.
//!
//! While lookups are on their way to the server, others come. Each would be a statement: a message to send, a process to wake, a plan
//! to begin and end, an answer to read, all of which cost more than finding a row. Eight of them in one statement cost the server 1.4
//! times what one does. So a few workers, one for each shared connection, each take what waits, ask it in one statement, and come
//! back for what came meanwhile. Nobody waits for company: a lookup that comes alone goes alone, and at once.
//!
//! A statement begins after all its lookups were asked for, so each sees what was committed before it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use diesel::QueryResult;
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

use super::{batched_reads::Batchers, classify, conn::Conn, pool::Pool, shared::Shared};
use crate::{
    error::{Error, Result},
    store::failure::unavailable,
};

/// Reads in one statement. With each more of them, all wait longer for the slowest.
const MOST: usize = 32;

/// A point read of which several go in one statement.
pub(super) trait BatchedRead: Copy + Send + Sync + 'static {
    /// One of the rows that answer it.
    type Row: Send + 'static;

    /// The batcher of this kind.
    fn batcher(batchers: &Batchers) -> &Arc<Batcher<Self>>;

    /// The rows that answer these, each behind the index of its read, from 1.
    fn load<'c>(reads: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row>;
}

/// Rows on their way.
pub(super) type Loading<'c, Row> = BoxFuture<'c, QueryResult<Vec<(i64, Row)>>>;

/// The rows that answer one read.
type Answer<L> = Result<Vec<<L as BatchedRead>::Row>>;

/// The batcher of one kind of point read.
pub(super) struct Batcher<L: BatchedRead> {
    pool: Pool,
    shared: Arc<Shared>,
    state: Mutex<State<L>>,
}

struct State<L: BatchedRead> {
    waiting: Vec<PendingRead<L>>,
    /// Statements that are under way.
    workers: usize,
}

struct PendingRead<L: BatchedRead> {
    what: L,
    answer: oneshot::Sender<Answer<L>>,
}

impl<L: BatchedRead> Batcher<L> {
    pub(super) fn new(pool: Pool, shared: Arc<Shared>) -> Self {
        let state = State {
            waiting: Vec::new(),
            workers: 0,
        };
        Self {
            pool,
            shared,
            state: Mutex::new(state),
        }
    }

    /// Makes a read, with others or alone.
    pub(super) async fn read(self: &Arc<Self>, what: L) -> Answer<L> {
        let (answer, answered) = oneshot::channel();
        if self.put(PendingRead { what, answer }) {
            // In a task of its own: if who asked first does not wait any more, the others still do.
            tokio::spawn(Arc::clone(self).work());
        }
        answered.await.map_err(unavailable)?
    }

    /// Puts it to what waits; answers whether it takes one more worker.
    fn put(&self, read: PendingRead<L>) -> bool {
        let mut state = self.state();
        state.waiting.push(read);
        let more = state.workers < self.shared.len();
        state.workers += usize::from(more);
        more
    }

    async fn work(self: Arc<Self>) {
        while let Some(reads) = self.take() {
            let what: Vec<L> = reads.iter().map(|one| one.what).collect();
            // A panic is a defect of this statement, and the worker still has to come back.
            let rows = AssertUnwindSafe(self.load(&what)).catch_unwind().await;
            let rows = rows.unwrap_or_else(|_| Err(Error::Internal("a look-up panicked".into())));
            distribute(reads, rows);
        }
    }

    /// Takes the waiting look-ups, at most as many as go in a statement; if there are none, the carrier ends.
    fn take(&self) -> Option<Vec<PendingRead<L>>> {
        let mut state = self.state();
        // Nobody waits for the answer of those.
        state.waiting.retain(|one| !one.answer.is_closed());
        if state.waiting.is_empty() {
            state.workers -= 1;
            return None;
        }
        let count = state.waiting.len().min(MOST);
        Some(state.waiting.drain(..count).collect())
    }

    async fn load(&self, reads: &[L]) -> Result<Vec<(i64, L::Row)>> {
        let mut conn = Conn::new(self.shared.get(&self.pool).await?);
        let first = L::load(reads, &mut conn).await;
        if first.is_ok() || !conn.is_closed() {
            return first.map_err(classify);
        }
        // Nobody knew yet that the server had closed it.
        let mut conn = Conn::new(self.shared.get(&self.pool).await?);
        L::load(reads, &mut conn).await.map_err(classify)
    }

    fn state(&self) -> MutexGuard<'_, State<L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends each its answer.
fn distribute<L: BatchedRead>(reads: Vec<PendingRead<L>>, rows: Result<Vec<(i64, L::Row)>>) {
    let answers: Vec<Answer<L>> = match rows {
        Ok(rows) => {
            let mut of_each: Vec<Vec<L::Row>> = reads.iter().map(|_| Vec::new()).collect();
            for (index, row) in rows {
                let index = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
                if let Some(of_one) = index.and_then(|index| of_each.get_mut(index)) {
                    of_one.push(row);
                }
            }
            of_each.into_iter().map(Ok).collect()
        }
        Err(error) => reads.iter().map(|_| Err(again(&error))).collect(),
    };
    for (one, answer) in reads.into_iter().zip(answers) {
        // Whoever does not wait any more needs no answer.
        let _ = one.answer.send(answer);
    }
}

/// The error once more, for one of those whom it concerns.
fn again(error: &Error) -> Error {
    let text = format!("a look-up failed: {error:?}");
    match error {
        Error::Unavailable(_) => Error::Unavailable(text.into()),
        _ => Error::Internal(text.into()),
    }
}
