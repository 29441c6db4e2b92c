//! What a provisioning client may change: what its connection manages, and what the policy lets it take over.

use super::act::Act;
use crate::{
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
    /// Who manages it.
    pub(super) by: Option<Id>,
}

/// Who manages a thing once the caller has changed it; refuses a provisioning client that may not. Callers other than provisioning
/// clients change nothing about that.
pub(super) async fn after_change(
    act: &Act,
    policy: &Policy,
    managed: Managed,
    reader: &mut dyn Reader,
) -> Result<Option<Id>> {
    let Some(own) = act.connection_id() else {
        return Ok(managed.by);
    };
    match managed.by {
        Some(by) if by == own => Ok(Some(own)),
        Some(by) if reader.connection(managed.organization, by).await?.is_some() => Err(Error::Managed {
            resource: managed.resource,
            by,
        }),
        // Nobody manages it, or a connection that is gone.
        _ if takes_over(policy) => Ok(Some(own)),
        _ => Err(Error::RuleBroken(Rule::NotManagedHere(managed.resource))),
    }
}

/// Whether a provisioning client takes over what it finds.
pub(super) fn takes_over(policy: &Policy) -> bool {
    match policy.adopt {
        Adopt::OnMatch | Adopt::AllOnEnable => true,
        Adopt::Never | Adopt::Explicit => false,
    }
}
