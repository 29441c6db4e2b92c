//! Statements on signing keys, revoked access tokens and used assertions.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found_value};
use crate::{
    error::Result,
    id::Id,
    platform::Timestamp,
    signing::SigningKey,
    store::{
        migrations::__diesel_schema_migrations,
        rows::{NewSigningKey, SigningKeyRow},
        schema::{deployment_secrets, revoked_access_tokens, signing_keys, used_assertions},
    },
};

pub(super) async fn signing_keys(conn: &mut Conn) -> Result<Vec<SigningKey>> {
    let query = signing_keys::table
        .order(signing_keys::id)
        .select(SigningKeyRow::as_select());
    all(query.load(conn).await)
}

/// The value of this name among those that belong to the database itself.
pub(super) async fn deployment_value(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    let query = deployment_secrets::table
        .filter(deployment_secrets::name.eq(name))
        .select(deployment_secrets::value);
    found_value(query.get_result(conn).await)
}

/// The names of the migrations that ran, oldest first.
pub(super) async fn applied_migrations(conn: &mut Conn) -> Result<Vec<String>> {
    let query = __diesel_schema_migrations::table
        .order(__diesel_schema_migrations::version)
        .select(__diesel_schema_migrations::version);
    query.load(conn).await.map_err(classify)
}

pub(super) fn insert_key(pipeline: &mut Pipeline<'_>, key: SigningKey) {
    pipeline.push(
        "insert signing key",
        diesel::insert_into(signing_keys::table).values(NewSigningKey::from(key)),
    );
}

pub(super) fn end_key(pipeline: &mut Pipeline<'_>, id: Id, at: Timestamp) {
    let target = signing_keys::table.filter(signing_keys::id.eq(id));
    pipeline.push(
        "end signing key",
        diesel::update(target).set(signing_keys::ends_at.eq(at)),
    );
}

pub(super) async fn is_revoked(conn: &mut Conn, organization: Id, id: Id) -> Result<bool> {
    let found = revoked_access_tokens::table.find((organization, id)).count();
    let count: i64 = found.get_result(conn).await.map_err(classify)?;
    Ok(count > 0)
}

/// Records that an access token was revoked, and drops the revocations of tokens that ended by themselves.
pub(super) fn revoke(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    id: Id,
    ends_at: Timestamp,
    now: Timestamp,
) {
    let ended = revoked_access_tokens::table
        .filter(revoked_access_tokens::organization_id.eq(organization))
        .filter(revoked_access_tokens::ends_at.le(now));
    pipeline.push("drop ended revocations", diesel::delete(ended));
    let row = (
        revoked_access_tokens::organization_id.eq(organization),
        revoked_access_tokens::id.eq(id),
        revoked_access_tokens::ends_at.eq(ends_at),
    );
    pipeline.push(
        "revoke access token",
        diesel::insert_into(revoked_access_tokens::table).values(row),
    );
}

pub(super) async fn is_used(conn: &mut Conn, organization: Id, digest: &[u8; 32]) -> Result<bool> {
    let found = used_assertions::table.find((organization, &digest[..])).count();
    let count: i64 = found.get_result(conn).await.map_err(classify)?;
    Ok(count > 0)
}

/// Records that an assertion was used, and drops the records of assertions that ended by themselves.
pub(super) fn use_assertion(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    digest: &[u8; 32],
    ends_at: Timestamp,
    now: Timestamp,
) {
    let ended = used_assertions::table
        .filter(used_assertions::organization_id.eq(organization))
        .filter(used_assertions::ends_at.le(now));
    pipeline.push("drop ended assertions", diesel::delete(ended));
    let row = (
        used_assertions::organization_id.eq(organization),
        used_assertions::digest.eq(digest.to_vec()),
        used_assertions::ends_at.eq(ends_at),
    );
    pipeline.push(
        "use assertion",
        diesel::insert_into(used_assertions::table).values(row),
    );
}
