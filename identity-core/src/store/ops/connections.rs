//! Statements on `connections`, and on what they manage.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found};
use crate::{
    connection::Connection,
    error::Result,
    id::{Id, Key},
    platform::Timestamp,
    store::{
        rows::{ConnectionRow, ConnectionUpdate, NewConnection},
        schema::{connections, former_secrets, groups, tokens, users},
    },
};

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Connection>> {
    let query = connections::table
        .find((organization, id))
        .select(ConnectionRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Connection>> {
    let mut query = connections::table
        .filter(connections::organization_id.eq(organization))
        .order(connections::id)
        .limit(limit)
        .select(ConnectionRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(connections::id.gt(after));
    }
    all(query.load(conn).await)
}

pub(super) async fn managed_counts(conn: &mut Conn, organization: Id, connection: Id) -> Result<(i64, i64)> {
    let managed_users = super::users::live(organization)
        .filter(users::managed_by.eq(connection))
        .filter(users::active)
        .count();
    let managed_groups = super::groups::live(organization)
        .filter(groups::managed_by.eq(connection))
        .count();
    let active_users = managed_users.get_result(conn).await.map_err(classify)?;
    let groups = managed_groups.get_result(conn).await.map_err(classify)?;
    Ok((active_users, groups))
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, connection: &Connection) -> Result<()> {
    let row = NewConnection::try_from(connection)?;
    pipeline.push(
        "insert connection",
        diesel::insert_into(connections::table).values(row),
    );
    Ok(())
}

pub(super) fn update(pipeline: &mut Pipeline<'_>, connection: &Connection) -> Result<()> {
    let target = connections::table.find((connection.organization_id, connection.id));
    pipeline.push(
        "update connection",
        diesel::update(target).set(ConnectionUpdate::try_from(connection)?),
    );
    Ok(())
}

/// Notes when its provisioning client asked which roles there are. One that was noted later may have happened earlier.
pub(in super::super) fn note_role_reads(pipeline: &mut Pipeline<'_>, reads: &[(Id, Id, Timestamp)]) {
    for &(organization, id, at) in reads {
        let earlier = connections::roles_read_at
            .is_null()
            .or(connections::roles_read_at.lt(at));
        let target = connections::table
            .filter(connections::organization_id.eq(organization))
            .filter(connections::id.eq(id))
            .filter(earlier);
        pipeline.push(
            "note that roles were read",
            diesel::update(target).set(connections::roles_read_at.eq(at)),
        );
    }
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, Key { organization, id }: Key) {
    let its_tokens = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .filter(tokens::connection_id.eq(id));
    let former_secrets_of_them = former_secrets::table
        .filter(former_secrets::organization_id.eq(organization))
        .filter(former_secrets::token_id.eq_any(its_tokens.select(tokens::id)));
    pipeline.push(
        "delete former secrets of connection",
        diesel::delete(former_secrets_of_them),
    );
    pipeline.push("delete tokens of connection", diesel::delete(its_tokens));
    super::connection_health::delete(pipeline, organization, id);
    pipeline.push(
        "delete connection",
        diesel::delete(connections::table.find((organization, id))),
    );
}
