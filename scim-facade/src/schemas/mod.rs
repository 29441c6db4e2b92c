//! Bodies of the discovery endpoints, RFC 7644, section 4, made from the attribute table so that they are true.

mod config;
mod resource_types;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

pub use config::{BulkLimits, Capabilities, Support, service_provider_config};
pub use resource_types::{resource_type, resource_types};

use crate::attributes::{
    Assignable, Attribute, Case, Kind, Mutability, Necessity, Returned, Schema, Tables, Uniqueness,
};

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Every schema, for `/Schemas`.
pub fn schemas(tables: &Tables, base: &str) -> Vec<Value> {
    let mut shown_schemas: Vec<Value> = all(tables).map(|schema| rendered(schema, base)).collect();
    shown_schemas.extend(assignable(tables).map(|schema| rendered(&schema, base)));
    shown_schemas
}

/// One schema by its URN, without case. The old spellings of a URN have no resource of their own.
pub fn schema(tables: &Tables, base: &str, urn: &str) -> Option<Value> {
    let found = all(tables).find(|schema| schema.urn.eq_ignore_ascii_case(urn));
    match found {
        Some(schema) => Some(rendered(schema, base)),
        None => assignable(tables)
            .find(|schema| schema.urn.eq_ignore_ascii_case(urn))
            .map(|schema| rendered(&schema, base)),
    }
}

fn assignable(tables: &Tables) -> impl Iterator<Item = Schema> {
    let dialect = tables.dialect;
    Assignable::ALL.into_iter().map(move |it| it.schema(dialect))
}

fn all(tables: &Tables) -> impl Iterator<Item = &Schema> {
    tables.user.schemas().chain(tables.group.schemas())
}

fn rendered(schema: &Schema, base: &str) -> Value {
    json!({
        "schemas": [SCHEMA],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(attribute).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", schema.urn) },
    })
}

/// RFC 7643, section 7.
fn attribute(attribute: &Attribute) -> Value {
    let mut rendered = Map::new();
    rendered.insert("name".into(), attribute.name.as_ref().into());
    rendered.insert("type".into(), kind(attribute.kind).into());
    rendered.insert("multiValued".into(), attribute.is_multi_valued().into());
    rendered.insert("description".into(), description(attribute).into());
    rendered.insert(
        "required".into(),
        (attribute.necessity == Necessity::Required).into(),
    );
    rendered.insert("caseExact".into(), (attribute.case == Case::Exact).into());
    rendered.insert("mutability".into(), mutability(attribute.mutability).into());
    rendered.insert("returned".into(), returned(attribute.returned).into());
    rendered.insert("uniqueness".into(), uniqueness(attribute.uniqueness).into());
    if !attribute.canonical_values.is_empty() {
        let values = attribute.canonical_values.iter().map(AsRef::as_ref);
        rendered.insert("canonicalValues".into(), values.collect::<Vec<&str>>().into());
    }
    if !attribute.reference_types.is_empty() {
        rendered.insert("referenceTypes".into(), attribute.reference_types.into());
    }
    if attribute.is_complex() {
        let parts = attribute.sub_attributes.iter().map(self::attribute);
        rendered.insert("subAttributes".into(), parts.collect::<Vec<_>>().into());
    }
    Value::Object(rendered)
}

/// RFC 7643 has no characteristic for how many elements a list may have, so the description says it.
fn description(attribute: &Attribute) -> Cow<'_, str> {
    if attribute.is_multi_valued() && attribute.is_writable() && attribute.core.as_deref() != Some("members")
    {
        return format!("{}; at most {}", attribute.description, attribute.max_elements).into();
    }
    attribute.description.as_ref().into()
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Decimal => "decimal",
        Kind::Integer => "integer",
        Kind::DateTime => "dateTime",
        Kind::Binary => "binary",
        Kind::Reference => "reference",
        Kind::Complex => "complex",
    }
}

const fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

const fn returned(returned: Returned) -> &'static str {
    match returned {
        Returned::Always => "always",
        Returned::Never => "never",
        Returned::Default => "default",
        Returned::Request => "request",
    }
}

const fn uniqueness(uniqueness: Uniqueness) -> &'static str {
    match uniqueness {
        Uniqueness::None => "none",
        Uniqueness::Server => "server",
    }
}
