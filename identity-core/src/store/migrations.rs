//! The migrations, which are part of the program.

use diesel::{backend::Backend, migration::MigrationSource, sqlite::Sqlite};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::OpenError;

/// Migrations of SQLite.
pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
/// Migrations of PostgreSQL.
pub(super) const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Table in which diesel notes what has run.
pub(super) const TABLE: &str = "__diesel_schema_migrations";
/// Statement that reads what has run.
pub(super) const APPLIED: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";

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
    refuse_newer(harness, &migrations())?;
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
            let applied = harness.applied_migrations().map_err(OpenError::migrated)?;
            for _ in applied.iter().take(count) {
                let version = harness.revert_last_migration(migrations());
                done.push(version.map_err(OpenError::migrated)?.to_string());
            }
        }
    }
    Ok(done)
}

/// A newer program may have changed what the tables mean, so an older one leaves them alone.
fn refuse_newer<Db: Backend>(
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
