//! Removing a deleted organization for good.

use diesel::prelude::*;

use super::{Conn, RunQueryDsl, classify};
use crate::{
    error::Result,
    id::Id,
    store::{
        schema::organizations,
        sql::{PurgeRows, TABLES_BELOW},
    },
};

/// Removes some rows of a deleted organization, those below it first; answers how many. 0: nothing is left of it.
pub(in super::super) async fn some(conn: &mut Conn, organization: Id) -> Result<usize> {
    for (table, key) in TABLES_BELOW {
        let rows = PurgeRows {
            table,
            key,
            organization,
        };
        match rows.execute(conn).await.map_err(classify)? {
            0 => {}
            gone => return Ok(gone),
        }
    }
    let itself = organizations::table
        .filter(organizations::id.eq(organization))
        .filter(organizations::deleted_at.is_not_null());
    diesel::delete(itself).execute(conn).await.map_err(classify)
}
