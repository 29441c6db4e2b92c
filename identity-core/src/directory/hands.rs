//! Who may change what: hands, and the connections of identity providers.
//!
//! What a connection manages, that connection may change, and no other one. Hands (services, and root) may if the policy's
//! `manual_updates` lets them, if the connection is disabled, so that nobody else could, or if they break glass and say why.

use super::act::Act;
use crate::{
    connection::ConnectionStatus,
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::{Invites, ManualUpdates, Policy},
    store::{Reader, Transaction},
};

/// Connections that are looked at; the policy keeps them fewer.
const MAX_CONNECTIONS: i64 = 1000;

/// Something that is about to be changed.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    /// What kind of thing.
    pub(super) resource: Resource,
    /// Its organization.
    pub(super) organization: Id,
    /// The connection that manages it.
    pub(super) managed_by: Option<Id>,
}

impl Subject {
    /// Refuses the change if it is not the caller's to make.
    pub(super) async fn permit(&self, act: &Act, transaction: &mut Transaction<'_>) -> Result<()> {
        let policy = transaction.organization()?.policy.manual_updates;
        self.permit_under(act, policy, transaction.reader).await
    }

    /// The same where the policy is at hand.
    pub(super) async fn permit_under(
        &self,
        act: &Act,
        policy: ManualUpdates,
        reader: &mut dyn Reader,
    ) -> Result<()> {
        let Some(by) = self.managed_by else {
            return Ok(());
        };
        let own = act.connection_id();
        if own == Some(by) {
            return Ok(());
        }
        let open = own.is_none() && (policy != ManualUpdates::Deny || act.breaks_glass());
        if open || (own.is_none() && !is_enabled(reader, self.organization, by).await?) {
            return Ok(());
        }
        Err(Error::Managed {
            resource: self.resource,
            by,
        })
    }
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
