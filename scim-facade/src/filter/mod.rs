//! Filters of RFC 7644, section 3.4.2.2.

use identity_proto::v1;

use crate::{
    attributes::Table,
    error::{Result, ScimError, ScimType},
};

/// Parses a filter and translates it for the core.
pub fn translate(_text: &str, _table: &Table) -> Result<v1::Filter> {
    Err(ScimError::new(ScimType::InvalidFilter, "not yet"))
}

/// The core's name of the attribute to sort by (`sortBy`); the caller adds ` desc`.
pub fn sort_attribute(_text: &str, _table: &Table) -> Result<String> {
    Err(ScimError::new(ScimType::InvalidValue, "not yet"))
}
