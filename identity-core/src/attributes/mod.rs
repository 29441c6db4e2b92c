//! The attributes that filters and orders may name: the one table of what each is and where its values are found.
//!
//! Core attributes are named as the fields of `User` and `Group` in `roster.identity.v1`; an attribute of a declared extension schema by
//! the schema's URN, a colon and its name, without case. What is not in the table does not exist for a filter.

mod extension;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use extension::{data_type, label};

use crate::{
    error::{Error, Result},
    schema::{ExtendedType, ExtensionSchema},
    user::Form,
};

/// Type of an attribute's values. [`crate::search::key`] makes their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// Text.
    Text(Case),
    /// True or false.
    Boolean,
    /// A whole or decimal number.
    Number,
    /// A point in time.
    Time,
    /// Bytes in base64; equal or not, but in no order.
    Binary,
}

/// Comparison of texts that differ only in case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// Equal.
    Folded,
    /// Different.
    Exact,
}

impl From<Form> for Case {
    fn from(form: Form) -> Self {
        match form {
            Form::Folded | Form::Column => Self::Folded,
            Form::Exact | Form::Reference | Form::Binary => Self::Exact,
        }
    }
}

impl From<Form> for DataType {
    fn from(form: Form) -> Self {
        match form {
            Form::Binary => Self::Binary,
            Form::Folded | Form::Column | Form::Exact | Form::Reference => Self::Text(form.into()),
        }
    }
}

/// An attribute with at most one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name in full, as it is declared.
    pub name: String,
    /// Type of its value.
    pub data: DataType,
    /// Where its value is.
    pub location: AttributeLocation,
}

/// Where the value of an attribute is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeLocation {
    /// In the resource's row.
    Column(Column),
    /// In the resource's [`crate::search::SearchKeys`], under this label.
    Key(String),
    /// In an element of a list, under this label.
    Part(String),
}

/// The columns of a user's or group's row that hold a value of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the attributes of the same names are documented in `User` and `Group`"
)]
pub enum Column {
    Id,
    OrganizationId,
    Version,
    UserName,
    ExternalId,
    DisplayName,
    Active,
    OrganizationRole,
    ManagedBy,
    BreakGlass,
    MemberCount,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
}

/// An attribute with any number of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The name, as it is declared.
    pub name: String,
    /// Where its elements are.
    pub elements: Elements,
    /// Parts of an element, by label. A list of simple values has the one part `value`.
    pub parts: Vec<Attribute>,
    /// How parts are looked up.
    pub naming: Case,
}

/// Where the elements of a list are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elements {
    /// In the rows of e-mail addresses, which know `value`, `type` and `primary`; and in the keys, under `emails`.
    Emails,
    /// In the memberships of a user, the indirect ones included.
    Groups,
    /// In the direct memberships of a group.
    Members,
    /// In the resource's keys, under the list's name.
    Keys,
}

/// Meaning of an attribute name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One value.
    Value(Attribute),
    /// An object; it has a value when one of these has.
    Object(Vec<Target>),
    /// Any number of values.
    List(List),
    /// One value of each element of a list.
    Each(List, Attribute),
}

impl Attribute {
    /// The label of a part in its element.
    pub fn label(&self) -> Option<&str> {
        match &self.location {
            AttributeLocation::Part(label) => Some(label),
            AttributeLocation::Column(_) | AttributeLocation::Key(_) => None,
        }
    }
}

impl List {
    /// The part of this name, if an element has one.
    pub fn part(&self, name: &str) -> Option<&Attribute> {
        let named = |label: &str| match self.naming {
            Case::Exact => label == name,
            Case::Folded => label.eq_ignore_ascii_case(name),
        };
        self.parts.iter().find(|part| part.label().is_some_and(named))
    }

    /// Tells whether the keys of its elements are among the resource's own.
    pub fn in_keys(&self) -> bool {
        matches!(self.elements, Elements::Keys | Elements::Emails)
    }

    /// Returns the part that the list's bare name compares with: the value of each element.
    pub fn value(&self) -> Option<&Attribute> {
        self.part(VALUE)
    }
}

/// The part that an element is about.
pub const VALUE: &str = "value";

/// Resolves a name on a resource of this type.
pub fn resolve(resource: ExtendedType, name: &str, schemas: &[ExtensionSchema]) -> Result<Target> {
    let target = if name.contains(':') {
        extension::find(resource, name, schemas)
    } else {
        table::find(resource, name)
    };
    target.ok_or_else(|| refuse(name, "there is no attribute of this name"))
}

/// A filter or order that cannot name this attribute in this way.
pub(crate) fn refuse(attribute: &str, why: impl Into<String>) -> Error {
    Error::InvalidFilter {
        attribute: Some(attribute.to_owned()),
        why: why.into(),
    }
}
