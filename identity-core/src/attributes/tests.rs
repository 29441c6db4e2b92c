use super::*;
use crate::{
    id::Id,
    platform::Timestamp,
    schema::{AttributeType, SchemaAttribute},
};

fn attribute(name: &str, kind: AttributeType, sub_attributes: Vec<SchemaAttribute>) -> SchemaAttribute {
    SchemaAttribute {
        name: name.to_owned(),
        kind,
        multi_valued: false,
        description: String::new(),
        required: false,
        canonical_values: Vec::new(),
        case_exact: true,
        sub_attributes,
    }
}

fn schemas() -> Vec<ExtensionSchema> {
    let part = attribute("Floor", AttributeType::Integer, vec![]);
    let desks = SchemaAttribute {
        multi_valued: true,
        ..attribute("desks", AttributeType::Complex, vec![part.clone()])
    };
    vec![ExtensionSchema {
        urn: "urn:example:2.0:User".to_owned(),
        organization_id: Id(uuid::Uuid::nil()),
        name: "Example".to_owned(),
        description: String::new(),
        extends: ExtendedType::User,
        attributes: vec![
            attribute("Badge", AttributeType::String, vec![]),
            attribute("office", AttributeType::Complex, vec![part]),
            desks,
        ],
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }]
}

fn user(name: &str) -> Result<Target> {
    resolve(ExtendedType::User, name, &schemas())
}

fn location(name: &str) -> AttributeLocation {
    match user(name).unwrap() {
        Target::Value(attribute) => attribute.location,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_leads_to_where_its_value_is() {
    assert_eq!(location("user_name"), AttributeLocation::Column(Column::UserName));
    assert_eq!(
        location("name.family_name"),
        AttributeLocation::Key("name.family_name".into())
    );
    assert_eq!(
        location("enterprise.manager"),
        location("enterprise.manager.value")
    );
    assert!(matches!(user("emails").unwrap(), Target::List(list) if list.value().is_some()));
    assert!(matches!(user("addresses").unwrap(), Target::List(list) if list.value().is_none()));
    assert!(matches!(user("addresses.locality").unwrap(), Target::Each(..)));
    assert!(matches!(user("name").unwrap(), Target::Object(parts) if parts.len() == 6));
    assert!(matches!(user("enterprise").unwrap(), Target::Object(parts) if parts.len() == 6));
}

#[test]
fn names_of_extensions_are_found_without_case() {
    assert_eq!(
        location("URN:EXAMPLE:2.0:user:badge"),
        AttributeLocation::Key("urn:example:2.0:User:Badge".into())
    );
    assert_eq!(
        location("urn:example:2.0:User:OFFICE.floor"),
        AttributeLocation::Key("urn:example:2.0:User:office.Floor".into())
    );
    assert!(matches!(
        user("urn:example:2.0:User:desks.floor").unwrap(),
        Target::Each(..)
    ));
    assert!(matches!(user("urn:example:2.0:User").unwrap(), Target::Object(parts) if parts.len() == 3));
}

#[test]
fn what_is_not_in_the_table_does_not_exist() {
    for name in [
        "",
        "password",
        "userName",
        "user_name.x",
        "name.nick",
        "emails.",
        "emails.value.x",
        "na",
        "members",
        "urn:example:2.0:User:",
        "urn:example:2.0:User:other",
        "urn:example:2.0:User:Badge.x",
        "urn:other:Badge",
        "urn:é",
    ] {
        assert!(matches!(user(name), Err(Error::InvalidFilter { .. })), "{name}");
    }
    assert!(resolve(ExtendedType::Group, "urn:example:2.0:User:badge", &schemas()).is_err());
    assert!(resolve(ExtendedType::Group, "members", &schemas()).is_ok());
}
