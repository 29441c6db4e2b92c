//! The resource types, RFC 7643, section 6.

use serde_json::{Value, json};

use crate::attributes::{Assignable, Dialect, Table, Tables};

const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// The resource types for `/ResourceTypes`. Clients take every type listed for one whose resources they may create (RFC 7643 cannot say
/// otherwise), so roles and entitlements, which nobody creates over SCIM, stand in the list only for Okta, which looks for them there. By
/// name everybody finds them.
pub fn resource_types(tables: &Tables, base: &str) -> Vec<Value> {
    let tables_shown = [&tables.user, &tables.group].map(|table| rendered(table, base));
    let listed = tables.dialect == Dialect::Okta;
    let others = Assignable::ALL
        .into_iter()
        .filter(|_| listed)
        .map(|it| shown_assignable(it, tables, base));
    tables_shown.into_iter().chain(others).collect()
}

/// One resource type by its name.
pub fn resource_type(tables: &Tables, base: &str, name: &str) -> Option<Value> {
    let of_table = [&tables.user, &tables.group]
        .into_iter()
        .find(|table| table.kind.name().eq_ignore_ascii_case(name));
    let of_assignable = Assignable::ALL
        .into_iter()
        .find(|it| it.name().eq_ignore_ascii_case(name));
    match of_table {
        Some(table) => Some(rendered(table, base)),
        None => of_assignable.map(|it| shown_assignable(it, tables, base)),
    }
}

fn shown_assignable(assignable: Assignable, tables: &Tables, base: &str) -> Value {
    let name = assignable.name();
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "endpoint": assignable.endpoint(),
        "description": assignable.description(),
        "schema": assignable.urn(tables.dialect),
        "schemaExtensions": [],
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
    })
}

fn rendered(table: &Table, base: &str) -> Value {
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
