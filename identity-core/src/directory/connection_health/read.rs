//! Reading health.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::{
    caller::{Call, Scope},
    connection::Connection,
    connection_health::{ConnectionHealth, Credential, first_hour},
    directory::{
        Directory,
        connections::{all, find},
        input::{Page, PageRequest},
        paging::{List, Pager, RESOURCES, Rows},
    },
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    store::{Cost, Query, Reader},
};

impl Directory {
    /// Lists the health of connections in order of their creation, or of the one with this id or name. Text and target of a failure are for
    /// those who may read the provisioning log.
    #[crate::boxed]
    pub async fn list_connection_health(
        &self,
        call: &Call,
        organization: &str,
        connection: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<ConnectionHealth>> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let list = List {
            name: "connection_health",
            organization: Some(org.id),
            query: &connection,
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListHealth {
            organization: org.id,
            connection: connection.map(str::to_owned),
            after: pager.after,
            size: pager.size,
            at: inner.platform.now(),
        };
        let mut rows = inner.store.read(query).await?;
        if call.caller.require(Scope::ProvisioningRead).is_err() {
            for health in &mut rows.items {
                if let Some(failure) = &mut health.activity.last_failure {
                    failure.kept = None;
                }
            }
        }
        inner.page(&pager, rows)
    }
}

struct ListHealth {
    organization: Id,
    connection: Option<String>,
    after: Option<Id>,
    size: i64,
    at: Timestamp,
}

#[async_trait]
impl Query for ListHealth {
    type Output = Rows<ConnectionHealth, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = self.organization;
        let connections = match &self.connection {
            Some(name) => {
                let found = find(reader, organization, name).await?;
                vec![found.ok_or_else(|| Error::not_found(Resource::Connection, name))?]
            }
            None => {
                reader
                    .connections(organization, self.after, self.size + 1)
                    .await?
            }
        };
        let rows = Rows::cut(connections, self.size, |connection| Ok(connection.id))?;
        let ids: Vec<Id> = rows.items.iter().map(|it| it.id).collect();
        let mut items = health_of(reader, organization, rows.items, self.at).await?;
        let outcomes = reader
            .outcomes_of_connections(organization, &ids, first_hour(self.at))
            .await?;
        let by_id = items.iter_mut().map(|it| (it.connection.id, it));
        let mut by_id: HashMap<Id, &mut ConnectionHealth> = by_id.collect();
        for (id, outcome, requests) in outcomes {
            if let Some(health) = by_id.get_mut(&id) {
                *health.outcomes.entry(outcome.name()).or_default() += requests;
            }
        }
        Ok(Rows {
            items,
            next: rows.next,
        })
    }
}

/// The health of all connections of an organization, without the outcomes.
pub(super) struct AllHealth {
    pub(super) organization: Id,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for AllHealth {
    type Output = Vec<ConnectionHealth>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let connections = all(reader, self.organization).await?;
        health_of(reader, self.organization, connections, self.at).await
    }
}

/// Judges some connections, in their order.
pub(super) async fn health_of(
    reader: &mut dyn Reader,
    organization: Id,
    connections: Vec<Connection>,
    at: Timestamp,
) -> Result<Vec<ConnectionHealth>> {
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = connections.iter().map(|it| it.id).collect();
    let activity = reader.activity_of_connections(organization, &ids).await?;
    let mut activity: HashMap<_, _> = activity.into_iter().collect();
    let mut credentials = HashMap::<_, Vec<Credential>>::new();
    for credential in reader.credentials_of_connections(organization, &ids).await? {
        credentials
            .entry(credential.connection)
            .or_default()
            .push(credential);
    }
    let judged = connections.into_iter().map(|connection| {
        let id = connection.id;
        let activity = activity.remove(&id).unwrap_or_default();
        let credentials = credentials.remove(&id).unwrap_or_default();
        ConnectionHealth::of(connection, activity, &credentials, at)
    });
    Ok(judged.collect())
}
