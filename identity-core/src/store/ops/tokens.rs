//! Statements on `tokens`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Flight, all, found};
use crate::{
    connection::Connection,
    error::Result,
    id::Id,
    platform::Timestamp,
    store::{
        Authentication,
        failure::classify,
        rows::{ConnectionRow, NewToken, TokenRow, TokenUpdate, names::Named},
        schema::{connections, organizations, tokens},
    },
    token::Token,
};

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Token>> {
    let query = tokens::table
        .find((organization, id))
        .select(TokenRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn authentication(
    conn: &mut Conn,
    organization: Id,
    digest: &[u8; 32],
) -> Result<Option<Authentication>> {
    let connection = connections::organization_id
        .eq(tokens::organization_id)
        .and(connections::id.nullable().eq(tokens::connection_id));
    let query = tokens::table
        .inner_join(organizations::table.on(organizations::id.eq(tokens::organization_id)))
        .left_join(connections::table.on(connection))
        .filter(tokens::organization_id.eq(organization))
        .filter(tokens::digest.eq(&digest[..]))
        .select((
            TokenRow::as_select(),
            Option::<ConnectionRow>::as_select(),
            organizations::status,
        ));
    let row: Option<(TokenRow, Option<ConnectionRow>, String)> =
        query.get_result(conn).await.optional().map_err(classify)?;
    let Some((token, connection, status)) = row else {
        return Ok(None);
    };
    Ok(Some(Authentication {
        token: token.try_into()?,
        connection: connection.map(Connection::try_from).transpose()?,
        organization_status: Named::read(&status)?,
    }))
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    connection: Option<Id>,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Token>> {
    let mut query = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .order(tokens::id)
        .limit(limit)
        .select(TokenRow::as_select())
        .into_boxed();
    if let Some(connection) = connection {
        query = query.filter(tokens::connection_id.eq(connection));
    }
    if let Some(after) = after {
        query = query.filter(tokens::id.gt(after));
    }
    all(query.load(conn).await)
}

pub(super) fn insert(flight: &mut Flight<'_>, token: &Token) {
    let row = NewToken::from(token);
    flight.push("insert token", diesel::insert_into(tokens::table).values(row));
}

pub(super) fn update(flight: &mut Flight<'_>, token: &Token) {
    let target = tokens::table.find((token.organization_id, token.id));
    flight.push(
        "update token",
        diesel::update(target).set(TokenUpdate::from(token)),
    );
}

/// Notes uses. One that was noted later may have happened earlier, so the time only moves on.
pub(in super::super) fn touch(flight: &mut Flight<'_>, uses: &[(Id, Id, Timestamp)]) {
    for &(organization, id, at) in uses {
        let earlier = tokens::last_used_at.is_null().or(tokens::last_used_at.lt(at));
        let target = tokens::table
            .filter(tokens::organization_id.eq(organization))
            .filter(tokens::id.eq(id))
            .filter(earlier);
        flight.push(
            "note use of token",
            diesel::update(target).set(tokens::last_used_at.eq(at)),
        );
    }
}

pub(super) fn delete(flight: &mut Flight<'_>, organization: Id, id: Id) {
    flight.push(
        "delete token",
        diesel::delete(tokens::table.find((organization, id))),
    );
}
