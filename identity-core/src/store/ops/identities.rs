//! Statements on `user_identities`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, found_value};
use crate::{
    error::Result,
    id::Id,
    identity::Identity,
    store::{rows::IdentityRow, schema::user_identities},
};

pub(super) async fn user_id(
    conn: &mut Conn,
    organization: Id,
    issuer: &str,
    subject: &str,
) -> Result<Option<Id>> {
    let query = user_identities::table
        .find((organization, issuer, subject))
        .select(user_identities::user_id);
    found_value(query.get_result(conn).await)
}

pub(super) async fn of_user(conn: &mut Conn, organization: Id, user: Id) -> Result<Vec<Identity>> {
    let query = user_identities::table
        .filter(user_identities::organization_id.eq(organization))
        .filter(user_identities::user_id.eq(user))
        .order((user_identities::issuer, user_identities::subject))
        .select(IdentityRow::as_select());
    all(query.load(conn).await)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, identity: Identity) {
    pipeline.push(
        "insert identity",
        diesel::insert_into(user_identities::table).values(IdentityRow::from(identity)),
    );
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, organization: Id, issuer: String, subject: String) {
    let target = user_identities::table.find((organization, issuer, subject));
    pipeline.push("delete identity", diesel::delete(target));
}

pub(super) fn delete_all(pipeline: &mut Pipeline<'_>, organization: Id, user: Id) {
    let target = user_identities::table
        .filter(user_identities::organization_id.eq(organization))
        .filter(user_identities::user_id.eq(user));
    pipeline.push("delete identities", diesel::delete(target));
}
