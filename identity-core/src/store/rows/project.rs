//! Rows of `projects`.

use diesel::prelude::*;

use super::names::Named;
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    project::Project,
    store::schema::projects,
    text::fold,
};

/// Columns of a project that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = projects)]
pub(in crate::store) struct ProjectRow {
    organization_id: Id,
    id: Id,
    version: i64,
    name: String,
    kind: String,
    status: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl TryFrom<ProjectRow> for Project {
    type Error = Error;

    fn try_from(row: ProjectRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            version: row.version,
            name: row.name,
            kind: Named::read(&row.kind)?,
            status: Named::read(&row.status)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = projects, treat_none_as_default_value = false)]
pub(in crate::store) struct NewProject {
    organization_id: Id,
    id: Id,
    kind: &'static str,
    created_at: Timestamp,
    #[diesel(embed)]
    rest: ProjectUpdate,
}

impl From<&Project> for NewProject {
    fn from(project: &Project) -> Self {
        Self {
            organization_id: project.organization_id,
            id: project.id,
            kind: project.kind.stored(),
            created_at: project.created_at,
            rest: project.into(),
        }
    }
}

/// All that a change of a project can change.
#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = projects,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct ProjectUpdate {
    version: i64,
    name: String,
    name_key: String,
    status: &'static str,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl From<&Project> for ProjectUpdate {
    fn from(project: &Project) -> Self {
        Self {
            version: project.version,
            name: project.name.clone(),
            name_key: fold(&project.name),
            status: project.status.stored(),
            updated_at: project.updated_at,
            deleted_at: project.deleted_at,
        }
    }
}
