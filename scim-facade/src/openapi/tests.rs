use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{OPERATIONS, document};
use crate::{
    attributes::{Attribute, ENTERPRISE, Tables},
    router::PATHS,
};

fn built_in() -> Value {
    document(&Tables::builtin(), "https://h/scim/v2", "https://h")
}

/// Collects the places that the document refers to.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_described_paths_are_those_of_the_routes() {
    let mut described: Vec<_> = OPERATIONS.iter().map(|operation| operation.path).collect();
    described.dedup();
    assert_eq!(described, PATHS);
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = built_in();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for place in &found {
        let pointer = place.strip_prefix('#').expect("a place of this document");
        assert!(document.pointer(pointer).is_some(), "{place}");
    }
    for kind in ["schemas", "parameters", "responses"] {
        for name in document["components"][kind]
            .as_object()
            .expect("components")
            .keys()
        {
            assert!(
                found.contains(&format!("#/components/{kind}/{name}")),
                "{kind}/{name}"
            );
        }
    }
}

#[test]
fn every_attribute_of_the_table_is_described() {
    fn check(attributes: &[Attribute], schema: &Value) {
        for attribute in attributes {
            let name = attribute.name.as_ref();
            let shown = &schema["properties"][name];
            assert_eq!(shown["description"], attribute.description.as_ref(), "{name}");
            assert_eq!(shown["type"] == "array", attribute.is_multi_valued(), "{name}");
            let one = if attribute.is_multi_valued() {
                &shown["items"]
            } else {
                shown
            };
            check(&attribute.sub_attributes, one);
        }
    }
    let (tables, document) = (Tables::builtin(), built_in());
    let schemas = &document["components"]["schemas"];
    for table in [&tables.user, &tables.group] {
        let schema = &schemas[table.kind.name()];
        check(&table.common, schema);
        check(&table.core.attributes, schema);
        for extension in &table.extensions {
            check(
                &extension.attributes,
                &schema["properties"][extension.urn.as_ref()],
            );
        }
    }
    assert!(schemas["User"]["properties"][ENTERPRISE].is_object());
    assert_eq!(schemas["User"]["properties"]["password"]["writeOnly"], true);
    assert_eq!(schemas["User"]["properties"]["id"]["readOnly"], true);
    assert_eq!(schemas["NewUser"]["allOf"][1], json!({"required": ["userName"]}));
}
