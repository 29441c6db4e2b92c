//! Rows of `service_accounts`.

use diesel::prelude::*;

use super::space_separated::{read_ids, read_scopes, write_ids, write_scopes};
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    service_account::ServiceAccount,
    store::schema::service_accounts,
    text::fold,
};

/// Columns of a service account that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = service_accounts)]
pub(in crate::store) struct ServiceAccountRow {
    organization_id: Id,
    id: Id,
    name: String,
    description: String,
    scopes: String,
    projects: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<ServiceAccountRow> for ServiceAccount {
    type Error = Error;

    fn try_from(row: ServiceAccountRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            description: row.description,
            scopes: read_scopes(&row.scopes)?,
            projects: read_ids(&row.projects)?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = service_accounts, treat_none_as_default_value = false)]
pub(in crate::store) struct NewServiceAccount {
    organization_id: Id,
    id: Id,
    created_at: Timestamp,
    #[diesel(embed)]
    rest: ServiceAccountUpdate,
}

impl From<&ServiceAccount> for NewServiceAccount {
    fn from(account: &ServiceAccount) -> Self {
        Self {
            organization_id: account.organization_id,
            id: account.id,
            created_at: account.created_at,
            rest: account.into(),
        }
    }
}

/// All that a change of a service account can change.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = service_accounts, treat_none_as_default_value = false)]
pub(in crate::store) struct ServiceAccountUpdate {
    name: String,
    name_key: String,
    description: String,
    scopes: String,
    projects: String,
    version: i64,
    updated_at: Timestamp,
}

impl From<&ServiceAccount> for ServiceAccountUpdate {
    fn from(account: &ServiceAccount) -> Self {
        Self {
            name: account.name.clone(),
            name_key: fold(&account.name),
            description: account.description.clone(),
            scopes: write_scopes(&account.scopes),
            projects: write_ids(&account.projects),
            version: account.version,
            updated_at: account.updated_at,
        }
    }
}
