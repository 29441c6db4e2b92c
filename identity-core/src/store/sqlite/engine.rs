//! An open SQLite database.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::Ordering,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use futures::FutureExt;
use tokio::sync::{broadcast, oneshot};

use super::{
    checkpoint::{self, Checkpointer},
    classify,
    conn::{Conn, Role},
    lock::{self, Lock},
    log, ops,
    readers::Readers,
    rewrite::Rewrites,
    writer::{Message, Writer},
};
use crate::{
    connection_health::Observed,
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::{
        Cost, Deleted, OpenError, Query, Reader, Stats, Unit,
        failure::unavailable,
        job::job,
        migrations::{self, Direction},
        rows::NewProvisioningRequest,
        stats::Counters,
        subscriptions::{Follow, Reached, Subscriptions},
    },
};

/// Units that may wait for the writer.
const MAX_QUEUED: usize = 8192;

/// The writer, the readers, and the thread that tidies up behind them.
pub(in crate::store) struct Engine {
    writer: SyncSender<Message>,
    counters: Arc<Counters>,
    /// The write-ahead log.
    log: PathBuf,
    readers: Arc<Readers>,
    subscriptions: Arc<Subscriptions>,
    ended: tokio::sync::watch::Receiver<()>,
    checkpointer: Mutex<Option<Checkpointer>>,
    rewrites: Rewrites,
}

impl Engine {
    /// Opens the database file, which is made if absent, its directory too.
    pub(in crate::store) fn open(path: PathBuf) -> Result<Self, OpenError> {
        let lock = claim(&path)?;
        let conn = Conn::open(&path, Role::Writer)?;
        let counters = Arc::new(Counters::default());
        let checkpointer = checkpoint::start(&path, Arc::clone(&counters))?;
        let (sender, messages) = sync_channel(MAX_QUEUED);
        let (end, ended) = tokio::sync::watch::channel(());
        let subscriptions = Subscriptions::new();
        let writer = Writer::new(
            conn,
            messages,
            Arc::clone(&counters),
            Arc::clone(&subscriptions),
            lock,
        );
        thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                writer.run();
                drop(end);
            })
            .map_err(|source| file_error(&path, source))?;
        Ok(Self {
            writer: sender,
            counters,
            log: log_of(&path),
            readers: Arc::new(Readers::open(path)?),
            subscriptions,
            ended,
            checkpointer: Mutex::new(Some(checkpointer)),
            rewrites: Rewrites::default(),
        })
    }

    pub(in crate::store) async fn write<U: Unit>(
        &self,
        organization: Option<Id>,
        unit: U,
    ) -> Result<U::Output> {
        let (job, answer) = job(unit);
        self.send(Message::Unit(organization, job))?;
        answer.wait().await
    }

    pub(in crate::store) async fn read<Q: Query>(&self, query: Q) -> Result<Q::Output> {
        self.readers.read(query).await
    }

    pub(in crate::store) async fn migrate(&self, direction: Direction) -> Result<Vec<String>, OpenError> {
        let migrated =
            self.task(move |conn| migrations::migrate(conn.diesel(), || migrations::SQLITE, direction));
        migrated.await.map_err(OpenError::migrated)?
    }

    pub(in crate::store) async fn touch_tokens(&self, uses: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        self.task(move |conn| {
            conn.command("BEGIN IMMEDIATE")?;
            let mut pipeline = conn.pipeline();
            ops::tokens::touch(&mut pipeline, &uses);
            let touched = super::conn::at_once(pipeline.sync());
            conn.command(if touched.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            touched
        })
        .await?
        .map_err(classify)
    }

    pub(in crate::store) async fn note_role_reads(&self, reads: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        self.task(move |conn| {
            conn.command("BEGIN IMMEDIATE")?;
            let mut pipeline = conn.pipeline();
            ops::connections::note_role_reads(&mut pipeline, &reads);
            let noted = super::conn::at_once(pipeline.sync());
            conn.command(if noted.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            noted
        })
        .await?
        .map_err(classify)
    }

    pub(in crate::store) async fn forget_requests(&self, before: Timestamp) -> Result<usize> {
        self.task(move |conn| ops::requests::forget(conn, before).now_or_never())
            .await?
            .unwrap_or(Ok(0))
    }

    pub(in crate::store) async fn record_requests(
        &self,
        requests: Vec<NewProvisioningRequest>,
        observed: Vec<Observed>,
    ) -> Result<()> {
        self.task(move |conn| {
            conn.command("BEGIN IMMEDIATE")?;
            let mut pipeline = conn.pipeline();
            for request in requests {
                ops::provisioning::insert(&mut pipeline, request);
            }
            ops::connection_health::observe(&mut pipeline, observed);
            let recorded = super::conn::at_once(pipeline.sync());
            conn.command(if recorded.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            recorded
        })
        .await?
        .map_err(classify)
    }

    pub(in crate::store) async fn remove_recorded_requests(
        &self,
        organization: Id,
        through: Id,
    ) -> Result<usize> {
        self.task(move |conn| ops::provisioning::remove(conn, organization, through).now_or_never())
            .await?
            .unwrap_or(Ok(0))
    }

    pub(in crate::store) async fn purge(&self, organization: Id) -> Result<usize> {
        self.task(move |conn| ops::purge::some(conn, organization).now_or_never())
            .await?
            .unwrap_or(Ok(0))
    }

    pub(in crate::store) fn follow(&self, organization: Id) -> Follow {
        self.subscriptions.follow(organization)
    }

    pub(in crate::store) fn follow_all(&self) -> broadcast::Receiver<Reached> {
        self.subscriptions.follow_all()
    }

    /// Reads something.
    pub(in crate::store) async fn ping(&self) -> Result<()> {
        self.read(Ping).await
    }

    /// The figures of this moment.
    pub(in crate::store) fn stats(&self) -> Stats {
        let connections_idle = self.readers.idle();
        Stats {
            connections_max: 0,
            connections_open: connections_idle,
            connections_idle,
            wal_bytes: fs::metadata(&self.log).map_or(0, |log| log.len()),
            ..self.counters.stats()
        }
    }

    pub(in crate::store) async fn close(&self) {
        self.readers.close();
        // It may hold a lock that would keep the writer from emptying the log.
        drop(
            self.checkpointer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        // The queue may be full for a moment.
        while let Err(TrySendError::Full(_)) = self.writer.try_send(Message::Close) {
            tokio::task::yield_now().await;
        }
        let mut ended = self.ended.clone();
        // It never sends; the channel closes when the writer has ended.
        let _ = ended.changed().await;
    }

    pub(super) fn rewrites(&self) -> &Rewrites {
        &self.rewrites
    }

    /// Runs something on the writer's thread.
    pub(super) async fn task<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> T + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Task(Box::new(move |conn| {
            // Nobody may be waiting any more.
            let _ = reply.send(work(conn));
        })))?;
        answer.await.map_err(unavailable)
    }

    fn send(&self, message: Message) -> Result<()> {
        self.counters.waiting.fetch_add(1, Ordering::Relaxed);
        self.writer.try_send(message).map_err(|refused| {
            self.counters.waiting.fetch_sub(1, Ordering::Relaxed);
            Error::Unavailable(match refused {
                TrySendError::Full(_) => "too many writes are waiting".into(),
                TrySendError::Disconnected(_) => "the store is closed".into(),
            })
        })
    }
}

/// The write-ahead log beside a database.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Makes the file and its directory if absent, keeps other processes away from it, and refuses a log that is not its own.
pub(super) fn claim(path: &Path) -> Result<Lock, OpenError> {
    if let Some(directory) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.create(directory);
        made.map_err(|source| file_error(directory, source))?;
    }
    let lock = lock::take(path)?;
    // SQLite gives the files beside it the permissions of this one.
    lock::open_private(path).map_err(|source| file_error(path, source))?;
    log::check(path)?;
    Ok(lock)
}

pub(super) fn file_error(path: &Path, source: std::io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}

/// Query that succeeds if the database answers.
struct Ping;

#[async_trait::async_trait]
impl Query for Ping {
    type Output = ();
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<()> {
        reader.organizations(None, 1, Deleted::Included).await.map(|_| ())
    }
}
