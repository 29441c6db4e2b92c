//! Extension schemas.

use identity_core::{
    directory::input::{NewSchema, UserField},
    error::{Error, Result, Rule},
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
};
use serde_json::json;

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_not_found, assert_taken, equal, named, on_every_database,
    update,
};

on_every_database![
    a_schema_is_found_by_its_urn_without_case,
    a_urn_is_unique_without_case,
    there_are_at_most_twenty_schemas,
    values_of_a_declared_schema_are_kept_and_found,
    a_schema_that_is_in_use_stays,
    a_schema_that_nothing_uses_goes,
];

const URN: &str = "urn:example:2.0:User";

pub(crate) fn attribute(name: &str) -> SchemaAttribute {
    SchemaAttribute {
        name: name.into(),
        kind: AttributeType::String,
        multi_valued: false,
        description: String::new(),
        required: false,
        canonical_values: Vec::new(),
        case_exact: false,
        sub_attributes: Vec::new(),
    }
}

async fn declare(world: &World, urn: &str) -> Result<ExtensionSchema> {
    let new = NewSchema {
        urn: urn.into(),
        name: "Example".into(),
        description: String::new(),
        extends: ExtendedType::User,
        attributes: vec![attribute("badge")],
    };
    world
        .directory
        .create_schema(world.root(), ORGANIZATION, new, "")
        .await
}

async fn a_schema_is_found_by_its_urn_without_case(world: World) {
    let made = declare(&world, URN).await.unwrap();
    let root = world.root();
    let found = world
        .directory
        .get_schema(root, ORGANIZATION, &URN.to_uppercase())
        .await;
    assert_eq!(found.unwrap(), made);
    assert_eq!(
        world.directory.list_schemas(root, ORGANIZATION).await.unwrap(),
        [made]
    );
    assert_not_found(
        world
            .directory
            .get_schema(root, ORGANIZATION, "urn:other:x")
            .await,
    );
}

async fn a_urn_is_unique_without_case(world: World) {
    declare(&world, URN).await.unwrap();
    assert_taken(declare(&world, "URN:Example:2.0:User").await, "id");
}

async fn there_are_at_most_twenty_schemas(world: World) {
    for number in 0..20 {
        declare(&world, &format!("urn:example:{number}")).await.unwrap();
    }
    let refused = declare(&world, URN).await;
    assert!(
        matches!(refused, Err(Error::TooMany { maximum: 20, .. })),
        "{refused:?}"
    );
}

async fn values_of_a_declared_schema_are_kept_and_found(world: World) {
    declare(&world, URN).await.unwrap();
    let mut input = named("ada");
    input
        .profile
        .extensions
        .insert(URN.into(), json!({ "badge": "Gold" }));
    let ada = world.create(input).await.unwrap();
    assert_eq!(ada.user.profile.extensions[URN], json!({ "badge": "Gold" }));
    let found = world
        .names_where(Some(equal(&format!("{URN}:badge"), "GOLD")))
        .await;
    assert_eq!(found, ["ada"]);
}

async fn delete(world: &World) -> Result<()> {
    world
        .directory
        .delete_schema(world.root(), ORGANIZATION, URN)
        .await
}

async fn a_schema_that_is_in_use_stays(world: World) {
    declare(&world, URN).await.unwrap();
    let mut input = named("ada");
    input
        .profile
        .extensions
        .insert(URN.into(), json!({ "badge": "Gold" }));
    let ada = world.create(input).await.unwrap();
    let in_use = Rule::PolicyForbids("attributes.custom");
    assert_broken(delete(&world).await, &in_use);
    let cleared = update(&ada, &[UserField::Extensions], named(""));
    world.update(cleared).await.unwrap();
    delete(&world).await.unwrap();
}

async fn a_schema_that_nothing_uses_goes(world: World) {
    declare(&world, URN).await.unwrap();
    delete(&world).await.unwrap();
    assert_not_found(delete(&world).await);
}
