//! Rows of `roles`.

use diesel::prelude::*;

use super::names::Named;
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    role::{CustomRole, Permissions},
    store::schema::roles,
    text::fold,
};

/// Columns of a role that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = roles)]
pub(in crate::store) struct RoleRow {
    organization_id: Id,
    id: Id,
    version: i64,
    name: String,
    kind: String,
    group_id: Option<Id>,
    permissions: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl TryFrom<RoleRow> for CustomRole {
    type Error = Error;

    fn try_from(row: RoleRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            version: row.version,
            name: row.name,
            kind: Named::read(&row.kind)?,
            group_id: row.group_id,
            permissions: row.permissions.split_whitespace().collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = roles, treat_none_as_default_value = false)]
pub(in crate::store) struct NewRole {
    organization_id: Id,
    id: Id,
    kind: &'static str,
    group_id: Option<Id>,
    created_at: Timestamp,
    #[diesel(embed)]
    rest: RoleUpdate,
}

impl From<&CustomRole> for NewRole {
    fn from(role: &CustomRole) -> Self {
        Self {
            organization_id: role.organization_id,
            id: role.id,
            kind: role.kind.stored(),
            group_id: role.group_id,
            created_at: role.created_at,
            rest: role.into(),
        }
    }
}

/// All that a change of a role can change.
#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = roles,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct RoleUpdate {
    version: i64,
    name: String,
    name_key: String,
    permissions: String,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl From<&CustomRole> for RoleUpdate {
    fn from(role: &CustomRole) -> Self {
        Self {
            version: role.version,
            name: role.name.clone(),
            name_key: fold(&role.name),
            permissions: written(&role.permissions),
            updated_at: role.updated_at,
            deleted_at: role.deleted_at,
        }
    }
}

fn written(permissions: &Permissions) -> String {
    permissions.names().collect::<Vec<_>>().join(" ")
}
