//! A queue for each organization that is being written to: its units come one after the other, and are committed in groups.
//!
//! The lock of the organization's row would put them in line as well, but each would hold a connection meanwhile, and commit alone.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::task::TaskTracker;

use super::{
    auto_analyze::{ANALYZE_GROWN_TABLES, AutoAnalyze},
    batch,
    notifier::Notifier,
    pipeline::WriteMode,
    pool::Pool,
};
use crate::{
    error::{Error, Result},
    id::Id,
    store::{Stats, failure::unavailable, job::Job, stats::Counters},
};

/// Units of one organization that may wait.
const MAX_QUEUED: usize = 4096;
/// How often a unit runs before something that passes is taken for lasting.
const MAX_ATTEMPTS: usize = 3;

/// The queues of all organizations. A queue exists while it has work.
pub(super) struct WriteQueues {
    pool: Pool,
    notifier: Arc<Notifier>,
    tasks: TaskTracker,
    queues: Mutex<HashMap<Id, VecDeque<Box<dyn Job>>>>,
    auto_analyze: AutoAnalyze,
    counters: Counters,
}

impl WriteQueues {
    pub(super) fn new(pool: Pool, notifier: Arc<Notifier>) -> Arc<Self> {
        Arc::new(Self {
            pool,
            notifier,
            tasks: TaskTracker::new(),
            queues: Mutex::default(),
            auto_analyze: AutoAnalyze::default(),
            counters: Counters::default(),
        })
    }

    /// Puts a unit into its organization's queue; one without an organization runs by itself.
    pub(super) fn submit(self: &Arc<Self>, organization: Option<Id>, job: Box<dyn Job>) -> Result<()> {
        let write_queues = Arc::clone(self);
        let Some(organization) = organization else {
            if self.tasks.is_closed() {
                return Err(closed());
            }
            self.tasks
                .spawn(async move { write_queues.alone(None, job, 1).await });
            return Ok(());
        };
        let mut queues = self.queues();
        if self.tasks.is_closed() {
            return Err(closed());
        }
        match queues.get_mut(&organization) {
            Some(queue) if queue.len() >= MAX_QUEUED => Err(unavailable("too many writes are waiting")),
            Some(queue) => {
                queue.push_back(job);
                Ok(())
            }
            None => {
                queues.insert(organization, VecDeque::from([job]));
                self.tasks.spawn(async move {
                    let worker = QueueWorker {
                        write_queues,
                        organization,
                    };
                    while let Some(job) = worker.next_or_end() {
                        worker.group(job).await;
                    }
                });
                Ok(())
            }
        }
    }

    /// Keeps the statistics in step with what is written.
    fn analyze_if_due(&self) {
        if !self.auto_analyze.is_due() {
            return;
        }
        let pool = self.pool.clone();
        self.tasks.spawn(async move {
            let Ok(mut conn) = pool.get().await else { return };
            match conn.run(ANALYZE_GROWN_TABLES).await {
                Ok(()) => conn.mark_clean(),
                Err(error) => tracing::warn!(%error, "cannot analyze grown tables"),
            }
        });
    }

    /// Runs something else to its end, whoever waits for it or not.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.tasks.spawn(task)
    }

    /// Takes no more units, and waits for those that are under way.
    pub(super) async fn drain(&self) {
        {
            let _queues = self.queues();
            self.tasks.close();
        }
        self.tasks.wait().await;
    }

    fn notify(&self, done: &batch::Batch) {
        if let Some(reached) = done.reached {
            self.counters.count_commit(done.ended.len());
            self.notifier.committed(reached);
        }
    }

    /// The figures of this moment.
    pub(super) fn stats(&self) -> Stats {
        let waiting: usize = self.queues().values().map(VecDeque::len).sum();
        Stats {
            units_waiting: waiting as u64,
            ..self.counters.stats()
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<Id, VecDeque<Box<dyn Job>>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a unit in a transaction of its own, from this attempt on.
    async fn alone(&self, organization: Option<Id>, mut job: Box<dyn Job>, first: usize) {
        for attempt in first.. {
            let mut conn = match self.pool.get().await {
                Ok(conn) => conn,
                Err(error) => return job.answer(Err(error)),
            };
            let mut done = batch::run(&mut conn, organization, job, || None).await;
            drop(conn);
            self.notify(&done);
            answer(done.ended);
            match done.again.pop() {
                None => return,
                Some((mut job, error)) if attempt >= MAX_ATTEMPTS => return job.answer(Err(error)),
                Some((again, error)) => {
                    tracing::info!(error = &error as &dyn std::error::Error, "a unit runs again");
                    job = again;
                }
            }
        }
    }
}

/// The task that works off one queue.
struct QueueWorker {
    write_queues: Arc<WriteQueues>,
    organization: Id,
}

impl QueueWorker {
    fn next(&self) -> Option<Box<dyn Job>> {
        self.write_queues
            .queues()
            .get_mut(&self.organization)?
            .pop_front()
    }

    /// The next unit; without one the queue ends, in one step, so that no unit comes too late for it.
    fn next_or_end(&self) -> Option<Box<dyn Job>> {
        let mut queues = self.write_queues.queues();
        let next = queues.get_mut(&self.organization)?.pop_front();
        if next.is_none() {
            queues.remove(&self.organization);
        }
        next
    }

    /// Runs a unit and those that wait behind it in one transaction, and only then answers.
    async fn group(&self, mut job: Box<dyn Job>) {
        let mut conn = match self.write_queues.pool.get().await {
            Ok(conn) => conn,
            Err(error) => {
                job.answer(Err(error));
                // The others would wait as long, one after the other.
                while let Some(mut job) = self.next() {
                    job.answer(Err(unavailable("no connection to the database")));
                }
                return;
            }
        };
        conn.set_write_mode(WriteMode::Deferred);
        let done = batch::run(&mut conn, Some(self.organization), job, || self.next()).await;
        drop(conn);
        self.write_queues.notify(&done);
        self.write_queues.analyze_if_due();
        answer(done.ended);
        for (job, error) in done.again {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "a unit runs again, alone"
            );
            self.write_queues.alone(Some(self.organization), job, 2).await;
        }
    }
}

impl Drop for QueueWorker {
    /// A queue must not stay behind when its worker panics. One whose worker ended has gone already, and there may be
    /// another one by now.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.write_queues.queues().remove(&self.organization);
        }
    }
}

fn answer(ended: Vec<(Box<dyn Job>, Result<()>)>) {
    for (mut job, outcome) in ended {
        job.answer(outcome);
    }
}

fn closed() -> Error {
    unavailable("the store is closed")
}
