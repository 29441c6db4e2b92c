//! Rows of `users` and `user_emails`.

use diesel::prelude::*;

use super::{from_json, to_json};
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    search::SearchKeys,
    store::{
        schema::{user_emails, users},
        types::Json,
    },
    text::fold,
    user::User,
};

/// Columns of a user that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(in crate::store) struct UserRow {
    organization_id: Id,
    id: Id,
    version: i64,
    user_name: String,
    external_id: Option<String>,
    active: bool,
    organization_role: Option<String>,
    managed_by: Option<Id>,
    predecessor_id: Option<Id>,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
    profile: String,
    break_glass: bool,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            version: row.version,
            user_name: row.user_name,
            external_id: row.external_id,
            active: row.active,
            organization_role: row.organization_role,
            managed_by: row.managed_by,
            break_glass: row.break_glass,
            predecessor_id: row.predecessor_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            profile: from_json(&row.profile)?,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(in crate::store) struct NewUser {
    organization_id: Id,
    id: Id,
    created_at: Timestamp,
    #[diesel(embed)]
    hot: UserUpdate,
    #[diesel(embed)]
    document: UserDocument,
}

impl NewUser {
    pub(in crate::store) fn new(user: &User, keys: &SearchKeys) -> Result<Self> {
        Ok(Self {
            organization_id: user.organization_id,
            id: user.id,
            created_at: user.created_at,
            hot: UserUpdate::new(user),
            document: UserDocument::new(user, keys)?,
        })
    }
}

/// Columns that every change of a user changes.
#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = users,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct UserDocument {
    version: i64,
    updated_at: Timestamp,
    profile: String,
    keys: Json,
}

impl UserDocument {
    pub(in crate::store) fn new(user: &User, keys: &SearchKeys) -> Result<Self> {
        Ok(Self {
            version: user.version,
            updated_at: user.updated_at,
            profile: to_json(&user.profile)?,
            keys: Json(to_json(&keys.0)?),
        })
    }
}

/// The columns under indexes and what else seldom changes. A change that leaves them alone leaves six indexes alone.
#[derive(Insertable, AsChangeset, PartialEq, Eq)]
#[diesel(
    table_name = users,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct UserUpdate {
    user_name: String,
    user_name_key: String,
    external_id: Option<String>,
    display_name: Option<String>,
    display_name_key: Option<String>,
    active: bool,
    organization_role: Option<String>,
    managed_by: Option<Id>,
    predecessor_id: Option<Id>,
    deleted_at: Option<Timestamp>,
    break_glass: bool,
}

impl UserUpdate {
    pub(in crate::store) fn new(user: &User) -> Self {
        Self {
            user_name: user.user_name.clone(),
            user_name_key: fold(&user.user_name),
            external_id: user.external_id.clone(),
            display_name: user.profile.display_name.clone(),
            display_name_key: user.profile.display_name.as_deref().map(fold),
            active: user.active,
            organization_role: user.organization_role.clone(),
            managed_by: user.managed_by,
            predecessor_id: user.predecessor_id,
            deleted_at: user.deleted_at,
            break_glass: user.break_glass,
        }
    }
}

/// An e-mail address under its index.
#[derive(Clone, Insertable, PartialEq, Eq)]
#[diesel(table_name = user_emails, treat_none_as_default_value = false)]
pub(in crate::store) struct EmailRow {
    organization_id: Id,
    user_id: Id,
    pub(in crate::store) position: i32,
    value_key: String,
    type_key: Option<String>,
    is_primary: bool,
}

/// The e-mail rows of a user; a deleted one has none.
pub(in crate::store) fn email_rows(user: &User) -> Vec<EmailRow> {
    if user.deleted_at.is_some() {
        return Vec::new();
    }
    (0..)
        .zip(&user.profile.emails)
        .map(|(position, email)| EmailRow {
            organization_id: user.organization_id,
            user_id: user.id,
            position,
            value_key: fold(&email.value),
            type_key: email.kind.as_deref().map(fold),
            is_primary: email.primary,
        })
        .collect()
}
