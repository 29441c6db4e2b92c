//! Migrations: forth, back and forth again, and the tables they make.

use identity_core::{
    organization::OrganizationStatus,
    platform::Platform,
    store::{OpenError, Store, Write},
};

use crate::harness::{World, on_every_database};

on_every_database![
    the_tables_are_those_of_the_schema,
    migrations_go_down_and_up_again,
    migrating_twice_changes_nothing,
    a_newer_database_is_refused,
    a_deleted_organization_is_closed_where_none_can_be_deleted,
];

const SCHEMA: &str = include_str!("../../src/store/schema.rs");

/// `table.column type`, as `schema.rs` says it.
fn declared() -> Vec<String> {
    let mut table = "";
    let mut columns = Vec::new();
    for line in SCHEMA.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            table = name;
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            columns.push(format!("{table}.{column} {}", kind.trim_end_matches(',')));
        }
    }
    columns.sort();
    columns
}

async fn the_tables_are_those_of_the_schema(world: World) {
    let mut stored = world.columns().await;
    stored.sort();
    assert_eq!(stored, declared());
}

async fn migrations_go_down_and_up_again(world: World) {
    let down = world.store.migrate_down(100).await.unwrap();
    assert_eq!(world.columns().await, [""; 0]);
    let up = world.store.migrate().await.unwrap();
    assert_eq!(up, down.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(world.columns().await.len(), declared().len());
    world.found(&world.organization).await.unwrap();
    world.added("bjensen").await;
}

async fn migrating_twice_changes_nothing(world: World) {
    let (first, second) = tokio::join!(world.store.migrate(), world.store.migrate());
    assert_eq!((first.unwrap().len(), second.unwrap().len()), (0, 0));
    assert_eq!(world.now_at_home().await, world.organization);
}

async fn a_newer_database_is_refused(world: World) {
    world
        .sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')")
        .await;
    let refused = async |store: &Store| match store.migrate().await {
        Err(error @ OpenError::Newer(_)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(
        refused(&world.store)
            .await
            .contains("newer than this program: it has migration 9999")
    );
    assert!(matches!(
        world.store.migrate_down(1).await,
        Err(OpenError::Newer(_))
    ));
}

async fn a_deleted_organization_is_closed_where_none_can_be_deleted(world: World) {
    let home = world.home();
    let next = world.organization("acme");
    world
        .write(vec![Write::DeleteOrganization(home, world.now())])
        .await
        .unwrap();
    world.found(&next).await.unwrap();
    // Down to before the one that lets organizations be deleted, whatever came after it.
    loop {
        let undone = world.store.migrate_down(1).await.unwrap();
        if undone[0].contains("00000000000070") {
            break;
        }
    }
    world.store.migrate().await.unwrap();
    let closed = world.now_at_home().await;
    assert_eq!(closed.status, OrganizationStatus::Suspended);
    let id = home.to_string().replace('-', "");
    assert_eq!(closed.slug, format!("deleted-{id}"));
    assert_eq!(
        world.ask(|reader| reader.organization_id("acme")).await,
        Some(next.id)
    );
}
