//! The SCIM API as an OpenAPI document, made of the attribute table and of the table of operations.

mod operations;
mod schemas;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::operations::{OPERATIONS, Operation};
use crate::attributes::Tables;

const ABOUT: &str = "SCIM 2.0 (RFC 7643, RFC 7644) for the users and groups of one organization, with the extension schemas that it \
    declared. Attributes that a client cannot set are passed over, and names have no case.";
const SCIM_JSON: &str = "application/scim+json";

/// Describes the API for an organization with these tables. `base` is the SCIM base URL, `origin` has the token endpoint.
pub(crate) fn document(tables: &Tables, base: &str, origin: &str) -> Value {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = rendered(operation);
    }
    let token_url = format!("{origin}/oauth2/token");
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Roster SCIM",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": base }],
        "security": [{ "bearer": [] }, { "oauth2": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas::all(tables),
            "parameters": parameters(),
            "responses": { "Error": { "description": "A refusal.", "content": content("Error") } },
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "oauth2": { "type": "oauth2", "flows": {
                    "clientCredentials": { "tokenUrl": token_url, "scopes": {} },
                } },
            },
        },
    })
}

fn rendered(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (status, schema) in operation.answers {
        let mut response = json!({ "description": description(status) });
        if let Some(schema) = schema {
            response["content"] = content(schema);
        }
        responses.insert((*status).to_owned(), response);
    }
    responses.insert(
        "default".to_owned(),
        json!({ "$ref": "#/components/responses/Error" }),
    );
    let parameters = in_path(operation.path)
        .into_iter()
        .chain(operation.parameters.iter().copied());
    let references = parameters.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }));
    let mut shown = json!({
        "operationId": id(operation),
        "summary": operation.summary,
        "parameters": references.collect::<Vec<_>>(),
        "responses": responses,
    });
    if let Some(schema) = operation.takes {
        shown["requestBody"] = json!({ "required": true, "content": content(schemas::new(schema)) });
    }
    shown
}

fn description(status: &str) -> &'static str {
    match status {
        "201" => "It was created; Location and ETag tell where and which version.",
        "204" => "It is done, and the answer has no body; so is that to a change of a large group.",
        "501" => "The token belongs to no person.",
        "304" => "It has the version that the client knows.",
        _ => "The answer.",
    }
}

fn content(schema: &str) -> Value {
    json!({ SCIM_JSON: { "schema": schemas::reference(schema) } })
}

/// The name of the part of a path that clients fill in.
fn in_path(path: &'static str) -> Option<&'static str> {
    let (_, rest) = path.split_once('{')?;
    rest.strip_suffix('}')
}

/// A name without signs: `get_Users_id`.
fn id(operation: &Operation) -> String {
    let mut words = vec![operation.method];
    words.extend(
        operation
            .path
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|it| !it.is_empty()),
    );
    words.join("_")
}

fn parameters() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer", "format": "int32" });
    let order = json!({ "type": "string", "enum": ["ascending", "descending"] });
    let all = [
        ("id", "path", &text, "The id of the resource."),
        ("name", "path", &text, "The name of the resource type."),
        ("urn", "path", &text, "The URN of the schema."),
        (
            "If-Match",
            "header",
            &text,
            "Only if the resource has this version.",
        ),
        (
            "If-None-Match",
            "header",
            &text,
            "Only if the resource has another version.",
        ),
        ("filter", "query", &text, "RFC 7644, section 3.4.2.2."),
        ("sortBy", "query", &text, "The attribute to sort by."),
        ("sortOrder", "query", &order, "The direction of the order."),
        (
            "startIndex",
            "query",
            &number,
            "The number of the first resource, from 1.",
        ),
        ("count", "query", &number, "How many resources at most."),
        ("cursor", "query", &text, "RFC 9865; empty for the first page."),
        (
            "attributes",
            "query",
            &text,
            "Only these attributes, with commas between.",
        ),
        (
            "excludedAttributes",
            "query",
            &text,
            "All attributes but these, with commas between.",
        ),
    ];
    let shown = all.map(|(name, place, schema, description)| {
        let parameter = json!({
            "name": name,
            "in": place,
            "required": place == "path",
            "description": description,
            "schema": schema,
        });
        (name.to_owned(), parameter)
    });
    Value::Object(shown.into_iter().collect())
}
