//! Rows of `group_members`, as a reader sees them.

use diesel::prelude::*;

use super::names::Named;
use crate::{
    error::{Error, Result},
    group::Member,
    id::Id,
};

/// A membership with the names of the user or group that it is about.
#[derive(Queryable)]
pub(in crate::store) struct MemberRow {
    id: Id,
    kind: String,
    source: String,
    user_display_name: Option<String>,
    user_name: Option<String>,
    group_display_name: Option<String>,
}

impl TryFrom<MemberRow> for Member {
    type Error = Error;

    fn try_from(row: MemberRow) -> Result<Self> {
        let display_name = row
            .group_display_name
            .or(row.user_display_name)
            .or(row.user_name)
            .unwrap_or_default();
        Ok(Self {
            id: row.id,
            kind: Named::read(&row.kind)?,
            display_name,
            source: Named::read(&row.source)?,
        })
    }
}
