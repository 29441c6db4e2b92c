//! Statements on `organizations`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found, found_value};
use crate::{
    error::Result,
    id::Id,
    organization::Organization,
    platform::Timestamp,
    store::{
        Deleted,
        rows::{OrganizationCounters, OrganizationRow, OrganizationUpdate},
        schema::organizations,
    },
};

pub(super) async fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Organization>> {
    let query = organizations::table
        .filter(organizations::id.eq(id))
        .filter(organizations::deleted_at.is_null())
        .select(OrganizationRow::as_select());
    found(query.get_result(conn).await)
}

/// The organization, deleted or not, which no other writer changes until the end of the transaction.
pub(in super::super) async fn lock(conn: &mut Conn, id: Id) -> Result<Option<Organization>> {
    let query = organizations::table
        .filter(organizations::id.eq(id))
        .select(OrganizationRow::as_select());
    found(locked!(query).get_result(conn).await)
}

pub(super) async fn id_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Id>> {
    let query = organizations::table
        .filter(organizations::slug.eq(slug))
        .filter(organizations::deleted_at.is_null())
        .select(organizations::id);
    found_value(query.get_result(conn).await)
}

pub(super) async fn page(
    conn: &mut Conn,
    after: Option<Id>,
    limit: i64,
    deleted: Deleted,
) -> Result<Vec<Organization>> {
    let mut query = organizations::table
        .select(OrganizationRow::as_select())
        .order(organizations::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(organizations::id.gt(after));
    }
    query = match deleted {
        Deleted::Hidden => query.filter(organizations::deleted_at.is_null()),
        Deleted::Included => query,
        Deleted::Only => query.filter(organizations::deleted_at.is_not_null()),
    };
    all(query.load(conn).await)
}

pub(super) async fn revision(conn: &mut Conn, id: Id) -> Result<Option<i64>> {
    let query = organizations::table
        .filter(organizations::id.eq(id))
        .select(organizations::revision);
    found_value(query.get_result(conn).await)
}

pub(super) async fn revisions(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<(Id, i64)>> {
    let mut query = organizations::table
        .select((organizations::id, organizations::revision))
        .order(organizations::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(organizations::id.gt(after));
    }
    query.load(conn).await.map_err(classify)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, organization: &Organization) -> Result<()> {
    let row = OrganizationRow::try_from(organization)?;
    pipeline.push(
        "insert organization",
        diesel::insert_into(organizations::table).values(row),
    );
    Ok(())
}

pub(super) fn set_deleted(pipeline: &mut Pipeline<'_>, id: Id, at: Option<Timestamp>) {
    let target = organizations::table.filter(organizations::id.eq(id));
    pipeline.push(
        "delete or undelete organization",
        diesel::update(target).set(organizations::deleted_at.eq(at)),
    );
}

/// Writes what differs.
pub(in super::super) fn update(
    pipeline: &mut Pipeline<'_>,
    before: &Organization,
    after: &Organization,
) -> Result<()> {
    let target = organizations::table.filter(organizations::id.eq(after.id));
    pipeline.push(
        "update organization's counters",
        diesel::update(target).set(OrganizationCounters::from(after)),
    );
    let only_counters = Organization {
        revision: after.revision,
        user_count: after.user_count,
        group_count: after.group_count,
        active_user_count: after.active_user_count,
        break_glass_count: after.break_glass_count,
        ..before.clone()
    };
    if only_counters != *after {
        pipeline.push(
            "update organization",
            diesel::update(target).set(OrganizationUpdate::try_from(after)?),
        );
    }
    Ok(())
}
