//! The thread that writes: units one after the other, and one commit for all that are waiting.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use futures::FutureExt;

use super::{
    classify,
    conn::{Conn, at_once},
    lock::Lock,
    ops::{
        organizations,
        unit::{self, Outcome},
    },
};
use crate::{
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    store::{Reached, job::Job, stats::Counters, subscriptions::Subscriptions},
};

/// Units in one commit.
const MAX_UNITS: usize = 64;
/// How long a commit may collect units.
const MAX_TIME: Duration = Duration::from_millis(5);

/// Request to the writer.
pub(super) enum Message {
    /// A unit; `None`: without an organization.
    Unit(Option<Id>, Box<dyn Job>),
    /// Anything else that writes.
    Task(Box<dyn FnOnce(&mut Conn) + Send>),
    /// To end.
    Close,
}

/// The writer's state.
pub(super) struct Writer {
    conn: Conn,
    messages: Receiver<Message>,
    counters: Arc<Counters>,
    subscriptions: Arc<Subscriptions>,
    _lock: Lock,
}

/// Contents of one commit.
#[derive(Default)]
struct Batch {
    /// Units that ran, and how they ended.
    ran: Vec<(Box<dyn Job>, Result<()>)>,
    organizations: HashMap<Id, Locked>,
    /// Revisions that units made, in their order.
    reached: Vec<Reached>,
}

/// An organization that a batch has locked, as it was and as it is.
struct Locked {
    before: Organization,
    now: Option<Organization>,
}

impl Writer {
    pub(super) fn new(
        conn: Conn,
        messages: Receiver<Message>,
        counters: Arc<Counters>,
        subscriptions: Arc<Subscriptions>,
        lock: Lock,
    ) -> Self {
        Self {
            conn,
            messages,
            counters,
            subscriptions,
            _lock: lock,
        }
    }

    /// Works until it is told to end or nobody can ask any more. What was asked before is done before.
    pub(super) fn run(mut self) {
        let mut next = self.receive();
        while let Some(message) = next {
            next = match message {
                Message::Unit(organization, job) => self.batch(organization, job),
                Message::Task(task) => {
                    task(&mut self.conn);
                    self.counters.count_commit(0);
                    None
                }
                Message::Close => break,
            };
            if next.is_none() {
                next = self.receive();
            }
        }
        if let Err(error) = self.conn.script("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "cannot checkpoint the database");
        }
    }

    /// Runs a unit and those that wait behind it, commits, and only then answers. Gives back a message that is no unit.
    fn batch(&mut self, organization: Option<Id>, job: Box<dyn Job>) -> Option<Message> {
        let mut batch = Batch::default();
        let mut left_over = None;
        let committed = self
            .fill(&mut batch, (organization, job), &mut left_over)
            .and_then(|()| self.commit(&batch.organizations));
        match &committed {
            Ok(()) => {
                // What is not counted is not checkpointed.
                self.counters.count_commit(batch.ran.len());
                for reached in &batch.reached {
                    self.subscriptions.reached(*reached);
                }
            }
            Err(error) => {
                tracing::warn!(error = error as &dyn std::error::Error, "a commit failed");
                // A full disk and the like have ended the transaction already; then there is nothing to roll back.
                let _ = self.conn.command("ROLLBACK");
            }
        }
        for (mut job, outcome) in batch.ran {
            job.answer(match &committed {
                Ok(()) => outcome,
                Err(_) => Err(Error::Unavailable("the commit failed".into())),
            });
        }
        left_over
    }

    /// Begins a transaction and runs units in it.
    fn fill(
        &mut self,
        batch: &mut Batch,
        first: (Option<Id>, Box<dyn Job>),
        left_over: &mut Option<Message>,
    ) -> Result<()> {
        let started = Instant::now();
        let mut next = Some(first);
        let mut lost = self.conn.command("BEGIN IMMEDIATE").map_err(classify);
        while let Some((organization, mut job)) = next.take() {
            let outcome = match &lost {
                Ok(()) => self.unit(batch, organization, &mut *job),
                Err(_) => Ok(Ok(())),
            };
            let outcome = outcome.unwrap_or_else(|error| {
                lost = Err(error);
                Ok(())
            });
            batch.ran.push((job, outcome));
            if lost.is_err() || batch.ran.len() == MAX_UNITS || started.elapsed() > MAX_TIME {
                break;
            }
            match self.messages.try_recv().inspect(|_| self.counters.leave_queue()) {
                Ok(Message::Unit(organization, job)) => next = Some((organization, job)),
                Ok(other) => *left_over = Some(other),
                Err(_) => {}
            }
        }
        lost
    }

    /// Runs one unit. The inner result is its own; the outer one fails with the whole transaction.
    fn unit(&mut self, batch: &mut Batch, organization: Option<Id>, job: &mut dyn Job) -> Result<Result<()>> {
        let mut nobody = None;
        let organization = match organization {
            None => &mut nobody,
            Some(id) => match self.locked(&mut batch.organizations, id)? {
                Some(locked) => &mut locked.now,
                None => return Ok(Err(Error::not_found(Resource::Organization, id))),
            },
        };
        match unit::run(&mut self.conn, job, organization).now_or_never() {
            Some(Outcome::Done(reached)) => {
                batch.reached.extend(reached);
                Ok(Ok(()))
            }
            Some(Outcome::Idle) => Ok(Ok(())),
            Some(Outcome::Refused(error) | Outcome::Passing(error)) => Ok(Err(error)),
            Some(Outcome::Lost(error)) => Err(error),
            None => {
                at_once(self.conn.undo_to_savepoint()).map_err(classify)?;
                let defect = "a unit waits for more than the database";
                Ok(Err(Error::Internal(defect.into())))
            }
        }
    }

    fn locked<'a>(
        &mut self,
        organizations: &'a mut HashMap<Id, Locked>,
        id: Id,
    ) -> Result<Option<&'a mut Locked>> {
        match organizations.entry(id) {
            Entry::Occupied(entry) => Ok(Some(entry.into_mut())),
            Entry::Vacant(entry) => {
                let loaded = organizations::lock(&mut self.conn, id)
                    .now_or_never()
                    .transpose()?;
                Ok(loaded.flatten().map(|before| {
                    let now = Some(before.clone());
                    entry.insert(Locked { before, now })
                }))
            }
        }
    }

    fn commit(&mut self, locked: &HashMap<Id, Locked>) -> Result<()> {
        let mut pipeline = self.conn.pipeline();
        for Locked { before, now } in locked.values() {
            if let Some(now) = now.as_ref().filter(|now| *now != before) {
                organizations::update(&mut pipeline, before, now)?;
            }
        }
        at_once(pipeline.sync()).map_err(classify)?;
        self.conn.command("COMMIT").map_err(classify)?;
        Ok(())
    }

    fn receive(&self) -> Option<Message> {
        let message = self.messages.recv().ok()?;
        self.counters.leave_queue();
        Some(message)
    }
}
