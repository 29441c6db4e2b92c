//! Schemas of bodies: resources from the attribute table, and the messages of RFC 7644.

use serde_json::{Map, Value, json};

use crate::attributes::{Assignable, Attribute, Kind, Mutability, Necessity, Table, Tables};

/// Lists and what they are of.
const LISTS: [(&str, &str); 6] = [
    ("UserList", "User"),
    ("GroupList", "Group"),
    ("ResourceList", "Resource"),
    ("RoleList", "Role"),
    ("EntitlementList", "Entitlement"),
    ("DescriptionList", "Description"),
];

/// Makes every schema that an operation names.
pub(super) fn all(tables: &Tables) -> Value {
    let mut schemas = messages();
    for table in [&tables.user, &tables.group] {
        let name = table.kind.name();
        let resource = resource(table);
        schemas.insert(new(name).to_owned(), new_resource(table));
        schemas.insert(name.to_owned(), resource);
    }
    for assignable in Assignable::ALL {
        let parts = assignable.schema(tables.dialect);
        let common = tables.user.common.iter().filter(|it| it.name != "externalId");
        let schema = object(common.chain(&parts.attributes), assignable.description());
        schemas.insert(assignable.name().to_owned(), schema);
    }
    for (name, of) in LISTS {
        schemas.insert(name.to_owned(), list(of));
    }
    Value::Object(schemas)
}

/// The schema of a body that a client sends in the place of this one.
pub(super) fn new(name: &'static str) -> &'static str {
    match name {
        "User" => "NewUser",
        "Group" => "NewGroup",
        other => other,
    }
}

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A resource with its extensions. Nothing is required, as an answer has the attributes that were asked for.
fn resource(table: &Table) -> Value {
    let mut schema = object(
        table.common.iter().chain(&table.core.attributes),
        &table.core.description,
    );
    for extension in &table.extensions {
        schema["properties"][extension.urn.as_ref()] = object(&extension.attributes, &extension.description);
    }
    schema
}

/// The same as a client sends it.
fn new_resource(table: &Table) -> Value {
    let is_required = |attribute: &&Attribute| attribute.necessity == Necessity::Required;
    let required = table.core.attributes.iter().filter(is_required);
    let required: Vec<&str> = required.map(|attribute| attribute.name.as_ref()).collect();
    json!({ "allOf": [reference(table.kind.name()), { "required": required }] })
}

fn object<'a>(attributes: impl IntoIterator<Item = &'a Attribute>, description: &str) -> Value {
    let properties: Map<String, Value> = attributes
        .into_iter()
        .map(|attribute| (attribute.name.clone().into_owned(), property(attribute)))
        .collect();
    json!({ "type": "object", "description": description, "properties": properties })
}

fn property(attribute: &Attribute) -> Value {
    let mut schema = match attribute.kind {
        Kind::String | Kind::Reference => json!({ "type": "string" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Decimal => json!({ "type": "number" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
        Kind::Binary => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Complex => object(&attribute.sub_attributes, ""),
    };
    if !attribute.canonical_values.is_empty() {
        // Suggestions: others are taken, too.
        schema["examples"] = json!(attribute.canonical_values);
    }
    if attribute.is_multi_valued() {
        schema = json!({ "type": "array", "items": schema });
        if attribute.is_writable() && attribute.core.as_deref() != Some("members") {
            schema["maxItems"] = attribute.max_elements.into();
        }
    }
    schema["description"] = attribute.description.as_ref().into();
    match attribute.mutability {
        Mutability::ReadOnly => schema["readOnly"] = true.into(),
        Mutability::WriteOnly => schema["writeOnly"] = true.into(),
        Mutability::ReadWrite | Mutability::Immutable => {}
    }
    schema
}

fn list(of: &str) -> Value {
    json!({
        "type": "object",
        "required": ["schemas", "totalResults"],
        "properties": {
            "schemas": { "type": "array", "items": { "type": "string" } },
            "totalResults": { "type": "integer" },
            "startIndex": { "type": "integer" },
            "itemsPerPage": { "type": "integer" },
            "nextCursor": { "type": "string" },
            "previousCursor": { "type": "string" },
            "Resources": { "type": "array", "items": reference(of) },
        },
    })
}

/// The messages of RFC 7644 that are no lists, and what describes itself.
fn messages() -> Map<String, Value> {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let number = json!({ "type": "integer" });
    let messages = [
        (
            "Resource",
            json!({ "anyOf": [reference("User"), reference("Group")] }),
        ),
        ("Description", json!({ "type": "object" })),
        (
            "OpenAPI",
            json!({ "type": "object", "required": ["openapi", "paths"] }),
        ),
        (
            "Error",
            json!({ "type": "object", "required": ["schemas", "status"], "properties": {
                "schemas": texts, "status": text, "scimType": text, "detail": text,
            } }),
        ),
        (
            "SearchRequest",
            json!({ "type": "object", "properties": {
                "schemas": texts, "attributes": texts, "excludedAttributes": texts, "filter": text, "sortBy": text,
                "sortOrder": { "type": "string", "enum": ["ascending", "descending"] },
                "startIndex": number, "count": number, "cursor": text,
            } }),
        ),
        (
            "PatchOp",
            json!({ "type": "object", "required": ["Operations"], "properties": {
                "schemas": texts,
                "Operations": { "type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "required": ["op"],
                    "properties": {
                        "op": { "type": "string", "enum": ["add", "remove", "replace"] }, "path": text, "value": {},
                    },
                } },
            } }),
        ),
        (
            "BulkRequest",
            bulk(
                &json!({
                    "method": { "type": "string", "enum": ["POST", "PUT", "PATCH", "DELETE"] },
                    "data": { "type": "object" },
                }),
                &["method", "path"],
            ),
        ),
        (
            "BulkResponse",
            bulk(&json!({ "status": text, "response": {} }), &["status"]),
        ),
    ];
    messages
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// A bulk message whose operations also have these members.
fn bulk(more: &Value, required: &[&str]) -> Value {
    let mut operation = json!({
        "type": "object",
        "required": required,
        "properties": {
            "method": { "type": "string" }, "path": { "type": "string" }, "bulkId": { "type": "string" }, "version": { "type": "string" },
            "location": { "type": "string" },
        },
    });
    for (name, schema) in more.as_object().into_iter().flatten() {
        operation["properties"][name] = schema.clone();
    }
    json!({ "type": "object", "required": ["Operations"], "properties": {
        "schemas": { "type": "array", "items": { "type": "string" } },
        "failOnErrors": { "type": "integer" },
        "Operations": { "type": "array", "items": operation },
    } })
}
