//! An open PostgreSQL database.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection, async_connection_wrapper::AsyncConnectionWrapper,
};
use futures::{FutureExt, future::BoxFuture};

use tokio::{
    sync::{Semaphore, broadcast},
    task::{AbortHandle, JoinSet},
};

use super::{
    batched_reads::Batchers,
    classify,
    conn::Conn,
    connect::{ConnectError, Connector},
    liveness::LivenessCheck,
    notifier::Notifier,
    ops,
    pool::Pool,
    shared::Shared,
    url,
    write_queues::WriteQueues,
};
use crate::{
    connection_health::Observed,
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::{
        Cost, Isolation, OpenError, Options, Query, Stats, Unit,
        job::job,
        migrations::{self, Direction},
        rows::NewProvisioningRequest,
        searches::{self, Searches},
        subscriptions::{Follow, Reached, Subscriptions},
    },
};

/// One migrates, the others wait. A number of our own; it only has to be the same in every program.
const LOCK_FOR_MIGRATIONS: &str = "SET statement_timeout = 0; SELECT pg_advisory_lock(7386171);";
/// Time after which the log says what a start waits for.
const SLOW_MIGRATION: Duration = Duration::from_secs(3);

/// Further looks for connections of other programs before migrations are undone.
const LOOKS: u32 = 10;
/// The time between them.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// How a query begins: it sees one snapshot, and changes nothing.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// The time beyond its own that a search is waited for: the server should be the one to end it, and the connection stays good.
const SEARCH_GRACE: Duration = Duration::from_millis(500);

/// Asks for nothing, in a way that only a server that takes writes answers: to lock rows is to write.
const CAN_WRITE: &str = "SELECT 1 FROM organizations WHERE false FOR NO KEY UPDATE";

/// Interval between two looks for connections whose answers are lost.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// Time that units under way have when the store is closed. A commit that waits for a standby that is gone never ends.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Messages of the provisioning log that are written at a time.
const MAX_RECORDING: usize = 2;

/// The pool and the write queues.
pub(in crate::store) struct Engine {
    pool: Pool,
    searches: Searches,
    shared: Arc<Shared>,
    batchers: Arc<Batchers>,
    write_queues: Arc<WriteQueues>,
    subscriptions: Arc<Subscriptions>,
    notifier: Arc<Notifier>,
    recording: Arc<Semaphore>,
    checking: AbortHandle,
}

impl Engine {
    /// Opens the database of a URL, with a first connection to see that it is there.
    pub(in crate::store) async fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let connector = Connector::new(url::read(url, options)?)?;
        let pool = Pool::new(connector, options)?;
        let _first = pool.first().await?;
        // Only beside another one does a connection show that it shares its session. Any other failure is that of whoever needs it.
        if let Err(error @ ConnectError::SharedSession) = pool.connector().connect().await {
            return Err(error.into());
        }
        let subscriptions = Subscriptions::new();
        let notifier = Arc::new(Notifier::start(pool.clone(), Arc::clone(&subscriptions)));
        let write_queues = WriteQueues::new(pool.clone(), Arc::clone(&notifier));
        let shared = Arc::new(Shared::new(options));
        let checking = tokio::spawn(check_connections(pool.clone(), Arc::clone(&shared)));
        Ok(Self {
            checking: checking.abort_handle(),
            recording: Arc::new(Semaphore::new(MAX_RECORDING)),
            batchers: Arc::new(Batchers::new(&pool, &shared)),
            // The other half of the pool is for units and for the reads of others.
            searches: Searches::new(pool.max_size() / 2),
            pool,
            shared,
            write_queues,
            subscriptions,
            notifier,
        })
    }

    pub(in crate::store) async fn write<U: Unit>(
        &self,
        organization: Option<Id>,
        unit: U,
    ) -> Result<U::Output> {
        let (job, answer) = job(unit);
        self.write_queues.submit(organization, job)?;
        answer.wait().await
    }

    pub(in crate::store) async fn read<Q: Query>(&self, query: Q) -> Result<Q::Output> {
        if let Some(organization) = query.searched() {
            let permit = self.searches.acquire(organization).await?;
            return self.read_apart(query, permit).await;
        }
        if Q::COST == Cost::Point && Q::ISOLATION == Isolation::EachCall {
            // In a box: it holds the statements of all that a query may do, and would make every future above it as large.
            return Box::pin(self.read_at_once(&query)).await;
        }
        self.read_apart(query, ()).await
    }

    /// Reads in a task of its own, which holds the permit to its end: a query that is dropped half way would leave its connection in the
    /// middle of a transaction.
    async fn read_apart<Q: Query>(&self, query: Q, permit: impl Send + 'static) -> Result<Q::Output> {
        let pool = self.pool.clone();
        let read = tokio::spawn(async move {
            let _permit = permit;
            let mut conn = pool.get().await?;
            let first = isolated(&mut conn, &query).await;
            if first.is_ok() || !conn.is_closed() {
                return first;
            }
            // The pool did not know yet that the server had closed it.
            let mut conn = pool.get().await?;
            isolated(&mut conn, &query).await
        });
        read.await.map_err(|error| Error::Internal(error.into()))?
    }

    /// Reads on a shared connection, in the caller's own task: nothing is begun that would have to be ended.
    async fn read_at_once<Q: Query>(&self, query: &Q) -> Result<Q::Output> {
        let mut conn = Conn::shared(self.shared.get(&self.pool).await?, &self.batchers);
        let first = unharmed(&mut conn, query).await;
        if first.is_ok() || !conn.is_closed() {
            return first;
        }
        let mut conn = Conn::shared(self.shared.get(&self.pool).await?, &self.batchers);
        unharmed(&mut conn, query).await
    }

    /// Refuses while connections of other programs are open. They are known by their name, as other roles' sessions show nothing else.
    pub(in crate::store) async fn refuse_in_service(&self) -> Result<(), OpenError> {
        const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = current_setting('application_name') \
             AND pid <> pg_backend_pid() AND pid <> ALL($1)";
        let connector = self.pool.connector();
        let client = connector.listen(|_| ()).await?;
        let mut looks = 0;
        loop {
            let own = connector.pids();
            let others = client.query_one(OTHERS, &[&own]).await;
            match others.and_then(|row| row.try_get(0)) {
                Ok(0) => return Ok(()),
                // The server takes a moment to notice that a connection was closed.
                Ok(_) if looks < LOOKS => tokio::time::sleep(LOOK_AGAIN_AFTER).await,
                Ok(others) => return Err(OpenError::InService(others)),
                Err(error) => return Err(OpenError::migrated(error)),
            }
            looks += 1;
        }
    }

    pub(in crate::store) async fn migrate(&self, direction: Direction) -> Result<Vec<String>, OpenError> {
        migrate(self.pool.connector(), direction).await
    }

    pub(in crate::store) async fn touch_tokens(&self, uses: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        self.task(|conn| {
            async move {
                let mut pipeline = conn.pipeline();
                ops::tokens::touch(&mut pipeline, &uses);
                pipeline.sync().await.map_err(classify)
            }
            .boxed()
        })
        .await
    }

    pub(in crate::store) async fn note_role_reads(&self, reads: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        self.task(|conn| {
            async move {
                let mut pipeline = conn.pipeline();
                ops::connections::note_role_reads(&mut pipeline, &reads);
                pipeline.sync().await.map_err(classify)
            }
            .boxed()
        })
        .await
    }

    pub(in crate::store) async fn forget_requests(&self, before: Timestamp) -> Result<usize> {
        self.task(move |conn| ops::requests::forget(conn, before).boxed())
            .await
    }

    /// All or none: a pipeline that begins no transaction is one.
    pub(in crate::store) async fn record_requests(
        &self,
        requests: Vec<NewProvisioningRequest>,
        observed: Vec<Observed>,
    ) -> Result<()> {
        // A commit that waits for a standby that is gone keeps its connection; without a limit these took all of the pool.
        let permit = Arc::clone(&self.recording).acquire_owned().await;
        self.task(|conn| {
            async move {
                let _permit = permit;
                let mut pipeline = conn.pipeline();
                for request in requests {
                    ops::provisioning::insert(&mut pipeline, request);
                }
                ops::connection_health::observe(&mut pipeline, observed);
                pipeline.sync().await.map_err(classify)
            }
            .boxed()
        })
        .await
    }

    pub(in crate::store) async fn remove_recorded_requests(
        &self,
        organization: Id,
        through: Id,
    ) -> Result<usize> {
        self.task(move |conn| ops::provisioning::remove(conn, organization, through).boxed())
            .await
    }

    pub(in crate::store) async fn purge(&self, organization: Id) -> Result<usize> {
        self.task(move |conn| ops::purge::some(conn, organization).boxed())
            .await
    }

    pub(in crate::store) fn follow(&self, organization: Id) -> Follow {
        self.notifier.listen();
        self.subscriptions.follow(organization)
    }

    pub(in crate::store) fn follow_all(&self) -> broadcast::Receiver<Reached> {
        self.notifier.listen();
        self.subscriptions.follow_all()
    }

    /// Asks the server for a write.
    pub(in crate::store) async fn ping(&self) -> Result<()> {
        // The connections of point reads, too.
        Conn::new(self.shared.get(&self.pool).await?)
            .run("")
            .await
            .map_err(classify)?;
        self.task(|conn| async { conn.run(CAN_WRITE).await.map_err(classify) }.boxed())
            .await
    }

    /// The figures of this moment; the connections of notifications and liveness aside.
    pub(in crate::store) fn stats(&self) -> Stats {
        let pool = self.pool.status();
        let shared = self.shared.open();
        Stats {
            connections_max: (pool.max_size + self.shared.len()) as u64,
            connections_open: (pool.size + shared) as u64,
            connections_idle: pool.available as u64,
            connections_awaited: pool.waiting as u64,
            ..self.write_queues.stats()
        }
    }

    pub(in crate::store) async fn close(&self) {
        self.checking.abort();
        if tokio::time::timeout(DRAIN_TIME, self.write_queues.drain())
            .await
            .is_err()
        {
            tracing::warn!("units that the database does not answer are given up");
        }
        self.notifier.close();
        self.shared.close();
        self.pool.close();
    }

    /// Runs statements outside a transaction, to their end, whoever waits for them or not.
    async fn task<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let pool = self.pool.clone();
        let task = self.write_queues.spawn(async move {
            let mut conn = pool.get().await?;
            let output = work(&mut conn).await;
            conn.mark_clean();
            output
        });
        task.await.map_err(|error| Error::Internal(error.into()))?
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.checking.abort();
    }
}

/// Runs migrations on a connection of their own.
pub(super) async fn migrate(connector: &Connector, direction: Direction) -> Result<Vec<String>, OpenError> {
    let client = connector.connect().await?;
    let _awaited = client.answers().begin_unseen();
    let mut connection = client.into_diesel();
    let migrating = async {
        let locked = connection.batch_execute(LOCK_FOR_MIGRATIONS).await;
        locked.map_err(OpenError::migrated)?;
        // The migrations of diesel block. The lock goes with the connection.
        let migrated = tokio::task::spawn_blocking(move || {
            let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::from(connection);
            migrations::migrate(&mut connection, || migrations::POSTGRES, direction)
        });
        migrated.await.map_err(OpenError::migrated)?
    };
    let mut migrating = pin!(migrating);
    if let Ok(migrated) = tokio::time::timeout(SLOW_MIGRATION, &mut migrating).await {
        return migrated;
    }
    tracing::info!("waits for the migrations of the database, which this program or another one runs");
    migrating.await
}

/// Closes connections whose answers are lost. A shared one is tried now and then, so that this is found before a call waits for it.
async fn check_connections(pool: Pool, shared: Arc<Shared>) {
    let mut check = LivenessCheck::default();
    let mut trials = JoinSet::new();
    // By its own count: others take the shared connections in turn, too, and some might never be tried.
    for number in 0.. {
        tokio::time::sleep(CHECK_EVERY).await;
        while trials.try_join_next().is_some() {}
        if trials.is_empty() {
            let (pool, shared) = (pool.clone(), Arc::clone(&shared));
            trials.spawn(async move {
                if let Ok(client) = shared.at(number, &pool).await {
                    // A failure closes it.
                    let _ = Conn::new(client).run("").await;
                }
            });
        }
        check.run(pool.connector()).await;
    }
}

async fn isolated<Q: Query>(conn: &mut Conn, query: &Q) -> Result<Q::Output> {
    if query.searched().is_some() {
        conn.send_ahead(searches::BEGIN);
        let begun = Instant::now();
        let output = tokio::time::timeout(searches::TIME + SEARCH_GRACE, unharmed(conn, query)).await;
        // Without an answer, who knows what the connection is in the middle of: it is closed.
        let output = output.map_err(|_| searches::too_long())?;
        conn.end("COMMIT");
        // The server's own words for it depend on its language.
        return output.map_err(|error| match error {
            Error::Unavailable(_) if begun.elapsed() >= searches::TIME => searches::too_long(),
            other => other,
        });
    }
    if Q::ISOLATION == Isolation::Snapshot {
        conn.send_ahead(BEGIN_READING);
    }
    let output = unharmed(conn, query).await;
    match Q::ISOLATION {
        Isolation::Snapshot => conn.end("COMMIT"),
        Isolation::EachCall => conn.mark_clean(),
    }
    output
}

/// A panic is a defect of one query, and no reason to stop serving the others.
async fn unharmed<Q: Query>(conn: &mut Conn, query: &Q) -> Result<Q::Output> {
    let output = AssertUnwindSafe(query.run(conn)).catch_unwind().await;
    output.unwrap_or_else(|_| Err(Error::Internal("a query panicked".into())))
}
