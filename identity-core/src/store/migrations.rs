//! The migrations, which are part of the program.

use async_trait::async_trait;
use diesel::{backend::Backend, migration::MigrationSource, sqlite::Sqlite};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Cost, OpenError, Query, Reader};
use crate::error::Result as CoreResult;

/// Migrations of SQLite.
pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
/// Migrations of PostgreSQL.
pub(super) const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Table in which diesel notes what has run.
pub(super) const TABLE: &str = "__diesel_schema_migrations";
/// Statement that reads what has run.
pub(super) const APPLIED: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";

diesel::table! {
    /// Migrations that have run.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Name of the oldest migration that a program must know to work with the database, among the values that belong to the database itself.
/// A migration that older programs cannot work with sets it to its own; without it all of them can.
const MINIMUM: &str = "minimum-schema";

/// The schema of a database.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// Migrations that ran, oldest first.
    applied: Vec<String>,
    minimum: Option<String>,
}

impl Schema {
    /// Refuses a schema that this program cannot work with: one that lacks migrations, or one for newer programs alone.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        self.refuse_newer()?;
        let mut missing = known()?;
        missing.retain(|name| !self.applied.contains(name));
        if missing.is_empty() {
            Ok(())
        } else {
            Err(OpenError::Pending(missing))
        }
    }

    /// Refuses a schema for newer programs alone.
    pub(super) fn refuse_newer(&self) -> Result<(), OpenError> {
        let newest = known()?.pop();
        match &self.minimum {
            Some(minimum) if newest.as_ref() < Some(minimum) => Err(OpenError::Newer(minimum.clone())),
            _ => Ok(()),
        }
    }

    /// Returns the newest migration, if this program does not know it.
    pub(super) fn unknown(&self) -> Result<Option<&str>, OpenError> {
        let known = known()?;
        let newest = self.applied.last().filter(|name| !known.contains(name));
        Ok(newest.map(String::as_str))
    }
}

/// Query for the schema. A database without tables has none, which is an error here.
pub(super) struct ReadSchema;

#[async_trait]
impl Query for ReadSchema {
    type Output = Schema;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> CoreResult<Schema> {
        Ok(Schema {
            applied: reader.applied_migrations().await?,
            minimum: reader.deployment_value(MINIMUM).await?,
        })
    }
}

/// Returns the names of all migrations, oldest first; they are the same for both databases.
pub(super) fn known() -> Result<Vec<String>, OpenError> {
    names::<Sqlite>(&SQLITE)
}

/// Direction in which migrations are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Run all that are pending.
    Up,
    /// Undo this many, newest first.
    Down(usize),
}

/// Runs or undoes migrations; answers the names of those.
pub(super) fn migrate<Db, Harness>(
    harness: &mut Harness,
    migrations: fn() -> EmbeddedMigrations,
    direction: Direction,
) -> Result<Vec<String>, OpenError>
where
    Db: Backend,
    Harness: MigrationHarness<Db>,
{
    let mut done = Vec::new();
    match direction {
        Direction::Up => {
            let pending = harness
                .pending_migrations(migrations())
                .map_err(OpenError::migrated)?;
            for migration in pending {
                let version = harness.run_migration(&*migration);
                done.push(version.map_err(OpenError::migrated)?.to_string());
            }
        }
        Direction::Down(count) => {
            refuse_unknown(harness, &migrations())?;
            let applied = harness.applied_migrations().map_err(OpenError::migrated)?;
            for _ in applied.iter().take(count) {
                let version = harness.revert_last_migration(migrations());
                done.push(version.map_err(OpenError::migrated)?.to_string());
            }
        }
    }
    Ok(done)
}

/// Refuses to undo migrations that this program does not have.
fn refuse_unknown<Db: Backend>(
    harness: &mut impl MigrationHarness<Db>,
    migrations: &EmbeddedMigrations,
) -> Result<(), OpenError> {
    let known = names::<Db>(migrations)?;
    let applied = harness.applied_migrations().map_err(OpenError::migrated)?;
    let mut applied = applied.into_iter().map(|version| version.to_string());
    match applied.find(|version| !known.contains(version)) {
        Some(unknown) => Err(OpenError::Newer(unknown)),
        None => Ok(()),
    }
}

fn names<Db: Backend>(migrations: &EmbeddedMigrations) -> Result<Vec<String>, OpenError> {
    let migrations = MigrationSource::<Db>::migrations(migrations).map_err(OpenError::migrated)?;
    let mut names: Vec<_> = migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    names.sort();
    Ok(names)
}
