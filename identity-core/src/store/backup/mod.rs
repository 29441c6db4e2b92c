//! Backups: one file that holds what a database held at one moment, and that either database can be made from.
//!
//! The file is described in `docs/backup.md`. All that is known of tables comes from `schema.rs` by `table.rs`; an engine knows only how to
//! read the rows of a statement and how to insert rows (`session.rs`).

mod create;
mod error;
mod file;
mod manifest;
mod partial_file;
mod reader;
mod restore;
mod row;
pub(super) mod session;
pub(super) mod table;
mod writer;

pub use create::create;
pub use error::BackupError;
pub use manifest::{ColumnManifest, Manifest, ManifestLine, OrganizationManifest, TableManifest};
pub use reader::{Section, Verification, show, verify};
pub use restore::{mark_restored, restore};

pub(super) use reader::Reader;
pub(super) use row::{RowBuffer, take_value};

/// Rows after which the progress is told.
const PROGRESS_EVERY: u64 = 50_000;

/// Progress of a backup or a restore.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Step that is under way: "read", "verified", "restored".
    pub step: &'static str,
    /// Table whose rows are counted.
    pub table: &'a str,
    /// Rows that are done.
    pub rows: u64,
    /// Rows in all.
    pub of: u64,
}

/// Receiver of the progress.
pub type OnProgress<'a> = dyn FnMut(Progress<'_>) + Send + 'a;

/// Counts the rows of a table and tells the progress.
struct Counter<'a> {
    progress: Progress<'a>,
}

impl<'a> Counter<'a> {
    fn new(step: &'static str, table: &'a str, of: u64) -> Self {
        let progress = Progress {
            step,
            table,
            rows: 0,
            of,
        };
        Self { progress }
    }

    fn count(&mut self, on_progress: &mut OnProgress<'_>) {
        self.progress.rows += 1;
        if self.progress.rows.is_multiple_of(PROGRESS_EVERY) || self.progress.rows == self.progress.of {
            on_progress(self.progress);
        }
    }
}
