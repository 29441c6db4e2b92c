//! The resource types, RFC 7643, section 6.

use serde_json::{Value, json};

use crate::attributes::{Table, Tables};

const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// Both resource types, for `/ResourceTypes`.
pub fn resource_types(tables: &Tables, base: &str) -> Vec<Value> {
    [&tables.user, &tables.group]
        .map(|table| shown(table, base))
        .into()
}

/// One resource type by its name.
pub fn resource_type(tables: &Tables, base: &str, name: &str) -> Option<Value> {
    let mut tables = [&tables.user, &tables.group].into_iter();
    tables
        .find(|table| table.kind.name().eq_ignore_ascii_case(name))
        .map(|table| shown(table, base))
}

fn shown(table: &Table, base: &str) -> Value {
    let name = table.kind.name();
    // No resource must have an attribute of an extension.
    let extensions = table
        .extensions
        .iter()
        .map(|schema| json!({ "schema": schema.urn, "required": false }));
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "endpoint": table.kind.endpoint(),
        "description": table.core.description,
        "schema": table.core.urn,
        "schemaExtensions": extensions.collect::<Vec<_>>(),
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
    })
}
