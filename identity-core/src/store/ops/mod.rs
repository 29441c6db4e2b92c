//! The statements, written once and compiled for each database: `pg` and `sqlite` both have this folder as their module `ops`.
//! It names nothing of a database but what its parent gives it: `Conn`, `RunQueryDsl`, `Pipeline`, `DATABASE`, `classify`, and the macro
//! `locked!`.

mod access_tokens;
mod adoption;
mod changes;
pub(super) mod connection_health;
pub(super) mod connections;
mod former;
mod grants;
mod groups;
mod identities;
mod lists;
mod mappings;
mod members;
pub(super) mod organizations;
mod projects;
pub(super) mod provisioning;
pub(super) mod purge;
mod reader;
pub(super) mod requests;
mod roles;
mod schemas;
mod service_accounts;
pub(super) mod tokens;
pub(super) mod unit;
pub(super) mod users;
mod with_groups;
mod write;
mod write_users;

use super::{Conn, DATABASE, Pipeline, RunQueryDsl, classify};
use crate::error::{Error, Result};

/// One row as the core knows it, if there is one.
fn found<Row, T>(row: diesel::QueryResult<Row>) -> Result<Option<T>>
where
    T: TryFrom<Row, Error = Error>,
{
    match row {
        Ok(row) => T::try_from(row).map(Some),
        Err(diesel::result::Error::NotFound) => Ok(None),
        Err(error) => Err(classify(error)),
    }
}

/// A value that needs no conversion, if there is one.
fn found_value<T>(row: diesel::QueryResult<T>) -> Result<Option<T>> {
    match row {
        Ok(value) => Ok(Some(value)),
        Err(diesel::result::Error::NotFound) => Ok(None),
        Err(error) => Err(classify(error)),
    }
}

/// Rows as the core knows them.
fn all<Row, T>(rows: diesel::QueryResult<Vec<Row>>) -> Result<Vec<T>>
where
    T: TryFrom<Row, Error = Error>,
{
    rows.map_err(classify)?.into_iter().map(T::try_from).collect()
}
