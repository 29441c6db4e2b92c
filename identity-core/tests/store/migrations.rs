//! Migrations: forth, back and forth again, and the tables they make.

use identity_core::{
    error::Error,
    organization::OrganizationStatus,
    platform::Platform,
    store::{OpenError, Options, Store, Write},
};

use crate::harness::{World, on_every_database};

on_every_database![
    the_tables_are_those_of_the_schema,
    migrations_go_down_and_up_again,
    migrating_twice_changes_nothing,
    a_database_for_newer_programs_alone_is_refused,
    a_newer_database_that_older_programs_can_work_with_is_served,
    a_database_that_lacks_migrations_is_not_ready,
    migrations_are_not_undone_under_another_program,
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

/// A migration that this program does not know.
const UNKNOWN: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')";

async fn a_database_for_newer_programs_alone_is_refused(world: World) {
    world.sql(UNKNOWN).await;
    world
        .sql("INSERT INTO deployment_secrets (name, value) VALUES ('minimum-schema', '99999999999999')")
        .await;
    for refused in [
        world.store.migrate().await.map(drop),
        world.store.check_schema().await,
    ] {
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("newer than this program: it has migration 9999"),
            "{refused}"
        );
    }
    assert!(matches!(world.store.ping().await, Err(Error::Unavailable(_))));
}

async fn a_newer_database_that_older_programs_can_work_with_is_served(world: World) {
    world.sql(UNKNOWN).await;
    assert_eq!(world.store.migrate().await.unwrap(), [""; 0]);
    world.store.check_schema().await.unwrap();
    world.store.ping().await.unwrap();
    world.added("bjensen").await;
    // But only the program that knows a migration can undo it.
    assert!(matches!(
        world.store.migrate_down(1).await,
        Err(OpenError::Newer(_))
    ));
}

async fn a_database_that_lacks_migrations_is_not_ready(world: World) {
    let undone = world.store.migrate_down(1).await.unwrap();
    let refused = world.store.check_schema().await.unwrap_err();
    assert!(
        matches!(&refused, OpenError::Pending(missing) if *missing == undone),
        "{refused}"
    );
    assert!(matches!(world.store.ping().await, Err(Error::Unavailable(_))));
    world.store.migrate_down(100).await.unwrap();
    assert!(matches!(
        world.store.check_schema().await,
        Err(OpenError::Pending(missing)) if missing.len() > 10
    ));
    world.store.migrate().await.unwrap();
    world.store.check_schema().await.unwrap();
    world.store.ping().await.unwrap();
}

async fn migrations_are_not_undone_under_another_program(world: World) {
    let columns = world.columns().await;
    match Store::open(&world.url, Options::default()).await {
        // The file is one program's.
        Err(refused) => assert!(matches!(refused, OpenError::InUse(_)), "{refused}"),
        Ok(other) => {
            let refused = other.migrate_down(1).await.unwrap_err();
            assert!(matches!(refused, OpenError::InService(1..)), "{refused}");
            other.close().await;
        }
    }
    assert_eq!(world.columns().await, columns);
}

/// The newest migration that was there before programs worked with databases of their successors.
const FIRST_SERVED_BY_OLDER: &str = "00000000000090";

#[test]
fn a_migration_that_breaks_older_programs_says_so() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    for engine in ["sqlite", "postgres"] {
        for migration in std::fs::read_dir(format!("{folder}/{engine}")).unwrap() {
            let path = migration.unwrap().path().join("up.sql");
            let name = path.display().to_string();
            let version = name
                .rsplit('/')
                .nth(1)
                .unwrap()
                .split('_')
                .next()
                .unwrap()
                .to_owned();
            if version.as_str() <= FIRST_SERVED_BY_OLDER {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap().to_uppercase();
            let breaks = [
                "DROP TABLE",
                "DROP COLUMN",
                "RENAME",
                "SET NOT NULL",
                " TYPE ",
                "DROP DEFAULT",
            ];
            let said = text.contains("MINIMUM-SCHEMA") && text.contains(&version);
            assert!(
                said || !breaks.iter().any(|breaking| text.contains(breaking)),
                "{name} sets no minimum-schema"
            );
        }
    }
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
