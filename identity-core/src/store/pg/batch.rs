//! Several units in one transaction.

use std::time::{Duration, Instant};

use super::{
    classify,
    conn::Conn,
    ops::{
        organizations,
        unit::{self, Outcome},
    },
    pipeline::NoCommit,
};
use crate::{
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    store::{Reached, failure::unavailable, job::Job},
};

/// Units in one transaction: with each more of them run again if one of their statements fails.
pub(super) const MAX_UNITS: usize = 32;
/// How long a transaction may collect units. Another instance's writes wait for it.
const MAX_TIME: Duration = Duration::from_millis(20);

/// Outcome of the units.
#[derive(Default)]
pub(super) struct Batch {
    /// Units whose outcome is known.
    pub(super) ended: Vec<(Box<dyn Job>, Result<()>)>,
    /// Units that had no effect for a temporary reason.
    pub(super) again: Vec<(Box<dyn Job>, Error)>,
    /// The last revision that is now committed.
    pub(super) reached: Option<Reached>,
}

impl Batch {
    /// Nothing of the transaction holds.
    fn lose(&mut self, error: &Error) {
        let lost = self.ended.drain(..).map(|(job, _)| (job, again(error)));
        self.again.extend(lost);
        self.reached = None;
    }
}

/// An error for one more unit.
fn again(error: &Error) -> Error {
    Error::Unavailable(format!("the transaction was lost: {error:?}").into())
}

/// Runs units in one transaction: the first, and then what `more` gives.
pub(super) async fn run(
    conn: &mut Conn,
    organization: Option<Id>,
    first: Box<dyn Job>,
    mut more: impl FnMut() -> Option<Box<dyn Job>>,
) -> Batch {
    let mut batch = Batch::default();
    let before = match begin(conn, organization).await {
        Ok(before) => before,
        Err(error) => {
            match error {
                Error::Unavailable(_) => batch.again.push((first, error)),
                error => batch.ended.push((first, Err(error))),
            }
            conn.end("ROLLBACK");
            return batch;
        }
    };
    let mut now = before.clone();
    let started = Instant::now();
    let mut next = Some(first);
    let mut writes = Writes::Nothing;
    while let Some(mut job) = next.take() {
        match unit::run(conn, &mut *job, &mut now).await {
            Outcome::Done(reached) => {
                writes = Writes::Something;
                batch.reached = reached.or(batch.reached);
                batch.ended.push((job, Ok(())));
            }
            Outcome::Idle => batch.ended.push((job, Ok(()))),
            Outcome::Refused(error) => batch.ended.push((job, Err(error))),
            Outcome::Passing(error) => batch.again.push((job, error)),
            Outcome::Lost(error) => {
                batch.lose(&error);
                batch.again.push((job, error));
                conn.end("ROLLBACK");
                return batch;
            }
        }
        if batch.ended.len() + batch.again.len() < MAX_UNITS && started.elapsed() < MAX_TIME {
            next = more();
        }
    }
    match writes {
        Writes::Nothing => conn.end("ROLLBACK"),
        Writes::Something => commit(conn, before.as_ref(), now.as_ref(), &mut batch).await,
    }
    batch
}

/// State of a transaction: whether it has written anything.
enum Writes {
    Nothing,
    Something,
}

/// Begins, and locks the organization.
async fn begin(conn: &mut Conn, organization: Option<Id>) -> Result<Option<Organization>> {
    let Some(id) = organization else {
        conn.run("BEGIN").await.map_err(classify)?;
        return Ok(None);
    };
    conn.send_ahead("BEGIN");
    match organizations::lock(conn, id).await? {
        Some(organization) => Ok(Some(organization)),
        None => Err(Error::not_found(Resource::Organization, id)),
    }
}

/// Commits. Whatever is refused before the commit undoes it: then the units run again, one by one, and each hears of its own.
async fn commit(
    conn: &mut Conn,
    before: Option<&Organization>,
    now: Option<&Organization>,
    batch: &mut Batch,
) {
    let mut pipeline = conn.pipeline();
    let updated = match (before, now) {
        (Some(before), Some(now)) if before != now => organizations::update(&mut pipeline, before, now),
        _ => Ok(()),
    };
    if let Err(error) = updated {
        batch.lose(&error);
        return conn.end("ROLLBACK");
    }
    pipeline.command("COMMIT");
    match pipeline.commit().await {
        Ok(()) => conn.mark_clean(),
        Err(NoCommit::RolledBack(error)) => {
            batch.lose(&classify(error));
            conn.end("ROLLBACK");
        }
        Err(NoCommit::Unknown(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a commit failed");
            // Nobody knows whether it took place, so nothing may run again by itself.
            batch.reached = None;
            for (_, outcome) in &mut batch.ended {
                *outcome = Err(unavailable("the commit failed"));
            }
        }
    }
}
