//! Connections whose answers are lost.
//!
//! A server that works, or waits for a lock, is silent for as long as a statement may take; so is one whose answers something on the
//! network swallows. The server itself tells them apart, on another connection: a backend that waits for its client, while that client
//! waits for the backend, will not answer any more. Its transaction is ended there too, as it would hold its locks.

use std::{
    sync::{
        Arc, LazyLock, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, futures::Notified},
    time::{error::Elapsed, timeout},
};
use tokio_postgres::Client;

use super::connect::{ConnectError, Connector};

/// Time without an answer after which the server is asked. The network's own time limits say nothing of a proxy that swallows what it is
/// sent.
const SILENT_AFTER: Duration = Duration::from_secs(4);
/// Time without an answer after which other statements go another way, if there is one.
const LATE_AFTER: Duration = Duration::from_secs(1);
/// Time limit of the answer about silent connections. Without one the server is silent as a whole.
const ANSWER_TIME: Duration = Duration::from_secs(3);

/// Identifies the backend of a connection. Its process id alone may be another's after a failover. The time is hidden from a session whose
/// role is not the one that logged in (`SET role`), and so is whether a backend is at work: such connections count as working.
pub(super) const SELECT_BACKEND: &str =
    "SELECT pid, extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";
/// Selects those of these backends that are at work.
const SELECT_WORKING: &str = "SELECT pid, coalesce(extract(epoch FROM backend_start)::text, '') FROM pg_stat_activity \
     WHERE pid = ANY($1) AND wait_event_type IS DISTINCT FROM 'Client'";
/// Ends one of these backends that waits for its client.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2 AND wait_event_type = 'Client'";

/// Milliseconds since this program first asked.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The process of the server that serves a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    pub(super) pid: i32,
    pub(super) started: String,
}

/// The statements of one connection that wait for an answer.
#[derive(Default)]
pub(super) struct Answers {
    backend: OnceLock<Backend>,
    awaited: AtomicUsize,
    /// The time of the last answer, or of the first statement since all were answered.
    since: AtomicU64,
    /// The time of the last answer.
    answered: AtomicU64,
    /// Set if the server waited for this connection when it was asked last.
    is_suspect: AtomicBool,
    is_lost: AtomicBool,
    lost: Notify,
}

/// A statement that waits for its answer.
pub(super) struct Awaited(Arc<Answers>);

impl Answers {
    /// Notes which backend answers.
    pub(super) fn expect_from(&self, backend: Backend) {
        self.backend.get_or_init(|| backend);
    }

    /// Notes that a statement is sent, until the result is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Awaited {
        if self.awaited.fetch_add(1, Ordering::AcqRel) == 0 {
            self.note();
        }
        Awaited(Arc::clone(self))
    }

    /// Awaits a statement.
    pub(super) async fn of<T>(self: &Arc<Self>, statement: impl Future<Output = T>) -> T {
        let awaited = self.begin();
        let answer = statement.await;
        awaited.note();
        answer
    }

    /// Notes statements whose answers are not seen here, until the result is dropped: the connection is neither silent nor idle.
    pub(super) fn begin_unseen(self: &Arc<Self>) -> Awaited {
        let awaited = self.begin();
        self.since.store(u64::MAX, Ordering::Release);
        awaited
    }

    fn note(&self) {
        self.since.store(now(), Ordering::Release);
        self.is_suspect.store(false, Ordering::Release);
    }

    fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Acquire) > 0
    }

    fn is_silent(&self) -> bool {
        self.silence() >= SILENT_AFTER && !self.is_lost()
    }

    /// Tells whether an answer is late, so that others had better not wait behind it.
    pub(super) fn is_late(&self) -> bool {
        self.silence() >= LATE_AFTER
    }

    fn silence(&self) -> Duration {
        if !self.is_awaited() {
            return Duration::ZERO;
        }
        Duration::from_millis(now().saturating_sub(self.since.load(Ordering::Acquire)))
    }

    /// Tells whether the answers are lost.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    /// Notes that no answer comes any more.
    pub(super) fn lose(&self) {
        self.is_lost.store(true, Ordering::Release);
        self.lost.notify_one();
    }

    /// Waits until the answers are lost.
    pub(super) fn lost(&self) -> Notified<'_> {
        self.lost.notified()
    }
}

impl Awaited {
    /// Notes that something of the answer has come.
    pub(super) fn note(&self) {
        self.0.answered.store(now(), Ordering::Release);
        self.0.note();
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.awaited.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The connections that are open.
#[derive(Default)]
pub(super) struct OpenConnections(Mutex<Vec<Weak<Answers>>>);

impl OpenConnections {
    pub(super) fn add(&self, answers: &Arc<Answers>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|it| it.strong_count() > 0);
        all.push(Arc::downgrade(answers));
    }

    /// Tells whether one of them has this backend.
    pub(super) fn has(&self, backend: &Backend) -> bool {
        self.all()
            .iter()
            .any(|it| !it.is_lost() && it.backend.get() == Some(backend))
    }

    /// The process ids of their backends.
    pub(super) fn pids(&self) -> Vec<i32> {
        let all = self.all();
        all.iter().filter_map(|it| Some(it.backend.get()?.pid)).collect()
    }

    fn all(&self) -> Vec<Arc<Answers>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(Weak::upgrade).collect()
    }
}

/// The server did not tell which backends are at work.
struct Unanswered {
    /// Set if it said nothing at all.
    is_silence: bool,
}

impl From<ConnectError> for Unanswered {
    fn from(error: ConnectError) -> Self {
        let is_silence = matches!(error, ConnectError::Silent(_));
        Self { is_silence }
    }
}

impl From<Elapsed> for Unanswered {
    fn from(_: Elapsed) -> Self {
        Self { is_silence: true }
    }
}

impl From<tokio_postgres::Error> for Unanswered {
    fn from(_: tokio_postgres::Error) -> Self {
        Self { is_silence: false }
    }
}

/// Looks for connections whose answers are lost.
#[derive(Default)]
pub(super) struct LivenessCheck {
    /// The connection to ask on, while some are silent.
    client: Option<Client>,
}

impl LivenessCheck {
    /// Closes the connections whose answers are lost, and with them those that are idle and have not answered since, which may be lost as
    /// well. Closes all if the server answers nowhere, on a new one neither.
    pub(super) async fn run(&mut self, connector: &Connector) {
        let open = connector.open_connections().all();
        let silent: Vec<_> = open.iter().filter(|it| it.is_silent()).collect();
        if silent.is_empty() {
            self.client = None;
            return;
        }
        let begun = silent.iter().map(|it| it.since.load(Ordering::Acquire)).min();
        let has_answered = |it: &Arc<Answers>| Some(it.answered.load(Ordering::Acquire)) > begun;
        let working = match self.working(connector, &silent).await {
            Ok(working) => working,
            Err(unanswered) => {
                self.client = None;
                // A refusal is an answer: a server may have no place for one more, and serve the others. So is an answer on any connection
                // since these are silent: new connections may be slow, or not be taken, where the open ones work.
                if unanswered.is_silence && !open.iter().any(has_answered) {
                    connector.suspect_all();
                }
                return;
            }
        };
        let mut lost = 0;
        for answers in silent {
            let Some(backend) = answers.backend.get().filter(|it| !working.contains(it)) else {
                continue;
            };
            // The answer may have been on its way; asked twice, it has come.
            if answers.is_suspect.swap(true, Ordering::AcqRel) && answers.is_silent() {
                answers.lose();
                self.terminate(backend).await;
                lost += 1;
            }
        }
        if lost > 0 {
            tracing::warn!(
                lost,
                "answers of the database are lost; its connections are made anew"
            );
            let may_be_lost = |it: &&Arc<Answers>| !it.is_awaited() && !has_answered(it);
            open.iter().filter(may_be_lost).for_each(|it| it.lose());
        }
    }

    /// Returns the backends that are at work.
    async fn working(
        &mut self,
        connector: &Connector,
        silent: &[&Arc<Answers>],
    ) -> Result<Vec<Backend>, Unanswered> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => connector.listen(|_| {}).await?,
        };
        let pids: Vec<i32> = silent
            .iter()
            .filter_map(|it| it.backend.get().map(|backend| backend.pid))
            .collect();
        let rows = timeout(ANSWER_TIME, client.query(SELECT_WORKING, &[&pids])).await??;
        let backends = rows.into_iter().map(|row| {
            Ok(Backend {
                pid: row.try_get(0)?,
                started: row.try_get(1)?,
            })
        });
        let backends = backends.collect::<Result<_, tokio_postgres::Error>>()?;
        self.client = Some(client);
        Ok(backends)
    }

    async fn terminate(&self, backend: &Backend) {
        if let Some(client) = &self.client {
            // It ends by its own time limits otherwise.
            let _ = timeout(
                ANSWER_TIME,
                client.execute(TERMINATE, &[&backend.pid, &backend.started]),
            )
            .await;
        }
    }
}
