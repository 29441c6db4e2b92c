//! What adoption looks at of rows of `users` and `groups`.

use diesel::prelude::*;

use crate::{
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
}

impl From<UnmanagedUserRow> for Unmanaged {
    fn from(row: UnmanagedUserRow) -> Self {
        Self {
            id: row.id,
            name: row.user_name,
            external_id: row.external_id,
            managed_by: row.managed_by,
            active: row.active,
            break_glass: row.break_glass,
        }
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
        }
    }
}
