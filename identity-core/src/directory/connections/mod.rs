//! SCIM connections.

mod create;
mod delete;
mod read;
mod record;
mod rules;
mod update;

pub(super) use create::{insert, new_connection};
pub(super) use rules::find;

use create::CreateConnection;
use delete::DeleteConnection;
use read::{GetConnection, ListConnections};
use update::UpdateConnection;

use super::{
    Directory,
    act::Act,
    id_of,
    input::{ConnectionUpdate, FederationUpdate, NewConnection, Page, PageRequest, Released},
    paging::{List, Pager, RESOURCES},
};
use crate::{
    caller::{Call, Caller, Scope},
    connection::Connection,
    error::{Error, Resource, Result},
    id::Id,
};

impl Directory {
    /// Creates a connection.
    pub async fn create_connection(
        &self,
        call: &Call,
        organization: &str,
        new: NewConnection,
        request_id: &str,
    ) -> Result<Connection> {
        let inner = &self.inner;
        let known = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let act = Act::new(call, &*inner.platform);
        let connection = new_connection(&act, known.id, inner.new_id(), new);
        let unit = CreateConnection::new(act, connection, request_id)?;
        inner.store.write(known.id, unit).await
    }

    /// Gets a connection by id or name.
    pub async fn get_connection(&self, call: &Call, organization: &str, id: &str) -> Result<Connection> {
        let known = self
            .inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let query = GetConnection {
            organization: known.id,
            name: id.to_owned(),
        };
        let connection = self.inner.store.read(query).await?;
        connection.ok_or_else(|| Error::not_found(Resource::Connection, id))
    }

    /// The connection through which the caller acts, if it acts through one.
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
    pub async fn list_connections(
        &self,
        call: &Call,
        organization: &str,
        page: PageRequest,
    ) -> Result<Page<Connection>> {
        let inner = &self.inner;
        let known = inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let list = List {
            name: "connections",
            organization: Some(known.id),
            query: &(),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListConnections {
            organization: known.id,
            after: pager.after,
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Changes a connection.
    pub async fn update_connection(
        &self,
        call: &Call,
        organization: &str,
        update: ConnectionUpdate,
    ) -> Result<Connection> {
        let inner = &self.inner;
        let known = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        if let Some(FederationUpdate::By(federation)) = &update.federation {
            inner.access_tokens.federated.check(&federation.jwks_uri)?;
        }
        let unit = UpdateConnection {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::Connection, &update.id)?,
            update,
        };
        inner.write_and_forget(known.id, unit).await
    }

    /// Deletes a connection and its tokens.
    pub async fn delete_connection(&self, call: &Call, organization: &str, id: &str) -> Result<Released> {
        let inner = &self.inner;
        let known = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let unit = DeleteConnection {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::Connection, id)?,
        };
        inner.write_and_forget(known.id, unit).await
    }
}
