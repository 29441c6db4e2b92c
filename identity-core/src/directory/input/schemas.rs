//! Extension schemas.

use crate::schema::{ExtendedType, SchemaAttribute};

/// A new extension schema.
#[derive(Clone, Debug)]
pub struct NewSchema {
    /// Its URN.
    pub urn: String,
    /// The name that people see.
    pub name: String,
    /// Purpose of the schema.
    pub description: String,
    /// Type of resource that it extends.
    pub extends: ExtendedType,
    /// Its attributes.
    pub attributes: Vec<SchemaAttribute>,
}
