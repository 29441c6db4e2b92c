//! Columns of `users` and `groups` that adoption looks at.

use diesel::prelude::*;
use serde::Deserialize;

use super::from_json;
use crate::{
    error::{Error, Result},
    id::Id,
    store::{
        Unmanaged,
        schema::{groups, users},
    },
};

/// Of a user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(in crate::store) struct UnmanagedUserRow {
    id: Id,
    user_name: String,
    external_id: Option<String>,
    managed_by: Option<Id>,
    active: bool,
    break_glass: bool,
    profile: String,
}

/// The one part of a profile that matters.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Origin {
    bootstrap: bool,
}

impl TryFrom<UnmanagedUserRow> for Unmanaged {
    type Error = Error;

    fn try_from(row: UnmanagedUserRow) -> Result<Self> {
        let origin: Origin = from_json(&row.profile)?;
        Ok(Self {
            id: row.id,
            name: row.user_name,
            external_id: row.external_id,
            managed_by: row.managed_by,
            active: row.active,
            break_glass: row.break_glass,
            bootstrap: origin.bootstrap,
        })
    }
}

/// Of a group.
#[derive(Queryable, Selectable)]
#[diesel(table_name = groups)]
pub(in crate::store) struct UnmanagedGroupRow {
    id: Id,
    display_name: String,
    external_id: Option<String>,
    managed_by: Option<Id>,
}

impl From<UnmanagedGroupRow> for Unmanaged {
    fn from(row: UnmanagedGroupRow) -> Self {
        Self {
            id: row.id,
            name: row.display_name,
            external_id: row.external_id,
            managed_by: row.managed_by,
            active: true,
            break_glass: false,
            bootstrap: false,
        }
    }
}
