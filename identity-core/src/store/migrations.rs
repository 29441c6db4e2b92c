//! The migrations, which are part of the program.

use diesel::{backend::Backend, migration::MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::OpenError;

/// Migrations of SQLite.
pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
/// Migrations of PostgreSQL.
pub(super) const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

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
    let known: Vec<_> = MigrationSource::<Db>::migrations(migrations)
        .map_err(OpenError::migrated)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    let applied = harness.applied_migrations().map_err(OpenError::migrated)?;
    match applied.into_iter().find(|version| !known.contains(version)) {
        Some(unknown) => Err(OpenError::Newer(unknown.to_string())),
        None => Ok(()),
    }
}
