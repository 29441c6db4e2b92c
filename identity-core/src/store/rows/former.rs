//! Rows of `former_access`.

use diesel::prelude::*;

use super::{from_json, to_json};
use crate::{
    error::{Error, Result},
    id::Id,
    store::{FormerAccess, schema::former_access},
};

/// A whole row.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = former_access, treat_none_as_default_value = false)]
pub(in crate::store) struct FormerAccessRow {
    organization_id: Id,
    user_id: Id,
    document: String,
}

impl FormerAccessRow {
    pub(in crate::store) fn new(organization_id: Id, user_id: Id, access: &FormerAccess) -> Result<Self> {
        Ok(Self {
            organization_id,
            user_id,
            document: to_json(access)?,
        })
    }
}

impl TryFrom<FormerAccessRow> for FormerAccess {
    type Error = Error;

    fn try_from(row: FormerAccessRow) -> Result<Self> {
        from_json(&row.document)
    }
}
