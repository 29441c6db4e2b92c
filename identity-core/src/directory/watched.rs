//! Units that are looked at for what they do to callers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;

use super::roles::keep_below_ceiling;
use crate::{
    error::Result,
    store::{Subject, Transaction, Unit, Write},
};

/// A unit, and whether it did something after which what this process remembers is wrong.
pub(super) struct Watched<U> {
    unit: U,
    seen: Seen,
}

/// What was seen of a unit.
#[derive(Clone, Default)]
pub(super) struct Seen {
    callers: Arc<AtomicBool>,
    organization: Arc<AtomicBool>,
}

impl<U: Unit> Watched<U> {
    /// The unit, and what will have been seen of it once it has run.
    pub(super) fn new(unit: U) -> (Self, Seen) {
        let seen = Seen::default();
        let watched = Self {
            unit,
            seen: seen.clone(),
        };
        (watched, seen)
    }
}

impl Seen {
    /// Whether a caller may do less than is remembered.
    pub(super) fn concerns_callers(&self) -> bool {
        self.callers.load(Ordering::Acquire)
    }

    /// Whether users have roles that are not their own from now on, which whoever reads them must know.
    pub(super) fn concerns_organization(&self) -> bool {
        self.organization.load(Ordering::Acquire)
    }
}

#[async_trait]
impl<U: Unit> Unit for Watched<U> {
    type Output = U::Output;
    const SUBJECT: Subject = U::SUBJECT;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<U::Output> {
        let before = has_other_grants(transaction);
        let output = self.unit.run(transaction).await?;
        keep_below_ceiling(transaction).await?;
        let after = has_other_grants(transaction);
        if transaction
            .writes
            .iter()
            .any(|write| concerns_callers(write, after))
        {
            self.seen.callers.store(true, Ordering::Release);
        }
        if before != after {
            self.seen.organization.store(true, Ordering::Release);
        }
        Ok(output)
    }
}

fn has_other_grants(transaction: &Transaction<'_>) -> bool {
    let organization = transaction.organization.as_ref();
    organization.is_some_and(|it| it.has_other_grants)
}

/// `through_groups`: whether groups can give roles here.
fn concerns_callers(write: &Write, through_groups: bool) -> bool {
    match write {
        Write::DeleteToken(..) | Write::DeleteGrants(..) => true,
        Write::DeleteMembers { .. } | Write::LeaveGroups { .. } => through_groups,
        Write::UpdateUser { before, after, .. } => {
            before.active != after.active || before.profile.roles != after.profile.roles
        }
        _ => false,
    }
}
