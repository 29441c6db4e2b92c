//! Contract between backups and a database.

use async_trait::async_trait;

use super::{
    Reader,
    error::BackupError,
    table::{Kind, Table},
};
use crate::{
    id::Id,
    store::{Location, Options, pg, sqlite},
};

/// Receiver of rows.
pub(in crate::store) type EachRow<'a> = dyn FnMut(&[u8]) -> Result<(), BackupError> + Send + 'a;

/// A session on one database.
#[async_trait]
pub(in crate::store) trait Session: Send {
    /// Tells which database this is.
    fn engine(&self) -> &'static str;

    /// Writes an id as statements have it.
    fn literal(&self, id: Id) -> String;

    /// Returns the statement that reads the names of all tables.
    fn table_names(&self) -> &'static str;

    /// Runs a statement that reads, and gives each row with values of these kinds.
    async fn rows(&mut self, select: &str, kinds: &[Kind], each: &mut EachRow<'_>)
    -> Result<(), BackupError>;
}

/// A session that writes.
#[async_trait]
pub(in crate::store) trait Target: Session {
    /// Brings the tables to this program's schema.
    async fn migrate(&mut self) -> Result<(), BackupError>;

    /// Begins a transaction, in which nobody else writes to these tables. Without [`Target::commit`] it leaves nothing behind.
    async fn begin(&mut self, tables: &[Table]) -> Result<(), BackupError>;

    /// Inserts the rows of a section; `each` is called for each of them.
    async fn insert(
        &mut self,
        table: &Table,
        rows: &mut Reader,
        each: &mut (dyn FnMut() + Send),
    ) -> Result<(), BackupError>;

    /// Runs a statement that writes.
    async fn execute(&mut self, statement: &str) -> Result<(), BackupError>;

    /// Commits; after it all is on the disk.
    async fn commit(&mut self) -> Result<(), BackupError>;
}

/// Opens a database to read one snapshot, while others write.
pub(super) async fn open_snapshot(url: &str) -> Result<Box<dyn Session>, BackupError> {
    Ok(match Location::of(url)? {
        Location::Sqlite(path) => Box::new(sqlite::BackupSession::snapshot(&path)?),
        Location::Postgres(url) => Box::new(pg::BackupSession::snapshot(url, &Options::default()).await?),
    })
}

/// Opens a database to restore into it; SQLite's file is made if absent.
pub(super) async fn open_target(url: &str) -> Result<Box<dyn Target>, BackupError> {
    Ok(match Location::of(url)? {
        Location::Sqlite(path) => Box::new(sqlite::BackupSession::target(&path)?),
        Location::Postgres(url) => Box::new(pg::BackupSession::target(url, &Options::default()).await?),
    })
}
