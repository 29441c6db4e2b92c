//! Statements on `roles`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found, found_value, grants};
use crate::{
    error::Result,
    id::Id,
    role::{CustomRole, RoleKind},
    store::{
        rows::{NewRole, RoleRow, RoleUpdate, names::Named},
        schema::roles,
        sql::IdIn,
    },
};

/// The live custom roles of an organization.
#[diesel::dsl::auto_type]
fn live(organization: Id) -> _ {
    roles::table
        .filter(roles::organization_id.eq(organization))
        .filter(roles::deleted_at.is_null())
}

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<CustomRole>> {
    let query = live(organization)
        .filter(roles::id.eq(id))
        .select(RoleRow::as_select());
    found(query.get_result(conn).await)
}

/// Deleted ones too.
pub(super) async fn known(conn: &mut Conn, organization: Id, ids: &[Id]) -> Result<Vec<CustomRole>> {
    let query = roles::table
        .filter(roles::organization_id.eq(organization))
        .filter(IdIn::new(roles::id, ids))
        .order(roles::id)
        .select(RoleRow::as_select());
    all(query.load(conn).await)
}

/// Among those created manually.
pub(super) async fn id_by_name(
    conn: &mut Conn,
    organization: Id,
    kind: RoleKind,
    key: &str,
) -> Result<Option<Id>> {
    let query = live(organization)
        .filter(roles::kind.eq(kind.stored()))
        .filter(roles::name_key.eq(key))
        .filter(roles::group_id.is_null())
        .select(roles::id);
    found_value(query.get_result(conn).await)
}

pub(super) async fn of_group(conn: &mut Conn, organization: Id, group: Id) -> Result<Option<CustomRole>> {
    let query = live(organization)
        .filter(roles::group_id.eq(group))
        .select(RoleRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<CustomRole>> {
    let mut query = live(organization)
        .order(roles::id)
        .limit(limit)
        .select(RoleRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(roles::id.gt(after));
    }
    all(query.load(conn).await)
}

pub(super) async fn manually_created(conn: &mut Conn, organization: Id) -> Result<Vec<CustomRole>> {
    let query = live(organization)
        .filter(roles::group_id.is_null())
        .order(roles::id)
        .select(RoleRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn count(conn: &mut Conn, organization: Id) -> Result<i64> {
    let query = live(organization).filter(roles::group_id.is_null()).count();
    query.get_result(conn).await.map_err(classify)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, role: &CustomRole) {
    let row = NewRole::from(role);
    pipeline.push("insert role", diesel::insert_into(roles::table).values(row));
}

/// Nobody holds a deleted one.
pub(super) fn update(pipeline: &mut Pipeline<'_>, role: &CustomRole) {
    let target = roles::table.find((role.organization_id, role.id));
    pipeline.push("update role", diesel::update(target).set(RoleUpdate::from(role)));
    if role.deleted_at.is_some() {
        grants::delete_of_role(pipeline, role.organization_id, role.id);
    }
}
