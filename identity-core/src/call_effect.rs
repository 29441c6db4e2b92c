//! Effect of a call, as the store tells it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    change::{Action, Actor},
    error::Resource,
    store::Entry,
};

/// The last revision that the changes of one call made, 0 as long as there is none, and of a connection's call a summary. Clones share it:
/// every change-log entry of the call has one, by which the store tells it.
#[derive(Clone, Debug, Default)]
pub struct CallEffect(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    revision: AtomicI64,
    summary: Mutex<Summary>,
}

/// Summary of the changes that one unit of a connection made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// State that a user came to; `None`: it stayed active or inactive.
    pub active: Option<bool>,
    /// Set if the user name or the group's display name changed.
    pub renamed: bool,
    /// Number of members that groups got.
    pub members_added: usize,
    /// Number of members that groups lost.
    pub members_removed: usize,
    /// Statements about what had no effect.
    pub ignored: Vec<String>,
}

impl CallEffect {
    /// Notes the revision of these entries; those of one call may come in any order. A unit that runs again is told by its last run.
    pub(crate) fn note(&self, revision: i64, entries: &[Entry]) {
        self.0.revision.fetch_max(revision, Ordering::AcqRel);
        if let Some(Actor::Scim { .. }) = entries.first().map(|entry| entry.actor) {
            let mut summary = self.0.summary.lock().unwrap_or_else(PoisonError::into_inner);
            *summary = Summary::of(entries);
        }
    }

    /// Tells the revision; `None`: nothing changed.
    pub fn revision(&self) -> Option<i64> {
        Some(self.0.revision.load(Ordering::Acquire)).filter(|revision| *revision > 0)
    }

    /// Takes the summary.
    pub fn take_summary(&self) -> Summary {
        std::mem::take(&mut *self.0.summary.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Summary {
    fn of(entries: &[Entry]) -> Self {
        let mut summary = Self::default();
        for Entry {
            resource,
            action,
            detail,
            ..
        } in entries
        {
            summary.ignored.extend(detail.ignored.iter().cloned());
            summary.members_added += detail.added_members.len();
            summary.members_removed += detail.removed_members.len();
            if *action != Action::Updated {
                continue;
            }
            for field in &detail.fields {
                match (resource, field.field.as_str()) {
                    (Resource::User, "active") => summary.active = field.after.as_bool(),
                    (Resource::User, "user_name") | (Resource::Group, "display_name") => {
                        summary.renamed = true;
                    }
                    _ => {}
                }
            }
        }
        summary
    }
}
