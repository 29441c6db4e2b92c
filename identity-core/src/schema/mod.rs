//! Extension schemas: attributes that an organization adds to users or groups.

mod declare;
#[cfg(test)]
mod tests;
mod values;

pub use declare::{MAX_ATTRIBUTES, is_attribute_path};
pub use values::check_values;
pub(crate) use values::is_base64;

use serde::{Deserialize, Serialize};

use crate::{id::Id, platform::Timestamp};

/// A declared extension schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionSchema {
    /// Its URN, as declared; unique without case.
    pub urn: String,
    /// The organization.
    pub organization_id: Id,
    /// The name that people see.
    pub name: String,
    /// Purpose of the schema.
    pub description: String,
    /// Kind of resource that the schema extends.
    pub extends: ExtendedType,
    /// Its attributes.
    pub attributes: Vec<SchemaAttribute>,
    /// Goes up by one with each change.
    pub version: i64,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Kind of resource that a schema extends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtendedType {
    /// Users.
    User,
    /// Groups.
    Group,
}

/// One attribute, as in RFC 7643, section 7.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaAttribute {
    /// The name; unique in its schema without case.
    pub name: String,
    /// Type of the values.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// Set if the attribute is a list.
    pub multi_valued: bool,
    /// Purpose of the attribute.
    pub description: String,
    /// Set if a resource that has any attribute of the schema must have this one.
    pub required: bool,
    /// Values that are suggested.
    pub canonical_values: Vec<String>,
    /// Set if texts compare with case.
    pub case_exact: bool,
    /// Attributes of a complex attribute.
    pub sub_attributes: Vec<SchemaAttribute>,
}

/// The types of RFC 7643, section 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A whole number of 53 bits.
    Integer,
    /// A point in time.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI or the id of a resource.
    Reference,
    /// An object of sub-attributes.
    Complex,
}
