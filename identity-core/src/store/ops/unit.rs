//! One unit in an open transaction: savepoint, reads and decisions, writes.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::{Conn, Pipeline, changes, classify, write};
use crate::{
    caller::Intent,
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    store::{Entry, Reached, Subject, Transaction, Write, job::Job, rows::NewChange},
};

/// How a unit ended.
pub(in super::super) enum Outcome {
    /// All that it wrote is in the transaction, and its change of an organization made this revision.
    Done(Option<Reached>),
    /// It wrote nothing, or nothing that stays.
    Idle,
    /// It was refused, or failed by itself; the transaction is as before it.
    Refused(Error),
    /// It hit something that passes; the transaction is as before it.
    Passing(Error),
    /// The transaction is lost, with what earlier units wrote.
    Lost(Error),
}

/// Runs a unit and sends its writes. `organization` is the locked one, and becomes what the unit makes of it.
pub(in super::super) async fn run(
    conn: &mut Conn,
    job: &mut dyn Job,
    organization: &mut Option<Organization>,
) -> Outcome {
    // A neighbour in the same transaction may have deleted it.
    let deleted = organization.as_ref().filter(|it| it.deleted_at.is_some());
    if let (Some(deleted), Subject::Live) = (deleted, job.subject()) {
        return Outcome::Refused(Error::not_found(Resource::Organization, deleted.id));
    }
    if let Err(error) = conn.set_savepoint() {
        return Outcome::Lost(classify(error));
    }
    let outcome = attempt(conn, job, organization.clone()).await;
    let ended = match &outcome {
        Err(_) => conn.undo_to_savepoint().await,
        Ok(Effect::DryRun | Effect::Undone(_)) => conn.undo_written().await,
        Ok(_) => conn.keep_savepoint(),
    };
    match (outcome, ended) {
        (Ok(Effect::None | Effect::DryRun), Ok(())) => Outcome::Idle,
        (Ok(Effect::Writes), Ok(())) => Outcome::Done(None),
        (Ok(Effect::Change(after, reached)), Ok(())) => {
            *organization = *after;
            Outcome::Done(Some(reached))
        }
        (Err(error @ Error::Unavailable(_)) | Ok(Effect::Undone(error @ Error::Unavailable(_))), Ok(())) => {
            Outcome::Passing(error)
        }
        (Err(error) | Ok(Effect::Undone(error)), Ok(())) => Outcome::Refused(error),
        (_, Err(error)) => Outcome::Lost(classify(error)),
    }
}

/// Effect of a unit.
enum Effect {
    /// Nothing.
    None,
    /// Writes that the database took, and that are to be undone.
    DryRun,
    /// Writes that the database took, and that its postcondition does not allow.
    Undone(Error),
    /// Writes that are no change of the organization.
    Writes,
    /// A change; the organization is now this one.
    Change(Box<Option<Organization>>, Reached),
}

async fn attempt(conn: &mut Conn, job: &mut dyn Job, organization: Option<Organization>) -> Result<Effect> {
    let before = organization.as_ref().map(|it| (it.id, it.revision));
    let mut transaction = Transaction {
        reader: conn,
        organization,
        writes: Vec::new(),
        entries: Vec::new(),
        postcondition: None,
        commits_refusal: false,
    };
    // A unit that panics is a defect of one operation, and no reason to stop serving the others.
    AssertUnwindSafe(job.run(&mut transaction))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Error::Internal("a unit panicked".into())))?;
    let Transaction {
        mut organization,
        mut writes,
        entries,
        postcondition,
        ..
    } = transaction;
    if writes.is_empty() && entries.is_empty() {
        return Ok(Effect::None);
    }
    let is_dry_run = entries.iter().any(|entry| entry.intent == Intent::Validate);
    let revision = next_revision(before, organization.as_mut(), &mut writes, &entries)?;
    let is_looked_at = is_dry_run || postcondition.is_some();
    if is_looked_at {
        conn.guard();
    }
    if let (false, Some((_, revision)), Some(entry)) = (is_dry_run, revision, entries.first()) {
        entry.effect.note(revision, &entries);
    }
    let mut pipeline = conn.pipeline();
    send(&mut pipeline, writes, entries, revision)?;
    // Who tries something wants to hear now whether the database takes it.
    let sent = if is_looked_at {
        pipeline.sync().await
    } else {
        pipeline.send().await
    };
    sent.map_err(classify)?;
    if let Some(postcondition) = postcondition
        && let Err(error) = postcondition.check(conn).await
    {
        return Ok(Effect::Undone(error));
    }
    Ok(match revision {
        _ if is_dry_run => Effect::DryRun,
        Some((id, revision)) => {
            let reached = Reached {
                organization: id,
                revision,
            };
            Effect::Change(Box::new(organization), reached)
        }
        None => Effect::Writes,
    })
}

/// The organization and revision that the unit's entries get; `None` if it has no entries.
fn next_revision(
    before: Option<(Id, i64)>,
    organization: Option<&mut Organization>,
    writes: &mut [Write],
    entries: &[Entry],
) -> Result<Option<(Id, i64)>> {
    if entries.is_empty() {
        return if writes.iter().all(is_silent) {
            Ok(None)
        } else {
            Err(Error::Internal(
                "a unit changes something and logs nothing".into(),
            ))
        };
    }
    match (before, organization) {
        (Some((id, revision)), Some(organization)) if organization.id == id => {
            organization.revision = revision + 1;
            Ok(Some((id, organization.revision)))
        }
        (None, None) => match writes.first_mut() {
            Some(Write::InsertOrganization(organization)) => {
                // Its creation is its first change.
                organization.revision = organization.revision.max(1);
                Ok(Some((organization.id, organization.revision)))
            }
            _ => Err(Error::Internal("a unit logs for no organization".into())),
        },
        _ => Err(Error::Internal("a unit swapped its organization".into())),
    }
}

/// Tells whether a write is no change of an organization, so that no log tells of it.
fn is_silent(write: &Write) -> bool {
    matches!(
        write,
        Write::InsertRequest(..)
            | Write::EraseChanges(..)
            | Write::DeleteProvisioningRequests(..)
            | Write::UseAssertion { .. }
            | Write::InsertSigningKey(_)
            | Write::EndSigningKey(..)
    )
}

fn send(
    pipeline: &mut Pipeline<'_>,
    writes: Vec<Write>,
    entries: Vec<Entry>,
    revision: Option<(Id, i64)>,
) -> Result<()> {
    for write in writes {
        write::push(pipeline, write)?;
    }
    let Some((organization, revision)) = revision else {
        return Ok(());
    };
    for (sequence, entry) in (0..).zip(entries) {
        changes::insert(pipeline, NewChange::new(organization, revision, sequence, entry)?);
    }
    Ok(())
}
