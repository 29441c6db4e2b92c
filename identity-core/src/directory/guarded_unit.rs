//! Units of callers: a unit by which its caller hands out what it lacks is refused, and the caches that it made stale are cleared.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{
    powers,
    remembered::{Remembered, Stale},
    roles::keep_below_ceiling,
};
use crate::{
    caller::Caller,
    error::Result,
    id::Id,
    store::{Subject, Transaction, Unit},
};

/// A unit with its caller. Its inner output is a refusal that leaves something behind ([`Transaction::refuse_and_commit`]): no error of
/// the unit, as the store undoes what such a one wrote.
pub(super) struct GuardedUnit<U> {
    unit: U,
    caller: Caller,
    invalidation: CacheInvalidation,
}

/// The answers that a unit made stale. They are forgotten before the unit's own answer, and also if
/// the caller has gone away.
#[derive(Clone)]
pub(super) struct CacheInvalidation {
    remembered: Arc<Remembered>,
    organization: Option<Id>,
    stale: Arc<Mutex<Stale>>,
}

impl<U: Unit> GuardedUnit<U> {
    /// The unit, and the invalidation of caches for when it has run.
    pub(super) fn new(
        unit: U,
        caller: Caller,
        organization: Option<Id>,
        remembered: &Arc<Remembered>,
    ) -> (Self, CacheInvalidation) {
        let invalidation = CacheInvalidation {
            remembered: Arc::clone(remembered),
            organization,
            stale: Arc::default(),
        };
        let guarded = Self {
            unit,
            caller,
            invalidation: invalidation.clone(),
        };
        (guarded, invalidation)
    }
}

impl CacheInvalidation {
    /// Notes what a run of the unit makes stale; one that failed may have run before.
    fn note(&self, stale: Stale) {
        let mut noted = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = *noted | stale;
    }

    /// Forgets the stale answers.
    pub(super) fn forget(&self) {
        let stale = *self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        self.remembered.forget(stale, self.organization);
    }
}

impl<U> Drop for GuardedUnit<U> {
    /// The store lets go of a unit after its commit.
    fn drop(&mut self) {
        self.invalidation.forget();
    }
}

#[async_trait]
impl<U: Unit> Unit for GuardedUnit<U> {
    type Output = Result<U::Output>;
    const SUBJECT: Subject = U::SUBJECT;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output> {
        let before = CachedVersions::of(transaction);
        let output = match self.unit.run(transaction).await {
            Err(refusal) if transaction.commits_refusal => Err(refusal),
            output => Ok(output?),
        };
        powers::check(&self.caller, transaction).await?;
        keep_below_ceiling(transaction).await?;
        let after = CachedVersions::of(transaction);
        let mut stale = Stale::by_writes(transaction);
        // An organization that is new is not remembered yet.
        if before.is_some() && before != after {
            stale = stale | Stale::ORGANIZATIONS;
        }
        // Other processes know the change by its entries alone. Signing keys, which are no
        // organization's, have none.
        debug_assert!(
            before.is_none() || (told_by_entries(transaction) | Stale::HEALTH).covers(stale),
            "{stale:?} by {:?}, which {:?} do not tell",
            transaction.writes,
            transaction.entries,
        );
        self.invalidation.note(stale);
        Ok(output)
    }
}

/// Judges the entries of a unit.
fn told_by_entries(transaction: &Transaction<'_>) -> Stale {
    let entries = transaction.entries.iter();
    entries
        .map(|it| Stale::by_entry(it.resource, it.action, &it.detail))
        .collect()
}

/// The versions of an organization with which its remembered
/// [context](super::organization_context::OrganizationContext) changes.
#[derive(PartialEq, Eq)]
struct CachedVersions {
    version: i64,
    policy_version: i64,
    has_other_grants: bool,
    has_break_glass: bool,
}

impl CachedVersions {
    fn of(transaction: &Transaction<'_>) -> Option<Self> {
        let organization = transaction.organization.as_ref()?;
        Some(Self {
            version: organization.version,
            policy_version: organization.policy_version,
            has_other_grants: organization.has_other_grants,
            has_break_glass: organization.break_glass_count > 0,
        })
    }
}
