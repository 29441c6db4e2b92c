//! The connection that manages a user or group, before and after a change: a provisioning client changes what its connection manages and
//! what the policy lets it take over. Manual changes are checked by [`super::manual_changes`].

use super::{change_context::ChangeContext, manual_changes};
use crate::{
    connection::Connection,
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::{Adopt, Policy},
    store::Reader,
};

/// A thing that a connection can manage.
#[derive(Clone, Copy)]
pub(super) struct Managed {
    pub(super) resource: Resource,
    pub(super) organization: Id,
    /// Connection that manages it.
    pub(super) by: Option<Id>,
}

impl Managed {
    /// The refusal to whom this connection keeps from changing it.
    pub(super) fn refused(self, by: Connection) -> Error {
        Error::Managed {
            resource: self.resource,
            by: by.id,
            name: by.name,
        }
    }
}

/// Returns the manager of a thing after the caller's change; refuses a caller who may not make it. Callers
/// other than provisioning clients do not change the manager.
pub(super) async fn manager_after_change(
    context: &ChangeContext,
    policy: &Policy,
    managed: Managed,
    reader: &mut dyn Reader,
) -> Result<Option<Id>> {
    let Some(own) = context.connection_id() else {
        manual_changes::permit(context, policy, managed, reader).await?;
        return Ok(managed.by);
    };
    let other = match managed.by {
        Some(by) if by == own => return Ok(Some(own)),
        Some(by) => reader.connection(managed.organization, by).await?,
        None => None,
    };
    match other {
        Some(other) => Err(managed.refused(other)),
        // Nobody manages it, or a connection that is gone.
        None if takes_over(policy) => Ok(Some(own)),
        None => Err(Error::RuleBroken(Rule::NotManagedHere(managed.resource))),
    }
}

/// Tells whether a provisioning client takes over what it finds.
pub(super) fn takes_over(policy: &Policy) -> bool {
    match policy.adopt {
        Adopt::OnMatch | Adopt::AllOnEnable => true,
        Adopt::Never | Adopt::Explicit => false,
    }
}
