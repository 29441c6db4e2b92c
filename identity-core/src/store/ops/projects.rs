//! Statements on `projects`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found, found_value, grants};
use crate::{
    error::Result,
    id::Id,
    project::Project,
    store::{
        rows::{NewProject, ProjectRow, ProjectUpdate},
        schema::projects,
        sql::IdIn,
    },
};

/// The live projects of an organization.
#[diesel::dsl::auto_type]
fn live(organization: Id) -> _ {
    projects::table
        .filter(projects::organization_id.eq(organization))
        .filter(projects::deleted_at.is_null())
}

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Project>> {
    let query = live(organization)
        .filter(projects::id.eq(id))
        .select(ProjectRow::as_select());
    found(query.get_result(conn).await)
}

/// Deleted ones too.
pub(super) async fn known(conn: &mut Conn, organization: Id, ids: &[Id]) -> Result<Vec<Project>> {
    let query = projects::table
        .filter(projects::organization_id.eq(organization))
        .filter(IdIn::new(projects::id, ids))
        .order(projects::id)
        .select(ProjectRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn id_by_name(conn: &mut Conn, organization: Id, key: &str) -> Result<Option<Id>> {
    let query = live(organization)
        .filter(projects::name_key.eq(key))
        .select(projects::id);
    found_value(query.get_result(conn).await)
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Project>> {
    let mut query = live(organization)
        .order(projects::id)
        .limit(limit)
        .select(ProjectRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(projects::id.gt(after));
    }
    all(query.load(conn).await)
}

pub(super) async fn count(conn: &mut Conn, organization: Id) -> Result<i64> {
    let query = live(organization).count();
    query.get_result(conn).await.map_err(classify)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, project: &Project) {
    let row = NewProject::from(project);
    pipeline.push("insert project", diesel::insert_into(projects::table).values(row));
}

/// A deleted one takes all roles that are held in it along.
pub(super) fn update(pipeline: &mut Pipeline<'_>, project: &Project) {
    let target = projects::table.find((project.organization_id, project.id));
    pipeline.push(
        "update project",
        diesel::update(target).set(ProjectUpdate::from(project)),
    );
    if project.deleted_at.is_some() {
        grants::delete_in(pipeline, project.organization_id, project.id);
    }
}
