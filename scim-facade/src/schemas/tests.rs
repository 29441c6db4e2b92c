use identity_proto::v1::{ExtendedType, ExtensionSchema, SchemaAttribute};

use super::*;
use crate::attributes::{Assignable, Dialect, ENTERPRISE, GROUP, USER};

const CAPABILITIES: Capabilities = Capabilities {
    bulk: None,
    sort: Support::Supported,
    cursor: Support::Supported,
    max_results: 1_000,
    default_page_size: 100,
    cursor_timeout: 60,
};

fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    list.as_array()
        .into_iter()
        .flatten()
        .find(|it| it["name"] == name)
        .expect(name)
}

#[test]
fn q03_the_schemas_of_both_kinds_are_listed() {
    let tables = Tables::with_declared(&[ExtensionSchema {
        id: "urn:x:Group".into(),
        extends: ExtendedType::Group.into(),
        attributes: vec![SchemaAttribute {
            name: "floor".into(),
            canonical_values: vec!["1".into()],
            ..Default::default()
        }],
        ..Default::default()
    }]);
    let listed = schemas(&tables, "https://h/scim/v2");
    let ids: Vec<_> = listed
        .iter()
        .map(|schema| schema["id"].as_str().unwrap_or(""))
        .collect();
    let assignable = Assignable::ALL.map(|it| it.urn(Dialect::Draft));
    assert_eq!(ids[..4], [USER, ENTERPRISE, GROUP, "urn:x:Group"]);
    assert_eq!(ids[4..], assignable);
    assert_eq!(
        listed[0]["meta"]["location"],
        format!("https://h/scim/v2/Schemas/{USER}")
    );
    assert_eq!(
        named(&listed[3]["attributes"], "floor")["canonicalValues"],
        json!(["1"])
    );
    assert_eq!(
        schema(&tables, "", &USER.to_uppercase()),
        schema(&tables, "", USER)
    );
    assert_eq!(schema(&tables, "", "urn:scim:schemas:core:1.0"), None);
}

#[test]
fn attributes_are_described_as_they_behave() {
    let user = schema(&Tables::builtin(), "", USER).expect("the schema");
    let attributes = &user["attributes"];
    assert_eq!(
        named(attributes, "userName"),
        &json!({
            "name": "userName", "type": "string", "multiValued": false,
            "description": "What the user signs in with; unique in the organization, without case",
            "required": true, "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "server",
        })
    );
    let password = named(attributes, "password");
    assert_eq!(
        (&password["mutability"], &password["returned"]),
        (&json!("writeOnly"), &json!("never"))
    );
    let groups = named(attributes, "groups");
    assert!(
        groups["mutability"] == "readOnly"
            && named(&groups["subAttributes"], "$ref")["referenceTypes"] == json!(["Group"])
    );
    assert_eq!(
        named(&named(attributes, "emails")["subAttributes"], "type")["canonicalValues"],
        json!(["work", "home", "other"])
    );
    assert!(
        attributes
            .as_array()
            .into_iter()
            .flatten()
            .all(|it| it["name"] != "id" && it["name"] != "meta")
    );
}

#[test]
fn every_attribute_says_what_it_is_for() {
    fn check(attributes: &Value) {
        for attribute in attributes.as_array().into_iter().flatten() {
            assert!(
                attribute["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{attribute}"
            );
            check(&attribute["subAttributes"]);
        }
    }
    for schema in schemas(&Tables::builtin(), "") {
        check(&schema["attributes"]);
    }
}

#[test]
fn resource_types_name_their_schemas() {
    let types = resource_types(&Tables::builtin(), "b");
    assert_eq!(types.len(), 2, "roles and entitlements are listed for Okta alone");
    let role = resource_type(&Tables::builtin(), "b", "Role").unwrap();
    assert_eq!(role["endpoint"], "/Roles");
    assert_eq!(
        types[0]["schemaExtensions"],
        json!([{"schema": ENTERPRISE, "required": false}])
    );
    assert_eq!(
        (&types[1]["endpoint"], &types[1]["schema"]),
        (&json!("/Groups"), &json!(GROUP))
    );
    assert_eq!(
        resource_type(&Tables::builtin(), "b", "user").as_ref(),
        Some(&types[0])
    );
    assert_eq!(resource_type(&Tables::builtin(), "b", "Spaceship"), None);
}

#[test]
fn q03_the_configuration_is_complete() {
    let config = service_provider_config(&CAPABILITIES, "b", "https://id.example");
    for member in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[member]["supported"].is_boolean(), "{member}");
    }
    assert_eq!(
        config["bulk"],
        json!({"supported": false, "maxOperations": 0, "maxPayloadSize": 0})
    );
    assert_eq!(config["pagination"]["cursorTimeout"], 60);
    assert_eq!(config["documentationUri"], "https://id.example/");
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    let types: Vec<_> = schemes.iter().map(|scheme| &scheme["type"]).collect();
    assert_eq!(types, ["oauthbearertoken", "oauth2"]);
    let bulk = Some(BulkLimits {
        max_operations: 5,
        max_payload_size: 7,
    });
    let config = service_provider_config(
        &Capabilities {
            bulk,
            cursor: Support::Unsupported,
            ..CAPABILITIES
        },
        "b",
        "https://id.example",
    );
    assert_eq!(
        config["bulk"],
        json!({"supported": true, "maxOperations": 5, "maxPayloadSize": 7})
    );
    assert_eq!(config["pagination"].get("cursorTimeout"), None);
}
