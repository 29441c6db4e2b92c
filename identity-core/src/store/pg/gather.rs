//! Look-ups that wait together go in one statement.
//!
//! While look-ups are on their way to the server, others come. Each would be a statement: a message to send, a process to wake, a plan
//! to begin and end, an answer to read, all of which cost more than finding a row. Eight of them in one statement cost the server 1.4
//! times what one does. So a few carriers, one for each shared connection, each take what waits, ask it in one statement, and come
//! back for what came meanwhile. Nobody waits for company: a look-up that comes alone goes alone, and at once.
//!
//! A statement begins after all its look-ups were asked for, so each sees what was committed before it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use diesel::QueryResult;
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

use super::{conn::Conn, look_ups::LookUps, pool::Pool, shared::Shared};
use crate::{
    error::{Error, Result},
    store::failure::{classify, unavailable},
};

/// Look-ups in one statement. With each more of them, all wait longer for the slowest.
const MOST: usize = 32;

/// A look-up of which several go in one statement.
pub(super) trait LookUp: Copy + Send + Sync + 'static {
    /// One of the rows that answer it.
    type Row: Send + 'static;

    /// Where look-ups of this kind gather.
    fn among(look_ups: &LookUps) -> &Arc<Gather<Self>>;

    /// The rows that answer these, each behind the place of its look-up, from 1.
    fn load<'c>(asked: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row>;
}

/// Rows on their way.
pub(super) type Loading<'c, Row> = BoxFuture<'c, QueryResult<Vec<(i64, Row)>>>;

/// The rows that answer one look-up.
type Answer<L> = Result<Vec<<L as LookUp>::Row>>;

/// Look-ups of one kind.
pub(super) struct Gather<L: LookUp> {
    pool: Pool,
    shared: Arc<Shared>,
    state: Mutex<State<L>>,
}

struct State<L: LookUp> {
    waiting: Vec<Asked<L>>,
    /// Statements that are under way.
    carriers: usize,
}

struct Asked<L: LookUp> {
    what: L,
    answer: oneshot::Sender<Answer<L>>,
}

impl<L: LookUp> Gather<L> {
    pub(super) fn new(pool: Pool, shared: Arc<Shared>) -> Self {
        let state = State {
            waiting: Vec::new(),
            carriers: 0,
        };
        Self {
            pool,
            shared,
            state: Mutex::new(state),
        }
    }

    /// Makes a look-up, with others or alone.
    pub(super) async fn ask(self: &Arc<Self>, what: L) -> Answer<L> {
        let (answer, answered) = oneshot::channel();
        if self.put(Asked { what, answer }) {
            // In a task of its own: if who asked first does not wait any more, the others still do.
            tokio::spawn(Arc::clone(self).carry());
        }
        answered.await.map_err(unavailable)?
    }

    /// Puts it to what waits; answers whether it takes one more carrier.
    fn put(&self, asked: Asked<L>) -> bool {
        let mut state = self.state();
        state.waiting.push(asked);
        let more = state.carriers < self.shared.len();
        state.carriers += usize::from(more);
        more
    }

    async fn carry(self: Arc<Self>) {
        while let Some(asked) = self.take() {
            let what: Vec<L> = asked.iter().map(|one| one.what).collect();
            // A panic is a defect of this statement, and the carrier still has to come back.
            let rows = AssertUnwindSafe(self.load(&what)).catch_unwind().await;
            let rows = rows.unwrap_or_else(|_| Err(Error::Internal("a look-up panicked".into())));
            give(asked, rows);
        }
    }

    /// What waits, at most as much as goes in a statement. If nothing does, the carrier is gone.
    fn take(&self) -> Option<Vec<Asked<L>>> {
        let mut state = self.state();
        // Nobody waits for the answer of those.
        state.waiting.retain(|one| !one.answer.is_closed());
        if state.waiting.is_empty() {
            state.carriers -= 1;
            return None;
        }
        let count = state.waiting.len().min(MOST);
        Some(state.waiting.drain(..count).collect())
    }

    async fn load(&self, asked: &[L]) -> Result<Vec<(i64, L::Row)>> {
        let mut conn = Conn::new(self.shared.get(&self.pool).await?);
        let first = L::load(asked, &mut conn).await;
        if first.is_ok() || !conn.is_closed() {
            return first.map_err(classify);
        }
        // Nobody knew yet that the server had closed it.
        let mut conn = Conn::new(self.shared.get(&self.pool).await?);
        L::load(asked, &mut conn).await.map_err(classify)
    }

    fn state(&self) -> MutexGuard<'_, State<L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives each what answers it.
fn give<L: LookUp>(asked: Vec<Asked<L>>, rows: Result<Vec<(i64, L::Row)>>) {
    let answers: Vec<Answer<L>> = match rows {
        Ok(rows) => {
            let mut of_each: Vec<Vec<L::Row>> = asked.iter().map(|_| Vec::new()).collect();
            for (place, row) in rows {
                let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
                if let Some(of_one) = place.and_then(|place| of_each.get_mut(place)) {
                    of_one.push(row);
                }
            }
            of_each.into_iter().map(Ok).collect()
        }
        Err(error) => asked.iter().map(|_| Err(again(&error))).collect(),
    };
    for (one, answer) in asked.into_iter().zip(answers) {
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
