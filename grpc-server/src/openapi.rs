//! The API in JSON as an OpenAPI document, made of the descriptor set and its comments.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use identity_proto::{connect, json::descriptors};
use prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor,
};
use serde_json::{Map, Value, json};
use tonic::Code;

use crate::methods::{METHODS, PACKAGE, Requirement};

/// The document as text, which is the same for every process of a version.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());
/// Name of the schema of errors, which no message can have.
const ERROR: &str = "connect.Error";
const ABOUT: &str = "Every unary call of roster.identity.v1 as a POST with a JSON body, in the protocol of Connect. The same paths are on \
    the gRPC listener, without /api. Messages are in the JSON form of protobuf: names in lowerCamelCase, 64-bit numbers as text, default \
    values left out. A field that a request does not have is refused. Names in descriptions are those of the proto, in snake case.";

/// Returns the OpenAPI document of the API.
pub fn openapi() -> &'static str {
    &DOCUMENT
}

fn document() -> Value {
    let mut writer = Writer::default();
    let mut services: Vec<ServiceDescriptor> = descriptors().services().collect();
    services.retain(|service| service.package_name() == PACKAGE);
    let methods = services.iter().flat_map(ServiceDescriptor::methods);
    let unary = methods.filter(|method| !method.is_server_streaming() && !method.is_client_streaming());
    let paths: Map<String, Value> = unary.map(|method| writer.path(&method)).collect();
    let tags: Vec<Value> = services
        .iter()
        .map(|service| json!({ "name": service.name(), "description": writer.comments.of(service) }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Roster",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api" }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": writer.schemas(),
            "responses": { "Error": {
                "description": "A refusal.",
                "content": { "application/json": { "schema": reference(ERROR) } },
            } },
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Collects the schemas that the paths refer to.
#[derive(Default)]
struct Writer {
    comments: Comments,
    schemas: BTreeMap<String, Value>,
}

impl Writer {
    fn path(&mut self, method: &MethodDescriptor) -> (String, Value) {
        let service = method.parent_service();
        let path = format!("/{}/{}", service.full_name(), method.name());
        let is_anonymous = |path: &str| {
            let mut methods = METHODS.iter().filter(|it| it.requirement == Requirement::Nothing);
            methods.any(|it| it.path() == path)
        };
        let mut post = json!({
            "operationId": format!("{}_{}", service.name(), method.name()),
            "tags": [service.name()],
            "description": self.comments.of(method),
            "requestBody": { "required": true, "content": self.content(&method.input()) },
            "responses": {
                "200": { "description": "The answer.", "content": self.content(&method.output()) },
                "default": { "$ref": "#/components/responses/Error" },
            },
        });
        if is_anonymous(&path) {
            post["security"] = json!([]);
        }
        (path, json!({ "post": post }))
    }

    fn content(&mut self, message: &MessageDescriptor) -> Value {
        json!({ "application/json": { "schema": self.message(message) } })
    }

    /// The schema of a message, in place or by reference.
    fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(schema) = well_known(message.full_name()) {
            return schema;
        }
        let name = short(message.full_name());
        if !self.schemas.contains_key(&name) {
            // A message may hold itself.
            self.schemas.insert(name.clone(), Value::Null);
            let fields = message.fields();
            let properties: Map<_, _> = fields
                .map(|it| (it.json_name().to_owned(), self.field(&it)))
                .collect();
            let description = [self.comments.of(message)]
                .into_iter()
                .chain(choices(message))
                .collect::<Vec<_>>()
                .join(" ");
            let schema = json!({ "type": "object", "description": description, "properties": properties });
            self.schemas.insert(name.clone(), schema);
        }
        reference(&name)
    }

    fn field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.kind(entry.map_entry_value_field().kind());
                json!({ "type": "object", "additionalProperties": value })
            }
            kind if field.is_list() => json!({ "type": "array", "items": self.kind(kind) }),
            kind => self.kind(kind),
        };
        schema["description"] = self.comments.of(field).into();
        schema
    }

    fn kind(&mut self, kind: Kind) -> Value {
        match kind {
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::Double | Kind::Float => json!({ "type": "number" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "format": "uint32" }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": "string", "format": "int64" }),
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "format": "uint64" }),
            Kind::Enum(words) => self.words(&words),
            Kind::Message(message) => self.message(&message),
        }
    }

    fn words(&mut self, words: &EnumDescriptor) -> Value {
        let name = short(words.full_name());
        let values = words.values();
        let told = values.map(|it| format!("`{}`: {}", it.name(), self.comments.of(&it)));
        let told: Vec<String> = told.collect();
        let description = format!("{} {}", self.comments.of(words), told.join(" "));
        let values: Vec<_> = words.values().map(|it| it.name().to_owned()).collect();
        let schema = json!({ "type": "string", "description": description, "enum": values });
        self.schemas.insert(name.clone(), schema);
        reference(&name)
    }

    fn schemas(self) -> Map<String, Value> {
        let mut schemas: Map<String, Value> = self.schemas.into_iter().collect();
        schemas.insert(ERROR.to_owned(), error());
        schemas
    }
}

/// The form of a refusal.
fn error() -> Value {
    let codes: Vec<_> = (1..=16)
        .map(|code| connect::code_name(Code::from_i32(code)))
        .collect();
    json!({
        "type": "object",
        "description": "A refusal. Decide by the code and the reason in the details; the message may change.",
        "required": ["code"],
        "properties": {
            "code": { "type": "string", "enum": codes },
            "message": { "type": "string", "description": "For people." },
            "details": {
                "type": "array",
                "description": "Messages of google.rpc: ErrorInfo with the reason, BadRequest with the field, RetryInfo with a time.",
                "items": {
                    "type": "object",
                    "required": ["type", "value"],
                    "properties": {
                        "type": { "type": "string", "description": "Name of the message." },
                        "value": { "type": "string", "contentEncoding": "base64", "description": "The message, encoded." },
                        "debug": { "type": "object", "description": "The message as JSON." },
                    },
                },
            },
        },
    })
}

/// Types that have a form of their own in JSON.
fn well_known(name: &str) -> Option<Value> {
    Some(match name {
        "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "google.protobuf.Duration" => json!({ "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$" }),
        "google.protobuf.FieldMask" => json!({ "type": "string" }),
        "google.protobuf.Struct" => json!({ "type": "object" }),
        "google.protobuf.ListValue" => json!({ "type": "array" }),
        "google.protobuf.Value" => json!({}),
        _ => return None,
    })
}

/// Tells of which fields a message has one.
fn choices(message: &MessageDescriptor) -> Vec<String> {
    let choices = message.oneofs().filter(|choice| !choice.is_synthetic());
    let told = choices.map(|choice| {
        let names: Vec<_> = choice
            .fields()
            .map(|field| format!("`{}`", field.json_name()))
            .collect();
        format!("At most one of {}.", names.join(", "))
    });
    told.collect()
}

fn short(name: &str) -> String {
    let own = name.strip_prefix(PACKAGE).and_then(|name| name.strip_prefix('.'));
    own.unwrap_or(name).to_owned()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The comments of the proto files, by file and place.
#[derive(Default)]
struct Comments(HashMap<String, HashMap<Vec<i32>, String>>);

impl Comments {
    /// The comment before an item, as one paragraph.
    fn of(&mut self, item: &impl Commented) -> String {
        let (file, path) = item.place();
        let comments = self.0.entry(file.name().to_owned()).or_insert_with(|| {
            let places = &file.file_descriptor_proto().source_code_info;
            let places = places.iter().flat_map(|info| &info.location);
            places
                .map(|it| (it.path.clone(), paragraph(it.leading_comments())))
                .collect()
        });
        comments.get(path).cloned().unwrap_or_default()
    }
}

fn paragraph(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An item of a proto file that has a comment.
trait Commented {
    fn place(&self) -> (FileDescriptor, &[i32]);
}

macro_rules! commented {
    ($($descriptor:ty),+) => {$(
        impl Commented for $descriptor {
            fn place(&self) -> (FileDescriptor, &[i32]) {
                (self.parent_file(), self.path())
            }
        }
    )+};
}

commented!(
    ServiceDescriptor,
    MethodDescriptor,
    MessageDescriptor,
    FieldDescriptor,
    EnumDescriptor,
    EnumValueDescriptor
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::methods::Method;

    /// The words of JSON Schema that the document uses.
    const KEYWORDS: [&str; 11] = [
        "$ref",
        "type",
        "description",
        "properties",
        "additionalProperties",
        "items",
        "enum",
        "required",
        "format",
        "pattern",
        "contentEncoding",
    ];

    #[test]
    fn the_document_is_the_same_each_time() {
        assert_eq!(document().to_string(), openapi());
    }

    #[test]
    fn every_unary_call_has_a_path_and_no_other_has() {
        let document = document();
        let listed: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let streams = [crate::methods::WATCH, crate::methods::REVERT].map(|method| method.path());
        let unary = METHODS
            .iter()
            .map(Method::path)
            .filter(|path| !streams.contains(path));
        assert_eq!(listed, unary.collect());
        for (path, item) in document["paths"].as_object().unwrap() {
            let anonymous = METHODS
                .iter()
                .any(|it| it.path() == *path && it.requirement == Requirement::Nothing);
            assert_eq!(item["post"]["security"].is_array(), anonymous, "{path}");
            assert_ne!(item["post"]["description"], "", "{path}");
        }
    }

    #[test]
    fn every_schema_is_one_and_says_what_it_is_about() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        assert!(schemas.len() > 150, "{}", schemas.len());
        for (name, schema) in schemas {
            check(schema, name, schemas);
            assert_ne!(schema["description"], "", "{name}");
            let properties = schema["properties"].as_object().into_iter().flatten();
            for (field, property) in properties {
                assert_ne!(property["description"], "", "{name}.{field}");
            }
        }
        for item in document["paths"].as_object().unwrap().values() {
            let post = &item["post"];
            for body in [&post["requestBody"], &post["responses"]["200"]] {
                check(&body["content"]["application/json"]["schema"], "a body", schemas);
            }
        }
    }

    fn check(schema: &Value, name: &str, schemas: &Map<String, Value>) {
        for (keyword, value) in schema.as_object().expect(name) {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{name}: {keyword}");
            match (keyword.as_str(), value) {
                ("$ref", Value::String(reference)) => {
                    let name = reference.strip_prefix("#/components/schemas/").expect(name);
                    assert!(schemas.contains_key(name), "{name}");
                }
                ("properties", Value::Object(properties)) => {
                    for (field, property) in properties {
                        check(property, &format!("{name}.{field}"), schemas);
                    }
                }
                ("items" | "additionalProperties", inner) => check(inner, name, schemas),
                ("type", Value::String(kind)) => {
                    let kinds = ["object", "array", "string", "integer", "number", "boolean"];
                    assert!(kinds.contains(&kind.as_str()), "{name}: {kind}");
                }
                ("enum" | "required", Value::Array(_))
                | ("description" | "format" | "pattern" | "contentEncoding", Value::String(_)) => {}
                _ => panic!("{name}: {keyword} is {value}"),
            }
        }
    }
}
