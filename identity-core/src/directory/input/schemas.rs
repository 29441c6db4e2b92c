//! Extension schemas.

use crate::schema::{ExtendedType, SchemaAttribute};

/// A new extension schema.
#[derive(Clone, Debug)]
pub struct NewSchema {
    /// Its URN.
    pub urn: String,
    /// The name that people see.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it extends.
    pub extends: ExtendedType,
    /// Its attributes.
    pub attributes: Vec<SchemaAttribute>,
}
