//! The answers that calls are served from for a moment, and THE table of the changes that outdate
//! them. A unit of this process is judged by its writes, before its own answer; a change that
//! another process made, by its entries in the log, which Watch reads. Every kind of write and of
//! resource is named, so that a new one is decided on.

use std::{ops::BitOr, sync::Arc};

use super::{
    cache::TtlCache,
    connection_health::TouchedOrganizations,
    credential::Recognized,
    organization_context::{OrganizationContext, OrganizationRef},
};
use crate::{
    access_token::KeySet,
    change::{Action, Detail},
    error::Resource,
    id::Id,
    organization::Organization,
    role::{GrantKey, RoleScope},
    store::{Transaction, Write},
};

/// The answers that calls are served from for a moment.
pub(super) struct Remembered {
    /// The callers by their secrets.
    pub(super) callers: TtlCache<[u8; 32], Recognized>,
    /// The facts about organizations that reads need.
    pub(super) organizations: TtlCache<OrganizationRef, Arc<OrganizationContext>>,
    /// The keys of access tokens.
    pub(super) signing_keys: TtlCache<(), Arc<KeySet>>,
    /// The organizations whose connections have to be judged anew.
    pub(super) touched: TouchedOrganizations,
}

/// A set of answers that a change outdates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stale(u8);

impl Remembered {
    pub(super) fn new() -> Self {
        Self {
            callers: TtlCache::new(),
            organizations: TtlCache::new(),
            signing_keys: TtlCache::new(),
            touched: TouchedOrganizations::default(),
        }
    }

    /// Forgets the stale answers.
    pub(super) fn forget(&self, stale: Stale, organization: Option<Id>) {
        // Before the callers, who are recognized by them.
        if stale.covers(Stale::SIGNING_KEYS) {
            self.signing_keys.forget();
        }
        if stale.covers(Stale::CALLERS) {
            self.callers.forget();
        }
        if stale.covers(Stale::ORGANIZATIONS) {
            self.organizations.forget();
        }
        if let Some(organization) = organization.filter(|_| stale.covers(Stale::HEALTH)) {
            self.touched.note(organization);
        }
    }
}

impl Stale {
    const NOTHING: Self = Self(0);
    /// Answers on who is served, and with which rights.
    pub(super) const CALLERS: Self = Self(1);
    /// Answers on organizations, which serve no callers while they are suspended and whose policies
    /// have a say in rights.
    pub(super) const ORGANIZATIONS: Self = Self(1 << 1 | Self::CALLERS.0);
    /// Answers on signing keys, and on the callers of what they signed.
    const SIGNING_KEYS: Self = Self(1 << 2 | Self::CALLERS.0);
    /// Answers on the health of an organization's connections, which the process that made the change
    /// judges anew.
    pub(super) const HEALTH: Self = Self(1 << 3);
    const CALLERS_AND_HEALTH: Self = Self(Self::CALLERS.0 | Self::HEALTH.0);

    /// Tells whether it has all of another set.
    pub(super) const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    const fn callers_if(stale: bool) -> Self {
        if stale { Self::CALLERS } else { Self::NOTHING }
    }

    /// Judges the writes of a unit.
    pub(super) fn by_writes(transaction: &Transaction<'_>) -> Self {
        let organization = transaction.organization.as_ref();
        let writes = transaction.writes.iter();
        writes.map(|write| Self::by_write(write, organization)).collect()
    }

    fn by_write(write: &Write, organization: Option<&Organization>) -> Self {
        let through_groups = organization.is_some_and(|it| it.has_other_grants);
        match write {
            Write::DeleteOrganization(..) | Write::UndeleteOrganization(..) => Self::ORGANIZATIONS,
            Write::InsertSigningKey(..) | Write::EndSigningKey(..) => Self::SIGNING_KEYS,
            Write::UpdateConnection(..) | Write::UpdateToken(..) | Write::DeleteToken(..) => {
                Self::CALLERS_AND_HEALTH
            }
            // A new one has no secret yet by which a caller was recognized.
            Write::InsertConnection(..) | Write::InsertToken(..) => Self::HEALTH,
            Write::EraseUser(..)
            | Write::RankRoles(..)
            | Write::DeleteConnection(..)
            | Write::InsertFormerSecret { .. }
            | Write::DeleteFormerSecrets(..)
            | Write::RevokeAccessToken { .. }
            | Write::UpdateServiceAccount(..)
            | Write::DeleteServiceAccount(..) => Self::CALLERS,
            Write::UpdateUser { before, after, .. } => Self::callers_if(
                before.active != after.active
                    || before.deleted_at != after.deleted_at
                    || before.profile.roles != after.profile.roles,
            ),
            Write::UpdateGroup(group, ..) => Self::callers_if(through_groups && group.deleted_at.is_some()),
            Write::InsertMembers { .. }
            | Write::DeleteMembers { .. }
            | Write::LeaveGroups { .. }
            | Write::JoinGroups { .. } => Self::callers_if(through_groups),
            Write::InsertGrants(grants) => {
                Self::callers_if(make_admin(organization, grants.iter().map(|grant| &grant.key)))
            }
            Write::DeleteGrants(keys) => Self::callers_if(make_admin(organization, keys)),
            // These decide on no calls.
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
            | Write::Adopt { .. }
            | Write::Release { .. }
            | Write::TellHealth { .. }
            | Write::UseAssertion { .. }
            | Write::InsertServiceAccount(..)
            | Write::InsertSchema(..)
            | Write::DeleteSchema(..)
            | Write::DeleteChanges(..)
            | Write::EraseChanges(..)
            | Write::DeleteProvisioningRequests(..)
            | Write::ForgetRequestsOf(..)
            | Write::InsertRequest(..) => Self::NOTHING,
        }
    }

    /// Judges an entry of the log. It tells less than writes do, so more is stale by it.
    pub(super) fn by_entry(resource: Resource, action: Action, detail: &Detail) -> Self {
        match resource {
            // A grant, also one through a group, may be the first that is no user's own, which an
            // organization knows.
            Resource::Organization
            | Resource::Policy
            | Resource::Group
            | Resource::MappingRule
            | Resource::Role
            | Resource::Grant => Self::ORGANIZATIONS,
            Resource::SigningKey => Self::SIGNING_KEYS,
            Resource::Token | Resource::ServiceAccount | Resource::Connection => Self::CALLERS,
            Resource::User => {
                let names = |field: &str| detail.fields.iter().any(|it| it.field == field);
                if names("break_glass") {
                    return Self::ORGANIZATIONS;
                }
                let is_end = matches!(action, Action::Deleted | Action::Erased);
                Self::callers_if(is_end || ["active", "roles", "delete_time"].into_iter().any(names))
            }
            Resource::Project | Resource::Schema => Self::NOTHING,
        }
    }
}

impl BitOr for Stale {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Self> for Stale {
    fn from_iter<I: IntoIterator<Item = Self>>(each: I) -> Self {
        each.into_iter().fold(Self::NOTHING, BitOr::bitor)
    }
}

/// Tells whether one of these grants makes an administrator.
fn make_admin<'k>(organization: Option<&Organization>, keys: impl IntoIterator<Item = &'k GrantKey>) -> bool {
    let Some(organization) = organization else {
        return false;
    };
    let catalog = organization.policy.catalog();
    let mut keys = keys.into_iter();
    keys.any(|key| key.scope == RoleScope::Organization && key.role == catalog.admin())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Stale;
    use crate::{
        change::{Action, Detail, FieldChange},
        error::Resource,
    };

    fn of_user(action: Action, field: &str) -> Stale {
        let field = FieldChange {
            field: field.to_owned(),
            before: Value::Null,
            after: Value::Null,
        };
        let detail = Detail {
            fields: vec![field],
            ..Detail::default()
        };
        Stale::by_entry(Resource::User, action, &detail)
    }

    #[test]
    fn an_entry_of_a_user_outdates_callers_where_it_may_decide_on_access() {
        for field in ["active", "roles", "delete_time"] {
            assert_eq!(of_user(Action::Updated, field), Stale::CALLERS, "{field}");
        }
        for end in [Action::Deleted, Action::Erased] {
            assert_eq!(of_user(end, "title"), Stale::CALLERS, "{end:?}");
        }
        assert_eq!(of_user(Action::Updated, "title"), Stale::NOTHING);
        assert_eq!(of_user(Action::Updated, "break_glass"), Stale::ORGANIZATIONS);
    }

    #[test]
    fn stale_organizations_make_callers_stale() {
        assert!(Stale::ORGANIZATIONS.covers(Stale::CALLERS));
        assert!(!Stale::CALLERS.covers(Stale::ORGANIZATIONS));
    }
}
