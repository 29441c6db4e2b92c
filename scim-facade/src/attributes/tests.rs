use identity_proto::v1::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute};

use super::*;

const BADGE: &str = "urn:example:params:scim:schemas:extension:2.0:User";

fn declared() -> Tables {
    let color = SchemaAttribute {
        name: "color".into(),
        ..Default::default()
    };
    let number = SchemaAttribute {
        name: "number".into(),
        r#type: AttributeType::Integer.into(),
        required: true,
        ..Default::default()
    };
    let badge = SchemaAttribute {
        name: "badge".into(),
        r#type: AttributeType::Complex.into(),
        sub_attributes: vec![number, color],
        ..Default::default()
    };
    Tables::with_declared(&[ExtensionSchema {
        id: BADGE.into(),
        extends: ExtendedType::User.into(),
        attributes: vec![badge],
        ..Default::default()
    }])
}

fn core_name(table: &Table, name: &str) -> Option<String> {
    match table.resolve(name) {
        Ok(Target::Attribute(attribute_path)) => attribute_path.core_name(),
        _ => None,
    }
}

#[test]
fn a_name_is_found_in_any_case() {
    let tables = Tables::builtin();
    assert_eq!(core_name(&tables.user, "USERNAME").as_deref(), Some("user_name"));
    assert_eq!(
        core_name(&tables.user, "Name.FAMILYname").as_deref(),
        Some("name.family_name")
    );
    assert_eq!(
        core_name(&tables.user, "meta.LastModified").as_deref(),
        Some("update_time")
    );
    assert_eq!(
        core_name(&tables.group, "members.Value").as_deref(),
        Some("members.value")
    );
}

#[test]
fn q40_a_urn_may_stand_before_the_name() {
    let tables = Tables::builtin();
    let cases = [
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
            "name.given_name",
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "enterprise.department",
        ),
        (
            "URN:IETF:params:scim:schemas:extension:enterprise:2.0:user:manager.value",
            "enterprise.manager.value",
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:externalId",
            "external_id",
        ),
    ];
    for (name, core) in cases {
        assert_eq!(core_name(&tables.user, name).as_deref(), Some(core), "{name}");
    }
}

#[test]
fn q40_a_bare_urn_is_the_whole_schema() {
    let tables = Tables::builtin();
    let Ok(Target::Schema(schema)) = tables.user.resolve(ENTERPRISE) else {
        panic!("not a schema")
    };
    assert_eq!(schema.urn, ENTERPRISE);
}

#[test]
fn q26_old_and_misspelled_urns_mean_what_was_meant() {
    let tables = Tables::builtin();
    for urn in ["urn:scim:schemas:core:2.0", "urn:scim:schemas:core:1.0"] {
        assert_eq!(
            tables.user.schema(urn).map(|schema| schema.urn.as_ref()),
            Some(USER),
            "{urn}"
        );
        assert_eq!(
            tables.group.schema(urn).map(|schema| schema.urn.as_ref()),
            Some(GROUP),
            "{urn}"
        );
    }
    let misspelled = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";
    assert_eq!(
        tables.user.schema(misspelled).map(|schema| schema.urn.as_ref()),
        Some(ENTERPRISE)
    );
    let microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    assert_eq!(
        tables.group.schema(microsoft).map(|schema| schema.urn.as_ref()),
        Some(GROUP)
    );
}

#[test]
fn declared_schemas_join_the_table() {
    let tables = declared();
    let name = format!("{BADGE}:badge.number");
    assert_eq!(core_name(&tables.user, &name), Some(name.clone()));
    let Ok(Target::Attribute(attribute_path)) = tables.user.resolve(&name) else {
        panic!("not an attribute")
    };
    assert_eq!(
        (attribute_path.leaf().kind, attribute_path.leaf().necessity),
        (Kind::Integer, Necessity::Required)
    );
    assert!(tables.group.resolve(&name).is_err());
}

#[test]
fn an_unknown_name_is_named_in_the_error() {
    let tables = Tables::builtin();
    for name in [
        "shoeSize",
        "name.nick",
        "urn:nobody:knows:this",
        "",
        ".",
        "a.b.c",
        "userName.x",
    ] {
        let error = tables.user.resolve(name).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
    assert!(tables.group.resolve("userName").is_err());
}

#[test]
fn names_are_unique_without_case() {
    let tables = declared();
    for schema in tables.user.schemas().chain(tables.group.schemas()) {
        let mut names: Vec<_> = schema.attributes.iter().map(|a| a.name.to_lowercase()).collect();
        names.sort();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before, "{}", schema.urn);
    }
}
