//! Lookups in `groups`.

use diesel::{
    dsl::{count_star, sql},
    expression::SqlLiteral,
    prelude::*,
    sql_types::Text,
};

use super::{Conn, RunQueryDsl, found, found_value};
use crate::{
    error::Result,
    group::Group,
    id::Id,
    store::{rows::GroupRow, schema::groups},
};

/// The live groups of an organization.
#[diesel::dsl::auto_type]
pub(super) fn live(organization: Id) -> _ {
    groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(groups::deleted_at.is_null())
}

/// The groups of an organization, deleted ones included; a condition says which of those are seen.
#[diesel::dsl::auto_type]
pub(super) fn live_or_not(organization: Id) -> _ {
    groups::table.filter(groups::organization_id.eq(organization))
}

/// The groups that a connection made while `groups.sync` was off: rows that are deleted since they began.
#[diesel::dsl::auto_type]
fn out_of_sync(organization: Id, connection: Id) -> _ {
    groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(groups::managed_by.eq(connection))
        .filter(groups::deleted_at.eq(groups::created_at.nullable()))
}

pub(super) async fn out_of_sync_by_id(
    conn: &mut Conn,
    organization: Id,
    connection: Id,
    id: Id,
) -> Result<Option<Group>> {
    let query = out_of_sync(organization, connection)
        .filter(groups::id.eq(id))
        .select(GroupRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn out_of_sync_by_name(
    conn: &mut Conn,
    organization: Id,
    connection: Id,
    key: &str,
) -> Result<Option<Group>> {
    let query = out_of_sync(organization, connection)
        .filter(groups::display_name_key.eq(key))
        .order(groups::id)
        .select(GroupRow::as_select())
        .limit(1);
    found(query.get_result(conn).await)
}

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Group>> {
    let query = live(organization)
        .filter(groups::id.eq(id))
        .select(GroupRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn deleted(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Group>> {
    let query = live_or_not(organization)
        .filter(groups::id.eq(id))
        .filter(groups::deleted_at.gt(groups::created_at.nullable()))
        .select(GroupRow::as_select());
    found(query.get_result(conn).await)
}

/// The oldest, if there are several: ids grow with time.
pub(super) async fn id_by_name(conn: &mut Conn, organization: Id, key: &str) -> Result<Option<Id>> {
    let query = live(organization)
        .filter(groups::display_name_key.eq(key))
        .order(groups::id)
        .select(groups::id)
        .limit(1);
    found_value(query.get_result(conn).await)
}

/// [`crate::text::unique_name_key`] of the folded name.
pub(super) fn unique_name_key() -> SqlLiteral<Text> {
    sql("trim(display_name_key)")
}

pub(super) async fn duplicate_names(conn: &mut Conn, organization: Id) -> Result<bool> {
    let query = live(organization)
        .group_by(unique_name_key())
        .having(count_star().gt(1))
        .select(unique_name_key())
        .limit(1);
    Ok(found_value(query.get_result::<String>(conn).await)?.is_some())
}

pub(super) async fn other_by_external_id(
    conn: &mut Conn,
    organization: Id,
    connection: Option<Id>,
    external_id: &str,
    group: Id,
) -> Result<Option<Id>> {
    let query = live(organization)
        .filter(groups::external_id.eq(external_id))
        .filter(groups::id.ne(group))
        .order(groups::id)
        .select(groups::id)
        .limit(1);
    found_value(if let Some(connection) = connection {
        query
            .filter(groups::managed_by.eq(connection))
            .get_result(conn)
            .await
    } else {
        query.filter(groups::managed_by.is_null()).get_result(conn).await
    })
}
