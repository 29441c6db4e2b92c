//! Rows of `role_grants`.

use diesel::prelude::*;
use uuid::Uuid;

use super::names::Named;
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    role::{Grant, GrantKey, RoleScope},
    store::schema::role_grants,
};

/// The project id of a role in the organization itself.
pub(in crate::store) const ORGANIZATION_ITSELF: Id = Id(Uuid::nil());

/// The project id of a scope.
pub(in crate::store) fn project_of(scope: RoleScope) -> Id {
    match scope {
        RoleScope::Organization => ORGANIZATION_ITSELF,
        RoleScope::Project(project) => project,
    }
}

/// The scope that a project id stands for.
pub(in crate::store) fn scope_of(project: Id) -> RoleScope {
    if project == ORGANIZATION_ITSELF {
        RoleScope::Organization
    } else {
        RoleScope::Project(project)
    }
}

/// Columns of a grant that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = role_grants)]
pub(in crate::store) struct GrantRow {
    organization_id: Id,
    principal_id: Id,
    principal_kind: String,
    project_id: Id,
    role: String,
    source: String,
    connection_id: Option<Id>,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl TryFrom<GrantRow> for Grant {
    type Error = Error;

    fn try_from(row: GrantRow) -> Result<Self> {
        Ok(Self {
            key: GrantKey {
                organization_id: row.organization_id,
                principal_id: row.principal_id,
                scope: scope_of(row.project_id),
                role: row.role,
                source: Named::read(&row.source)?,
            },
            principal_kind: Named::read(&row.principal_kind)?,
            connection_id: row.connection_id,
            expires_at: row.expires_at,
            created_at: row.created_at,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = role_grants, treat_none_as_default_value = false)]
pub(in crate::store) struct NewGrant {
    organization_id: Id,
    principal_id: Id,
    principal_kind: &'static str,
    project_id: Id,
    role: String,
    source: &'static str,
    connection_id: Option<Id>,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<Grant> for NewGrant {
    fn from(grant: Grant) -> Self {
        Self {
            organization_id: grant.key.organization_id,
            principal_id: grant.key.principal_id,
            principal_kind: grant.principal_kind.stored(),
            project_id: project_of(grant.key.scope),
            role: grant.key.role,
            source: grant.key.source.stored(),
            connection_id: grant.connection_id,
            expires_at: grant.expires_at,
            created_at: grant.created_at,
        }
    }
}
