//! What hands (services, persons and root) may change of what a connection manages: all of it if the policy's `manual_updates` lets
//! them, if the connection is disabled, so that nobody else could, or if they break glass and say why. What connections may change,
//! [`super::ownership`] tells.

use super::{act::Act, ownership::Managed};
use crate::{
    caller::{Caller, Scope},
    connection::ConnectionStatus,
    error::{Error, Result, Rule},
    id::Id,
    policy::{Invites, ManualUpdates, Policy},
    store::Reader,
};

/// Connections that are looked at; the policy keeps them fewer.
const MAX_CONNECTIONS: i64 = 1000;

/// Refuses hands that the policy keeps away from what a connection manages.
pub(super) async fn permit(
    act: &Act,
    policy: ManualUpdates,
    managed: Managed,
    reader: &mut dyn Reader,
) -> Result<()> {
    let Some(by) = managed.by else {
        return Ok(());
    };
    let is_open = policy != ManualUpdates::Deny || act.breaks_glass();
    if is_open || !is_enabled(reader, managed.organization, by).await? {
        return Ok(());
    }
    Err(Error::Managed {
        resource: managed.resource,
        by,
    })
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

async fn is_enabled(reader: &mut dyn Reader, organization: Id, connection: Id) -> Result<bool> {
    let connection = reader.connection(organization, connection).await?;
    Ok(connection.is_some_and(|it| it.status == ConnectionStatus::Enabled))
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
