//! Rows of `groups`.

use diesel::prelude::*;

use super::{from_json, names::Named, to_json};
use crate::{
    error::{Error, Result},
    group::Group,
    id::Id,
    platform::Timestamp,
    search::SearchKeys,
    store::{UniqueName, schema::groups, types::Json},
    text::{fold, unique_name_key},
};

/// Columns of a group that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = groups)]
pub(in crate::store) struct GroupRow {
    organization_id: Id,
    id: Id,
    version: i64,
    display_name: String,
    external_id: Option<String>,
    managed_by: Option<Id>,
    member_count: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
    extensions: String,
    kind: String,
}

impl TryFrom<GroupRow> for Group {
    type Error = Error;

    fn try_from(row: GroupRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            version: row.version,
            display_name: row.display_name,
            external_id: row.external_id,
            extensions: from_json(&row.extensions)?,
            member_count: row.member_count,
            managed_by: row.managed_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            kind: Named::read(&row.kind)?,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = groups, treat_none_as_default_value = false)]
pub(in crate::store) struct NewGroup {
    organization_id: Id,
    id: Id,
    created_at: Timestamp,
    kind: &'static str,
    #[diesel(embed)]
    rest: GroupUpdate,
}

impl NewGroup {
    pub(in crate::store) fn new(group: &Group, keys: &SearchKeys, unique: UniqueName) -> Result<Self> {
        Ok(Self {
            organization_id: group.organization_id,
            id: group.id,
            created_at: group.created_at,
            kind: group.kind.stored(),
            rest: GroupUpdate::new(group, keys, unique)?,
        })
    }
}

/// All that a change of a group can change.
#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = groups,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct GroupUpdate {
    version: i64,
    display_name: String,
    display_name_key: String,
    unique_name_key: Option<String>,
    external_id: Option<String>,
    managed_by: Option<Id>,
    member_count: i64,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
    extensions: String,
    keys: Json,
}

impl GroupUpdate {
    pub(in crate::store) fn new(group: &Group, keys: &SearchKeys, unique: UniqueName) -> Result<Self> {
        let display_name_key = fold(&group.display_name);
        Ok(Self {
            version: group.version,
            display_name: group.display_name.clone(),
            unique_name_key: match unique {
                UniqueName::Enforced => Some(unique_name_key(&display_name_key).to_owned()),
                UniqueName::Free => None,
            },
            display_name_key,
            external_id: group.external_id.clone(),
            managed_by: group.managed_by,
            member_count: group.member_count,
            updated_at: group.updated_at,
            deleted_at: group.deleted_at,
            extensions: to_json(&group.extensions)?,
            keys: Json(to_json(&keys.0)?),
        })
    }
}
