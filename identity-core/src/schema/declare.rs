//! Rules of a declared schema.

use super::{AttributeType, ExtensionSchema, SchemaAttribute};
use crate::{
    error::{Error, Result},
    validate::text::{name, text},
};

/// Attributes that a schema, or a complex attribute, may have.
pub const MAX_ATTRIBUTES: usize = 100;
/// Suggested values that an attribute may have.
const MAX_CANONICAL_VALUES: usize = 100;
const MAX_URN: usize = 256;
const MAX_NAME: usize = 128;

/// URNs that are not free: the schemas of RFC 7643 and the messages of RFC 7644 are below them.
const RESERVED: [&str; 3] = [
    "urn:ietf:params:scim:schemas:core:",
    "urn:ietf:params:scim:schemas:extension:enterprise:",
    "urn:ietf:params:scim:api:",
];

impl ExtensionSchema {
    /// Refuses a declaration that breaks a rule.
    pub fn validate(&self) -> Result<()> {
        urn(&self.urn)?;
        name("name", &self.name, MAX_NAME)?;
        text("description", &self.description)?;
        attributes("attributes", &self.attributes)
    }
}

/// RFC 8141, as far as it matters: `urn:`, a namespace, and more, without blanks. It ends where an attribute's name can follow.
fn urn(urn: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/~+%@!$'()*,;=&".contains(&byte);
    let parts: Vec<&str> = urn.split(':').collect();
    let formed =
        parts.len() >= 3 && parts[0].eq_ignore_ascii_case("urn") && parts.iter().all(|it| !it.is_empty());
    if !formed || urn.len() > MAX_URN || !urn.bytes().all(allowed) {
        return Err(Error::invalid(
            "id",
            format!("must be a URN of at most {MAX_URN} characters"),
        ));
    }
    let folded = urn.to_ascii_lowercase();
    if RESERVED.iter().any(|reserved| folded.starts_with(reserved)) {
        return Err(Error::invalid("id", "must not be a schema of SCIM itself"));
    }
    Ok(())
}

fn attributes(field: &str, attributes: &[SchemaAttribute]) -> Result<()> {
    if attributes.is_empty() || attributes.len() > MAX_ATTRIBUTES {
        return Err(Error::invalid(
            field,
            format!("must have 1 to {MAX_ATTRIBUTES} elements"),
        ));
    }
    for (at, attribute) in attributes.iter().enumerate() {
        let field = format!("{field}[{at}]");
        let doubled = |it: &SchemaAttribute| it.name.eq_ignore_ascii_case(&attribute.name);
        if attributes[..at].iter().any(doubled) {
            return Err(Error::invalid(
                format!("{field}.name"),
                "must be unique without case",
            ));
        }
        check_one(&field, attribute)?;
    }
    Ok(())
}

fn check_one(field: &str, attribute: &SchemaAttribute) -> Result<()> {
    attribute_name(&format!("{field}.name"), &attribute.name)?;
    text(&format!("{field}.description"), &attribute.description)?;
    let values = &attribute.canonical_values;
    let field_of_values = format!("{field}.canonical_values");
    if values.len() > MAX_CANONICAL_VALUES {
        return Err(Error::invalid(
            field_of_values,
            format!("must have at most {MAX_CANONICAL_VALUES} elements"),
        ));
    }
    values
        .iter()
        .try_for_each(|value| text(&field_of_values, value))?;
    let subs = &attribute.sub_attributes;
    let field = format!("{field}.sub_attributes");
    if attribute.kind != AttributeType::Complex {
        let rule = "must be empty unless the type is complex";
        return if subs.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid(field, rule))
        };
    }
    // Filters look one level into an object, and so do the keys.
    let nested = |it: &SchemaAttribute| it.kind == AttributeType::Complex || it.multi_valued;
    if let Some(at) = subs.iter().position(nested) {
        return Err(Error::invalid(
            format!("{field}[{at}]"),
            "must be neither complex nor a list",
        ));
    }
    attributes(&field, subs)
}

/// RFC 7643, section 2.1, without `$`.
/// Whether a text is the URN of a schema that can be declared, a colon, and the name of an attribute.
pub fn is_attribute_path(path: &str) -> bool {
    let parts = path.rsplit_once(':');
    parts.is_some_and(|(schema, name)| urn(schema).is_ok() && attribute_name("name", name).is_ok())
}

fn attribute_name(field: &str, name: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !begins_well || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        let rule = format!("must have 1 to {MAX_NAME} letters, digits, - and _, and begin with a letter");
        return Err(Error::invalid(field, rule));
    }
    Ok(())
}
