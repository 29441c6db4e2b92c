//! SQLite: one writer thread that commits in groups, and connections for readers.
//!
//! A statement never waits for anything but the disk, so a whole unit or query runs to its end in one poll, on a thread that is
//! chosen before: units on the writer's, scans on the blocking pool's, point reads where the caller is.

mod backup;
mod checkpoint;
mod conn;
mod engine;
mod failure;
mod lock;
mod log;
mod point_reads;
mod readers;
mod rewrite;
mod time_left;
mod writer;

/// A query whose rows no other writer changes until the end of the transaction. SQLite has one writer, so it is the query.
macro_rules! locked {
    ($query:expr) => {
        $query
    };
}

#[expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled once for each database"
)]
#[path = "../ops/mod.rs"]
mod ops;

use super::condition::Database;
pub(super) use backup::BackupSession;
pub(super) use engine::Engine;
#[cfg(test)]
pub(super) use time_left::TimeLeft;

use conn::{Conn, Pipeline, RunQueryDsl};
use failure::classify;

const DATABASE: Database = Database::Sqlite;
