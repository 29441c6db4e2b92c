//! Units of callers: a unit by which its caller hands out what it lacks is refused, and the caches that it made stale are cleared.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;

use super::{
    cache::TtlCache, connection_health::TouchedOrganizations, credential::Recognized,
    organization_context::OrganizationContext, organization_context::OrganizationRef, powers,
    roles::keep_below_ceiling,
};
use crate::{
    caller::Caller,
    error::Result,
    id::Id,
    role::{GrantKey, RoleScope},
    store::{Subject, Transaction, Unit, Write},
};

/// The answers that calls are served from for a moment.
pub(super) struct Remembered {
    /// The callers by their secrets.
    pub(super) callers: TtlCache<[u8; 32], Recognized>,
    /// The facts about organizations that reads need.
    pub(super) organizations: TtlCache<OrganizationRef, Arc<OrganizationContext>>,
    /// The organizations whose connections have to be judged anew.
    pub(super) touched: TouchedOrganizations,
}

impl Remembered {
    pub(super) fn new() -> Self {
        Self {
            callers: TtlCache::new(),
            organizations: TtlCache::new(),
            touched: TouchedOrganizations::default(),
        }
    }
}

/// A unit with its caller. Its inner output is a refusal that leaves something behind ([`Transaction::refuse_and_commit`]): no error of
/// the unit, as the store undoes what such a one wrote.
pub(super) struct GuardedUnit<U> {
    unit: U,
    caller: Caller,
    invalidation: CacheInvalidation,
}

/// The caches that a unit made stale. They are forgotten before the unit's own answer, and also where nobody waits for that any more.
#[derive(Clone)]
pub(super) struct CacheInvalidation {
    remembered: Arc<Remembered>,
    callers: Arc<AtomicBool>,
    organizations: Arc<AtomicBool>,
    touched: Arc<OnceLock<Id>>,
}

impl<U: Unit> GuardedUnit<U> {
    /// The unit, and the invalidation of caches for when it has run.
    pub(super) fn new(unit: U, caller: Caller, remembered: &Arc<Remembered>) -> (Self, CacheInvalidation) {
        let invalidation = CacheInvalidation {
            remembered: Arc::clone(remembered),
            callers: Arc::default(),
            organizations: Arc::default(),
            touched: Arc::default(),
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
    /// Clears the stale caches.
    pub(super) fn forget(&self) {
        if self.callers.load(Ordering::Acquire) {
            self.remembered.callers.forget();
        }
        if self.organizations.load(Ordering::Acquire) {
            self.remembered.organizations.forget();
        }
        if let Some(organization) = self.touched.get() {
            self.remembered.touched.note(*organization);
        }
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
        let organization_changed = before != after || transaction.writes.iter().any(concerns_organizations);
        if organization_changed || concerns_some_callers(transaction) {
            self.invalidation.callers.store(true, Ordering::Release);
        }
        if organization_changed {
            self.invalidation.organizations.store(true, Ordering::Release);
        }
        if let Some(organization) = TouchedOrganizations::by(transaction) {
            self.invalidation.touched.get_or_init(|| organization);
        }
        Ok(output)
    }
}

/// The versions of an organization with which [`OrganizationContext`] changes.
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

fn concerns_organizations(write: &Write) -> bool {
    matches!(
        write,
        Write::DeleteOrganization(..) | Write::UndeleteOrganization(..)
    )
}

fn concerns_some_callers(transaction: &Transaction<'_>) -> bool {
    let Some(organization) = &transaction.organization else {
        return false;
    };
    let catalog = organization.policy.catalog();
    let context = Context {
        through_groups: organization.has_other_grants,
        admin: catalog.admin(),
    };
    transaction
        .writes
        .iter()
        .any(|write| context.concerns_callers(write))
}

/// The facts that decide which writes concern callers.
struct Context<'a> {
    /// Set where groups can give roles.
    through_groups: bool,
    /// The role that makes an administrator.
    admin: &'a str,
}

impl Context<'_> {
    /// Tells whether somebody who holds a secret may do less or more from now on. Every kind of write is named, so that a new one is
    /// decided on.
    fn concerns_callers(&self, write: &Write) -> bool {
        match write {
            Write::DeleteOrganization(..)
            | Write::UndeleteOrganization(..)
            | Write::EraseUser(..)
            | Write::RankRoles(..)
            | Write::UpdateConnection(..)
            | Write::DeleteConnection(..)
            | Write::UpdateToken(..)
            | Write::DeleteToken(..)
            | Write::InsertFormerSecret { .. }
            | Write::DeleteFormerSecrets(..)
            | Write::RevokeAccessToken { .. }
            | Write::UpdateServiceAccount(..)
            | Write::DeleteServiceAccount(..) => true,
            Write::UpdateUser { before, after, .. } => {
                before.active != after.active
                    || before.deleted_at != after.deleted_at
                    || before.profile.roles != after.profile.roles
            }
            Write::UpdateGroup(group, ..) => self.through_groups && group.deleted_at.is_some(),
            Write::InsertMembers { .. }
            | Write::DeleteMembers { .. }
            | Write::LeaveGroups { .. }
            | Write::JoinGroups { .. } => self.through_groups,
            Write::InsertGrants(grants) => grants.iter().any(|grant| self.makes_admin(&grant.key)),
            Write::DeleteGrants(keys) => keys.iter().any(|key| self.makes_admin(key)),
            // New things have no secrets yet, and what the others say decides on nobody's calls.
            Write::InsertOrganization(..)
            | Write::InsertUser(..)
            | Write::InsertIdentity(..)
            | Write::DeleteIdentity { .. }
            | Write::InsertGroup(..)
            | Write::UniqueGroupNames(..)
            | Write::InsertProject(..)
            | Write::UpdateProject(..)
            | Write::InsertRole(..)
            | Write::UpdateRole(..)
            | Write::KeepFormerAccess(..)
            | Write::ForgetFormerAccess(..)
            | Write::InsertMapping(..)
            | Write::UpdateMapping(..)
            | Write::DeleteMapping(..)
            | Write::SetGroupLicenses { .. }
            | Write::InsertConnection(..)
            | Write::Adopt { .. }
            | Write::Release { .. }
            | Write::TellHealth { .. }
            | Write::InsertToken(..)
            | Write::InsertSigningKey(..)
            | Write::EndSigningKey(..)
            | Write::UseAssertion { .. }
            | Write::InsertServiceAccount(..)
            | Write::InsertSchema(..)
            | Write::DeleteSchema(..)
            | Write::DeleteChanges(..)
            | Write::EraseChanges(..)
            | Write::DeleteProvisioningRequests(..)
            | Write::ForgetRequestsOf(..)
            | Write::InsertRequest(..) => false,
        }
    }

    fn makes_admin(&self, key: &GrantKey) -> bool {
        key.scope == RoleScope::Organization && key.role == self.admin
    }
}
