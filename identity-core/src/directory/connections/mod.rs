//! SCIM connections.

mod create;
mod deactivation_safeguard;
mod delete;
mod next_version;
mod read;
mod record;
mod rules;
mod update;

pub(super) use create::{Kind, insert, new_connection};
pub(super) use deactivation_safeguard::HoldSafeguard;
pub(super) use record::state_name;
pub(super) use rules::{all, find};

use std::sync::Arc;

use create::CreateConnection;
use deactivation_safeguard::DecideSafeguard;
use delete::{ActiveUsers, BeginTeardown, DeleteConnection, Removal};
use futures::future::join_all;
use read::{GetConnection, ListConnections};
use update::UpdateConnection;

use super::{
    Directory, Inner,
    change_context::ChangeContext,
    input::{
        ConnectionUpdate, FederationUpdate, NewConnection, Page, PageRequest, Reach, SafeguardDecision,
        TornDown,
    },
    paging::{List, Pager, RESOURCES},
    users::deactivation,
};
use crate::{
    caller::{Call, Caller, Scope},
    connection::{Connection, ConnectionStatus},
    error::{Error, Resource, Result},
    id::Id,
    policy::{Adopt, Teardown},
};

impl Directory {
    /// Creates a connection.
    #[crate::boxed]
    pub async fn create_connection(
        &self,
        call: &Call,
        organization: &str,
        new: NewConnection,
        request_id: &str,
    ) -> Result<Connection> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let kind = match new.idp_kind {
            Some(_) => Kind::Given,
            None => Kind::ByPolicy,
        };
        let connection = new_connection(&context, org.id, inner.new_id(), new)?;
        let unit = CreateConnection::new(context.clone(), connection, kind, request_id)?;
        let connection = inner.write(&call.caller, org.id, unit).await?;
        inner.adopt_on_enable(context, org.id, connection.id).await?;
        Ok(connection)
    }

    /// Gets a connection by id or name.
    #[crate::boxed]
    pub async fn get_connection(&self, call: &Call, organization: &str, id: &str) -> Result<Connection> {
        let org = self
            .inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let query = GetConnection {
            organization: org.id,
            name: id.to_owned(),
        };
        let connection = self.inner.store.read(query).await?;
        connection.ok_or_else(|| Error::not_found(Resource::Connection, id))
    }

    /// The connection through which the caller acts, if it acts through one.
    #[crate::boxed]
    pub async fn own_connection(&self, call: &Call) -> Result<Option<Connection>> {
        let Caller::Scim {
            organization_id,
            connection_id,
            ..
        } = &call.caller
        else {
            return Ok(None);
        };
        let query = GetConnection {
            organization: *organization_id,
            name: connection_id.to_string(),
        };
        self.inner.store.read(query).await
    }

    /// Lists connections.
    #[crate::boxed]
    pub async fn list_connections(
        &self,
        call: &Call,
        organization: &str,
        page: PageRequest,
    ) -> Result<Page<Connection>> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let list = List {
            name: "connections",
            organization: Some(org.id),
            query: &(),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListConnections {
            organization: org.id,
            after: pager.after,
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Changes a connection.
    #[crate::boxed]
    pub async fn update_connection(
        &self,
        call: &Call,
        organization: &str,
        update: ConnectionUpdate,
    ) -> Result<Connection> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        if let Some(FederationUpdate::By(federation)) = &update.federation {
            inner.access_tokens.federated.check(&federation.jwks_uri)?;
        }
        let context = ChangeContext::new(call, &*inner.platform);
        let enables = update.status == Some(ConnectionStatus::Enabled);
        let unit = UpdateConnection {
            context: context.clone(),
            organization: org.id,
            id: inner.connection_id(org.id, &update.id).await?,
            update,
        };
        let connection = inner.write(&call.caller, org.id, unit).await?;
        if enables {
            inner.adopt_on_enable(context, org.id, connection.id).await?;
        }
        Ok(connection)
    }

    /// Deletes a connection and its tokens, and does with what it managed as asked, or as the policy says. To deactivate users is one
    /// revision for each: the connection is disabled first, and an interrupted call can be repeated. A dry run gives the report alone.
    #[crate::boxed]
    pub async fn delete_connection(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        teardown: Option<Teardown>,
    ) -> Result<TornDown> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let removal = Removal {
            organization: org.id,
            id: inner.connection_id(org.id, id).await?,
            teardown,
        };
        inner.tear_down(context, removal).await
    }

    /// Decides on a connection's safeguard.
    #[crate::boxed]
    pub async fn decide_safeguard(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        decision: SafeguardDecision,
    ) -> Result<Connection> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let unit = DecideSafeguard {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: inner.connection_id(org.id, id).await?,
            decision,
        };
        inner.write(&call.caller, org.id, unit).await
    }
}

/// Users that are deactivated at a time: as many as the store puts into one commit.
const AT_ONCE: usize = 32;
/// Users that are read at a time.
const PAGE: i64 = 1000;

impl Inner {
    /// The id of the connection that a call names by its id or its name. An id is not looked up.
    pub(super) async fn connection_id(&self, organization: Id, name: &str) -> Result<Id> {
        if let Some(id) = Id::parse(name) {
            return Ok(id);
        }
        let query = GetConnection {
            organization,
            name: name.to_owned(),
        };
        let found = self.store.read(query).await?;
        let connection = found.ok_or_else(|| Error::not_found(Resource::Connection, name))?;
        Ok(connection.id)
    }

    /// Goes on to its end when the client is gone.
    async fn tear_down(self: &Arc<Self>, context: ChangeContext, removal: Removal) -> Result<TornDown> {
        let inner = Arc::clone(self);
        let work = tokio::spawn(async move {
            let (organization, id) = (removal.organization, removal.id);
            let begin = BeginTeardown {
                context: context.clone(),
                removal,
            };
            let report = inner.write(&context.caller, organization, begin).await?;
            if context.is_dry_run() {
                return Ok(report);
            }
            if report.teardown == Teardown::Deactivate {
                inner.deactivate_all(&context, organization, id).await?;
            }
            let delete = DeleteConnection {
                context: context.clone(),
                organization,
                id,
                teardown: report.teardown,
            };
            inner.write(&context.caller, organization, delete).await?;
            Ok(report)
        });
        work.await.map_err(|error| Error::Internal(error.into()))?
    }

    async fn deactivate_all(&self, context: &ChangeContext, organization: Id, id: Id) -> Result<()> {
        loop {
            let query = ActiveUsers {
                organization,
                id,
                limit: PAGE,
            };
            let users = self.store.read(query).await?;
            if users.is_empty() {
                return Ok(());
            }
            for some in users.chunks(AT_ONCE) {
                let units = some.iter().map(|user| {
                    let unit = deactivation(context.clone(), organization, *user);
                    self.write(&context.caller, organization, unit)
                });
                for outcome in join_all(units).await {
                    match outcome {
                        // Gone meanwhile.
                        Err(Error::NotFound { .. }) => {}
                        outcome => drop(outcome?),
                    }
                }
            }
        }
    }

    /// Brings all that is unmanaged under a connection that was just enabled, where the policy says so.
    pub(super) async fn adopt_on_enable(
        self: &Arc<Self>,
        context: ChangeContext,
        organization: Id,
        connection: Id,
    ) -> Result<()> {
        let policy = self.whole_organization(organization).await?.policy;
        // A dry run cannot adopt.
        if policy.adopt == Adopt::AllOnEnable && !context.is_dry_run() {
            self.adopt_everything(context, organization, connection, Reach::default())
                .await?;
        }
        Ok(())
    }
}
