//! What hands (services, persons and root) may change of what a connection manages: all of it if the policy's `manual_updates` lets
//! them, if the connection is disabled, so that nobody else could, of groups while they are out of sync, or if they break glass and say why. What connections may change,
//! [`super::ownership`] tells.

use super::{act::Act, ownership::Managed};
use crate::{
    caller::{Caller, Scope},
    connection::ConnectionStatus,
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::{Invites, ManualUpdates, Policy},
    store::Reader,
};

/// Connections that are looked at; the policy keeps them fewer.
const MAX_CONNECTIONS: i64 = 1000;

/// Refuses hands that the policy keeps away from what a connection manages.
pub(super) async fn permit(
    act: &Act,
    policy: &Policy,
    managed: Managed,
    reader: &mut dyn Reader,
) -> Result<()> {
    let Some(by) = managed.by else {
        return Ok(());
    };
    // What nobody synchronizes, only hands can change (rule 96).
    let is_unsynced = managed.resource == Resource::Group && !policy.groups_sync.is_on();
    let is_open = policy.manual_updates != ManualUpdates::Deny || is_unsynced || act.breaks_glass();
    if is_open {
        return Ok(());
    }
    let connection = reader.connection(managed.organization, by).await?;
    match connection.filter(|it| it.status == ConnectionStatus::Enabled) {
        Some(connection) => Err(managed.refused(connection)),
        None => Ok(()),
    }
}

/// Refuses to make a user a break-glass account, or to end that, without what overriding the policy takes: for such a user the policy is
/// off. The operator's word is enough.
pub(super) fn permit_break_glass(act: &Act) -> Result<()> {
    if act.caller == Caller::Root || act.breaks_glass() {
        return Ok(());
    }
    act.caller.require(Scope::BreakGlass)?;
    Err(Error::invalid(
        "break_glass",
        "takes a reason, in the metadata x-break-glass",
    ))
}

/// Refuses a user made by hand where people come from the identity provider alone: `invites` is `deny`, a connection is enabled, and
/// `manual_updates` does not lift it (rule 104: one switch turns both back on).
pub(super) async fn permit_invitation(
    act: &Act,
    organization: Id,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<()> {
    let open = policy.invites == Invites::Allow || policy.manual_updates != ManualUpdates::Deny;
    if open || act.connection_id().is_some() || act.breaks_glass() {
        return Ok(());
    }
    let connections = reader.connections(organization, None, MAX_CONNECTIONS).await?;
    if connections
        .iter()
        .any(|it| it.status == ConnectionStatus::Enabled)
    {
        return Err(Error::RuleBroken(Rule::PolicyForbids("invites")));
    }
    Ok(())
}
