//! Extension schemas.

use identity_core::{
    schema::ExtendedType,
    store::{UniqueName, Write},
};

use crate::harness::{World, insert_group, on_every_database};

const BADGE: &str = "urn:example:Badge";

on_every_database![
    schemas_come_in_order_of_their_urns,
    a_deleted_schema_is_gone_in_any_case,
    a_schema_is_in_use_while_a_user_has_its_values,
    a_schema_is_in_use_while_a_group_has_its_values,
];

async fn schemas_come_in_order_of_their_urns(world: World) {
    let home = world.home();
    let second = world.schema(home, "urn:b:\"2\"");
    let mut first = world.schema(home, "URN:A:1");
    first.extends = ExtendedType::Group;
    for schema in [&second, &first] {
        world
            .write(vec![Write::InsertSchema(Box::new(schema.clone()))])
            .await
            .unwrap();
    }
    let found = world.ask(move |reader| reader.schemas(home)).await;
    assert_eq!(found, vec![first, second]);
}

async fn a_deleted_schema_is_gone_in_any_case(world: World) {
    let home = world.home();
    let schema = world.schema(home, BADGE);
    world
        .write(vec![Write::InsertSchema(Box::new(schema))])
        .await
        .unwrap();
    let delete = Write::DeleteSchema(home, BADGE.to_uppercase());
    world.write(vec![delete]).await.unwrap();
    assert_eq!(world.ask(move |reader| reader.schemas(home)).await, vec![]);
}

async fn in_use(world: &World) -> bool {
    let home = world.home();
    world.scan(move |reader| reader.schema_in_use(home, BADGE)).await
}

async fn a_schema_is_in_use_while_a_user_has_its_values(world: World) {
    let mut mentions = world.user(world.home(), "mentions");
    mentions.profile.title = Some(BADGE.into());
    world.add(&mentions).await.unwrap();
    assert!(!in_use(&world).await);
    let mut wears = world.user(world.home(), "wears");
    wears
        .profile
        .extensions
        .insert(BADGE.into(), serde_json::json!({"badge": "1"}));
    world.add(&wears).await.unwrap();
    assert!(in_use(&world).await);
    world.delete(&wears).await;
    assert!(in_use(&world).await);
}

async fn a_schema_is_in_use_while_a_group_has_its_values(world: World) {
    let mut group = world.group(world.home(), "group");
    group
        .extensions
        .insert(BADGE.into(), serde_json::json!({"badge": "1"}));
    world
        .write(vec![insert_group(&group, UniqueName::Free)])
        .await
        .unwrap();
    assert!(in_use(&world).await);
}
