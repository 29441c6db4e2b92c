//! The users and groups that a provisioning client sees. Other callers see all that is not deleted, and deleted users on request.

use super::access::Known;
use crate::{
    caller::Call,
    error::{Error, Resource, Result, Rule},
    id::Id,
    organization::Organization,
    policy::{DeletedThenGet, ListScope},
    store::{BreakGlass, Deleted, Sight},
    user::User,
};

/// What an organization shows to provisioning clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    scope: ListScope,
    break_glass: BreakGlass,
    deleted: Deleted,
    then_get: DeletedThenGet,
}

impl Shown {
    pub(super) fn by(organization: &Organization) -> Self {
        let policy = &organization.policy;
        Self {
            scope: policy.list_scope,
            // While there is none, no list pays for leaving them out.
            break_glass: if organization.break_glass_count > 0 {
                BreakGlass::Hidden
            } else {
                BreakGlass::Seen
            },
            deleted: if policy.list_include_deleted.is_on() {
                Deleted::Seen
            } else {
                Deleted::Hidden
            },
            then_get: policy.delete_then_get,
        }
    }
}

impl Known {
    /// The filter of the users that the caller sees in lists; `deleted`: its request for deleted ones.
    pub(super) fn sight_of_users(&self, call: &Call, deleted: Deleted) -> Sight {
        match call.caller.connection_id() {
            Some(connection) => Sight {
                managed_by: self.scope(connection),
                break_glass: self.shown.break_glass,
                deleted: self.shown.deleted,
                out_of_sync: None,
            },
            None => Sight {
                deleted,
                ..Sight::default()
            },
        }
    }

    /// The same of its groups; deleted ones are never shown, and who asks for those of a break-glass account finds none.
    pub(super) fn sight_of_groups(&self, call: &Call) -> Sight {
        let connection = call.caller.connection_id();
        Sight {
            managed_by: connection.and_then(|connection| self.scope(connection)),
            break_glass: connection.map_or(BreakGlass::Seen, |_| self.shown.break_glass),
            out_of_sync: connection.filter(|_| !self.policy.groups_sync.is_on()),
            ..Sight::default()
        }
    }

    fn scope(&self, connection: Id) -> Option<Id> {
        (self.shown.scope == ListScope::Managed).then_some(connection)
    }

    /// Whether members that are break-glass accounts are left out.
    pub(super) fn hides_members(&self, call: &Call) -> bool {
        call.caller.connection_id().is_some() && self.shown.break_glass == BreakGlass::Hidden
    }

    /// Decides on users that are deleted: a provisioning client gets them as the policy says, other callers as asked.
    pub(super) fn shows_deleted(&self, call: &Call, asked: Deleted) -> Deleted {
        if call.caller.connection_id().is_none() {
            return asked;
        }
        match self.shown.then_get {
            DeletedThenGet::InactiveResource => Deleted::Seen,
            DeletedThenGet::NotFound => self.shown.deleted,
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
