//! Reading connections.

use async_trait::async_trait;

use super::rules;
use crate::{
    connection::Connection,
    directory::paging::Rows,
    error::Result,
    id::Id,
    store::{Cost, Query, Reader},
};

/// One connection, by id or name.
pub(super) struct GetConnection {
    pub(super) organization: Id,
    pub(super) name: String,
}

#[async_trait]
impl Query for GetConnection {
    type Output = Option<Connection>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        rules::find(reader, self.organization, &self.name).await
    }
}

/// A page of connections.
pub(super) struct ListConnections {
    pub(super) organization: Id,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListConnections {
    type Output = Rows<Connection, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let connections = reader
            .connections(self.organization, self.after, self.size + 1)
            .await?;
        Rows::cut(connections, self.size, |connection| Ok(connection.id))
    }
}
