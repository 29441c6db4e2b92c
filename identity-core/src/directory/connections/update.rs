//! Changing a connection.

use async_trait::async_trait;

use super::{next_version, rules};
use crate::{
    connection::{Connection, ConnectionStatus},
    directory::{
        change_context::ChangeContext,
        input::{ConnectionUpdate, FederationUpdate},
        provisioning_access::ProvisioningAccess,
        roles::set_ceiling,
        version,
    },
    error::Result,
    id::Id,
    store::{Transaction, Unit},
    validate,
};

/// Changes a connection; a change that changes nothing writes nothing.
pub(super) struct UpdateConnection {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: ConnectionUpdate,
}

#[async_trait]
impl Unit for UpdateConnection {
    type Output = Connection;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Connection> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let before = rules::live(reader, self.organization, self.id).await?;
        version::check(&self.update.etag, before.version)?;
        let after = self.apply(before.clone())?;
        if after == before {
            return Ok(before);
        }
        if let Some(federation) = after
            .federation
            .as_ref()
            .filter(|_| after.federation != before.federation)
        {
            validate::federation(federation)?;
        }
        if after.idp_kind != before.idp_kind {
            let policy = &transaction.organization()?.policy;
            rules::refuse_unexpected_kind(policy, after.idp_kind)?;
        }
        if after.status == ConnectionStatus::Enabled && after.status != before.status {
            ProvisioningAccess::of(transaction.organization()?).allow_scim()?;
        }
        let reader = &mut *transaction.reader;
        if after.name != before.name {
            validate::connection_name(&after.name)?;
            let others = rules::all(reader, self.organization).await?;
            rules::refuse_taken_name(others, &after)?;
        }
        if after.max_role != before.max_role {
            set_ceiling(after.max_role.as_deref(), transaction.organization()?)?;
        }
        Ok(next_version::write(&self.context, &before, after, transaction))
    }
}

impl UpdateConnection {
    fn apply(&self, before: Connection) -> Result<Connection> {
        let update = &self.update;
        Ok(Connection {
            safeguard: rules::limited(before.safeguard, update.safeguard)?,
            name: update.name.clone().unwrap_or(before.name),
            idp_kind: update.idp_kind.unwrap_or(before.idp_kind),
            status: update.status.unwrap_or(before.status),
            max_role: update.max_role.clone().unwrap_or(before.max_role),
            federation: match &update.federation {
                None => before.federation,
                Some(FederationUpdate::Nobody) => None,
                Some(FederationUpdate::By(federation)) => Some(federation.clone()),
            },
            ..before
        })
    }
}
