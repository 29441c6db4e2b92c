//! The users and groups that a provisioning client sees. Other callers see all that is not deleted, and deleted users on request.

use super::organization_context::OrganizationContext;
use crate::{
    caller::Call,
    error::{Error, Resource, Result, Rule},
    id::Id,
    organization::Organization,
    policy::{DeletedThenGet, ListScope},
    store::{BreakGlass, Deleted, VisibilityFilter},
    user::User,
};

/// Visibility of an organization's records to SCIM clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VisibilityPolicy {
    scope: ListScope,
    break_glass: BreakGlass,
    deleted: Deleted,
    then_get: DeletedThenGet,
}

impl VisibilityPolicy {
    pub(super) fn by(organization: &Organization) -> Self {
        let policy = &organization.policy;
        Self {
            scope: policy.list_scope,
            // While there is none, no list pays for leaving them out.
            break_glass: if organization.break_glass_count > 0 {
                BreakGlass::Hidden
            } else {
                BreakGlass::Included
            },
            deleted: if policy.list_include_deleted.is_on() {
                Deleted::Included
            } else {
                Deleted::Hidden
            },
            then_get: policy.delete_then_get,
        }
    }
}

impl OrganizationContext {
    /// The filter of the users that the caller sees in lists; `deleted`: its request for deleted ones.
    pub(super) fn user_visibility(&self, call: &Call, deleted: Deleted) -> VisibilityFilter {
        match call.caller.connection_id() {
            Some(connection) => VisibilityFilter {
                managed_by: self.scope(connection),
                break_glass: self.visibility.break_glass,
                deleted: self.visibility.deleted,
                out_of_sync: None,
            },
            None => VisibilityFilter {
                deleted,
                ..VisibilityFilter::default()
            },
        }
    }

    /// The same of its groups; deleted ones are never shown, and who asks for those of a break-glass account finds none.
    pub(super) fn group_visibility(&self, call: &Call) -> VisibilityFilter {
        let connection = call.caller.connection_id();
        VisibilityFilter {
            managed_by: connection.and_then(|connection| self.scope(connection)),
            break_glass: connection.map_or(BreakGlass::Included, |_| self.visibility.break_glass),
            out_of_sync: connection.filter(|_| !self.policy.groups_sync.is_on()),
            ..VisibilityFilter::default()
        }
    }

    fn scope(&self, connection: Id) -> Option<Id> {
        (self.visibility.scope == ListScope::Managed).then_some(connection)
    }

    /// Tells whether members that are break-glass accounts are left out.
    pub(super) fn hides_members(&self, call: &Call) -> bool {
        call.caller.connection_id().is_some() && self.visibility.break_glass == BreakGlass::Hidden
    }

    /// Decides on users that are deleted: a provisioning client gets them as the policy says, other callers as asked.
    pub(super) fn shows_deleted(&self, call: &Call, asked: Deleted) -> Deleted {
        if call.caller.connection_id().is_none() {
            return asked;
        }
        match self.visibility.then_get {
            DeletedThenGet::InactiveResource => Deleted::Included,
            DeletedThenGet::NotFound => self.visibility.deleted,
        }
    }

    /// Refuses a caller that does not see the user it asks for. A break-glass account is refused by that name: who knows its id knows
    /// that it is there, and an administrator who reads the provisioning log should see why.
    pub(super) fn refuse_user(&self, call: &Call, user: &User) -> Result<()> {
        let Some(connection) = call.caller.connection_id() else {
            return Ok(());
        };
        if user.break_glass {
            return Err(Error::RuleBroken(Rule::BreakGlassAccount));
        }
        match self.scope(connection) {
            Some(connection) if user.managed_by != Some(connection) => {
                Err(Error::not_found(Resource::User, user.id))
            }
            _ => Ok(()),
        }
    }
}
