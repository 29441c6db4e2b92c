//! Manual changes, which services, persons and root make, of users and groups that a connection manages. They are allowed if the
//! policy's `manual_updates` lets them, if the connection is disabled, so that nobody else could make them, of groups while they are out
//! of sync, if they undo what the connection did, or if the caller breaks glass and gives a reason. Changes of connections are checked by [`super::management`].

use super::{change_context::ChangeContext, management::Managed};
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

/// Refuses a manual change of what a connection manages, unless the policy allows it.
pub(super) async fn permit(
    context: &ChangeContext,
    policy: &Policy,
    managed: Managed,
    reader: &mut dyn Reader,
) -> Result<()> {
    let Some(by) = managed.by else {
        return Ok(());
    };
    // Only a manual change can reach a resource that nothing synchronizes (rule 96).
    let is_unsynced = managed.resource == Resource::Group && !policy.groups_sync.is_on();
    // An undo sets no value of its own: it gives back those that the connection had set.
    let is_open = policy.manual_updates != ManualUpdates::Deny
        || is_unsynced
        || context.breaks_glass()
        || context.is_revert();
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
pub(super) fn permit_break_glass(context: &ChangeContext) -> Result<()> {
    if context.caller == Caller::Root || context.breaks_glass() {
        return Ok(());
    }
    context.caller.require(Scope::BreakGlass)?;
    Err(Error::invalid(
        "break_glass",
        "takes a reason, in the metadata x-break-glass",
    ))
}

/// Refuses a user made manually where people come from the identity provider alone: `invites` is `deny`, a connection is enabled, and
/// `manual_updates` does not lift it (rule 104: one switch turns both back on).
pub(super) async fn permit_invitation(
    context: &ChangeContext,
    organization: Id,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<()> {
    let open = policy.invites == Invites::Allow || policy.manual_updates != ManualUpdates::Deny;
    if open || context.connection_id().is_some() || context.breaks_glass() {
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
