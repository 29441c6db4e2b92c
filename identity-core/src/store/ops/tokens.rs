//! Statements on `tokens`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found, found_value};
use crate::{
    connection::Connection,
    error::Result,
    id::{Id, Key},
    platform::Timestamp,
    store::{
        Authentication,
        rows::{ConnectionRow, NewToken, TokenRow, TokenUpdate, names::Named},
        schema::{connections, former_secrets, organizations, tokens},
    },
    token::Token,
};

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Token>> {
    let query = tokens::table
        .find((organization, id))
        .select(TokenRow::as_select());
    found(query.get_result(conn).await)
}

/// Reads what authentication needs of the token that meets a condition, in one statement.
macro_rules! authentication {
    ($conn:expr, $condition:expr) => {{
        let connection = connections::organization_id
            .eq(tokens::organization_id)
            .and(connections::id.nullable().eq(tokens::connection_id));
        let query = tokens::table
            .inner_join(organizations::table.on(organizations::id.eq(tokens::organization_id)))
            .left_join(connections::table.on(connection))
            .filter(organizations::deleted_at.is_null())
            .filter($condition)
            .select((
                TokenRow::as_select(),
                Option::<ConnectionRow>::as_select(),
                organizations::status,
            ));
        let row: Option<(TokenRow, Option<ConnectionRow>, String)> =
            query.get_result($conn).await.optional().map_err(classify)?;
        row.map(authentication_of_row).transpose()
    }};
}

pub(super) async fn authentication(
    conn: &mut Conn,
    organization: Id,
    digest: &[u8; 32],
) -> Result<Option<Authentication>> {
    let of_digest = tokens::digest.eq(&digest[..]);
    authentication!(conn, tokens::organization_id.eq(organization).and(of_digest))
}

pub(super) async fn authentication_of(
    conn: &mut Conn,
    organization: Id,
    token: Id,
) -> Result<Option<Authentication>> {
    let of_id = tokens::id.eq(token);
    authentication!(conn, tokens::organization_id.eq(organization).and(of_id))
}

fn authentication_of_row(row: (TokenRow, Option<ConnectionRow>, String)) -> Result<Authentication> {
    let (token, connection, status) = row;
    Ok(Authentication {
        token: token.try_into()?,
        connection: connection.map(Connection::try_from).transpose()?,
        organization_status: Named::read(&status)?,
    })
}

pub(super) async fn former_secret(
    conn: &mut Conn,
    organization: Id,
    digest: &[u8; 32],
) -> Result<Option<(Id, Timestamp)>> {
    let query = former_secrets::table
        .find((organization, &digest[..]))
        .select((former_secrets::token_id, former_secrets::ends_at));
    found_value(query.get_result(conn).await)
}

pub(super) async fn of_owner(conn: &mut Conn, organization: Id, owner: Id) -> Result<Vec<Token>> {
    let query = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .filter(tokens::owner_id.eq(owner))
        .order(tokens::id)
        .select(TokenRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn count(conn: &mut Conn, organization: Id) -> Result<i64> {
    let query = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .count();
    query.get_result(conn).await.map_err(classify)
}

pub(super) async fn expiring(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<Vec<(Id, Id)>> {
    let query = tokens::table
        .inner_join(organizations::table.on(organizations::id.eq(tokens::organization_id)))
        .filter(organizations::deleted_at.is_null())
        .filter(tokens::expires_at.lt(before))
        .filter(tokens::expires_at.is_not_null())
        .filter(tokens::expiry_noted_at.is_null())
        .order((tokens::expires_at, tokens::organization_id, tokens::id))
        .limit(limit)
        .select((tokens::organization_id, tokens::id));
    query.load(conn).await.map_err(classify)
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

pub(super) fn insert(pipeline: &mut Pipeline<'_>, token: &Token) {
    let row = NewToken::from(token);
    pipeline.push("insert token", diesel::insert_into(tokens::table).values(row));
}

pub(super) fn update(pipeline: &mut Pipeline<'_>, token: &Token) {
    let target = tokens::table.find((token.organization_id, token.id));
    pipeline.push(
        "update token",
        diesel::update(target).set(TokenUpdate::from(token)),
    );
}

/// Notes uses. One that was noted later may have happened earlier, so the time only moves on.
pub(in super::super) fn touch(pipeline: &mut Pipeline<'_>, uses: &[(Id, Id, Timestamp)]) {
    for &(organization, id, at) in uses {
        let earlier = tokens::last_used_at.is_null().or(tokens::last_used_at.lt(at));
        let target = tokens::table
            .filter(tokens::organization_id.eq(organization))
            .filter(tokens::id.eq(id))
            .filter(earlier);
        pipeline.push(
            "note use of token",
            diesel::update(target).set(tokens::last_used_at.eq(at)),
        );
    }
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, key: Key) {
    delete_former(pipeline, key);
    pipeline.push(
        "delete token",
        diesel::delete(tokens::table.find((key.organization, key.id))),
    );
}

/// A secret that was replaced and holds a while longer.
pub(super) fn insert_former(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    token: Id,
    digest: &[u8; 32],
    ends_at: Timestamp,
) {
    let row = (
        former_secrets::organization_id.eq(organization),
        former_secrets::digest.eq(digest.to_vec()),
        former_secrets::token_id.eq(token),
        former_secrets::ends_at.eq(ends_at),
    );
    pipeline.push(
        "insert former secret",
        diesel::insert_into(former_secrets::table).values(row),
    );
}

pub(super) fn delete_former(pipeline: &mut Pipeline<'_>, token: Key) {
    let its_former = former_secrets::table
        .filter(former_secrets::organization_id.eq(token.organization))
        .filter(former_secrets::token_id.eq(token.id));
    pipeline.push("delete former secrets", diesel::delete(its_former));
}
