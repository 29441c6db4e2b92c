//! A lane for each organization that is being written to: its units come one after the other, and go in groups.
//!
//! The lock of the organization's row would put them in line as well, but each would hold a connection meanwhile, and commit alone.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::task::TaskTracker;

use super::{
    batch,
    flight::Pace,
    growth::{ANALYZE_GROWN_TABLES, Growth},
    pool::Pool,
    relay::Relay,
};
use crate::{
    error::{Error, Result},
    id::Id,
    store::{failure::unavailable, job::Job},
};

/// Units of one organization that may wait.
const MAX_QUEUED: usize = 4096;
/// How often a unit runs before something that passes is taken for lasting.
const MAX_ATTEMPTS: usize = 3;

/// The lanes of all organizations. A lane exists while it has work.
pub(super) struct Lanes {
    pool: Pool,
    relay: Arc<Relay>,
    tasks: TaskTracker,
    queues: Mutex<HashMap<Id, VecDeque<Box<dyn Job>>>>,
    growth: Growth,
}

impl Lanes {
    pub(super) fn new(pool: Pool, relay: Arc<Relay>) -> Arc<Self> {
        Arc::new(Self {
            pool,
            relay,
            tasks: TaskTracker::new(),
            queues: Mutex::default(),
            growth: Growth::default(),
        })
    }

    /// Puts a unit into its organization's lane; one without an organization runs by itself.
    pub(super) fn submit(self: &Arc<Self>, organization: Option<Id>, job: Box<dyn Job>) -> Result<()> {
        let lanes = Arc::clone(self);
        let Some(organization) = organization else {
            if self.tasks.is_closed() {
                return Err(closed());
            }
            self.tasks.spawn(async move { lanes.alone(None, job, 1).await });
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
                    let lane = Lane { lanes, organization };
                    while let Some(job) = lane.next_or_end() {
                        lane.group(job).await;
                    }
                });
                Ok(())
            }
        }
    }

    /// Keeps the statistics in step with what is written.
    fn watch_growth(&self) {
        if !self.growth.is_due() {
            return;
        }
        let pool = self.pool.clone();
        self.tasks.spawn(async move {
            let Ok(mut conn) = pool.get().await else { return };
            match conn.run(ANALYZE_GROWN_TABLES).await {
                Ok(()) => conn.settle(),
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

    fn tell(&self, done: &batch::Batch) {
        if let Some(reached) = done.reached {
            self.relay.committed(reached);
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
            self.tell(&done);
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

/// A lane at work.
struct Lane {
    lanes: Arc<Lanes>,
    organization: Id,
}

impl Lane {
    fn next(&self) -> Option<Box<dyn Job>> {
        self.lanes.queues().get_mut(&self.organization)?.pop_front()
    }

    /// The next unit; without one the lane ends, in one step, so that no unit comes too late for it.
    fn next_or_end(&self) -> Option<Box<dyn Job>> {
        let mut queues = self.lanes.queues();
        let next = queues.get_mut(&self.organization)?.pop_front();
        if next.is_none() {
            queues.remove(&self.organization);
        }
        next
    }

    /// Runs a unit and those that wait behind it in one transaction, and only then answers.
    async fn group(&self, mut job: Box<dyn Job>) {
        let mut conn = match self.lanes.pool.get().await {
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
        conn.set_pace(Pace::Riding);
        let done = batch::run(&mut conn, Some(self.organization), job, || self.next()).await;
        drop(conn);
        self.lanes.tell(&done);
        self.lanes.watch_growth();
        answer(done.ended);
        for (job, error) in done.again {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "a unit runs again, alone"
            );
            self.lanes.alone(Some(self.organization), job, 2).await;
        }
    }
}

impl Drop for Lane {
    /// A lane that panics must not stay behind without anybody at work in it. One that ends has gone already, and there may be
    /// another one by now.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.lanes.queues().remove(&self.organization);
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
