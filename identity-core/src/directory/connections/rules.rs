//! Finding connections, and how many there may be.

use crate::{
    connection::Connection,
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::Limit,
    store::Reader,
    text::fold,
};

/// Connections that are read at a time.
const BATCH: i64 = 1000;

/// All connections of an organization, in order of creation. The policy keeps them few.
pub(super) async fn all(reader: &mut dyn Reader, organization: Id) -> Result<Vec<Connection>> {
    let mut connections = Vec::new();
    let mut after = None;
    loop {
        let batch = reader.connections(organization, after, BATCH).await?;
        after = batch.last().map(|last| last.id);
        connections.extend(batch);
        if after.is_none() || connections.len() % usize::try_from(BATCH).unwrap_or(usize::MAX) != 0 {
            return Ok(connections);
        }
    }
}

/// The connection with this id or, without case, this name.
pub(in crate::directory) async fn find(
    reader: &mut dyn Reader,
    organization: Id,
    name: &str,
) -> Result<Option<Connection>> {
    if let Some(id) = Id::parse(name) {
        return reader.connection(organization, id).await;
    }
    Ok(named(all(reader, organization).await?, name))
}

/// The one with this name, without case.
pub(super) fn named(connections: Vec<Connection>, name: &str) -> Option<Connection> {
    let key = fold(name);
    connections
        .into_iter()
        .find(|connection| fold(&connection.name) == key)
}

/// A connection that exists.
pub(super) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<Connection> {
    let connection = reader.connection(organization, id).await?;
    connection.ok_or_else(|| Error::not_found(Resource::Connection, id))
}

/// Refuses one connection more than the policy allows.
pub(super) fn refuse_one_too_many(existing: usize, maximum: Limit) -> Result<()> {
    let fits = |maximum| u32::try_from(existing).is_ok_and(|existing| existing < maximum);
    if maximum.number().is_none_or(fits) {
        return Ok(());
    }
    Err(Error::RuleBroken(Rule::PolicyForbids("connections.max")))
}

/// Refuses a name that another connection has.
pub(super) fn refuse_taken_name(connections: Vec<Connection>, wanted: &Connection) -> Result<()> {
    match named(connections, &wanted.name) {
        Some(other) if other.id != wanted.id => Err(Error::AlreadyExists {
            resource: Resource::Connection,
            field: "name",
        }),
        _ => Ok(()),
    }
}
