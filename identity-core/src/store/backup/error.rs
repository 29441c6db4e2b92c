//! Why a backup is not made, not read or not restored.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{error::Source, store::OpenError};

/// Reason why a backup is not made, read or restored. For the operator, so it may name paths and quote the driver.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The file to write exists already.
    #[error("{} exists already; a backup does not replace a file", .0.display())]
    Exists(PathBuf),
    /// Another process writes the same backup.
    #[error("{} is being written by another process", .0.display())]
    InUse(PathBuf),
    /// The file is no backup of Roster.
    #[error("{} is not a backup of Roster", .0.display())]
    NotABackup(PathBuf),
    /// The file has a format of a later version.
    #[error(
        "the backup has format {0}, which this version of Roster does not read; use the version that wrote it"
    )]
    Format(u32),
    /// The file is not what was written.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The database's schema is not that of this program.
    #[error(
        "the database has schema {found}, and this version of Roster has {wanted}; back it up with the version that serves it"
    )]
    DatabaseSchema {
        /// Last migration of the database.
        found: String,
        /// Last migration of this program.
        wanted: String,
    },
    /// The backup's schema is not that of this program.
    #[error(
        "the backup has schema {found}, and this version of Roster has {wanted}; restore it with Roster {version}, which wrote it, and \
         start the newer version on the database afterwards"
    )]
    BackupSchema {
        /// Last migration of the database that was backed up.
        found: String,
        /// Last migration of this program.
        wanted: String,
        /// Version of Roster that wrote the backup.
        version: String,
    },
    /// The database holds data already.
    #[error("the database is not empty: its table {0} has rows; a backup is restored into an empty database")]
    NotEmpty(String),
    /// The database has no such organization.
    #[error("the database has no organization {0:?}")]
    NoOrganization(String),
    /// The database has the organization of a backup already, or another one with its slug.
    #[error(
        "the database has an organization {0:?} already, or one with the same id; it may be deleted and not removed yet"
    )]
    OrganizationExists(String),
    /// The database cannot be opened or migrated.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be read or written.
    #[error("the database cannot be {doing}: {source}")]
    Database {
        /// Step that was tried: "read", "written".
        doing: &'static str,
        /// Error of the driver.
        source: Source,
    },
}

impl BackupError {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(in crate::store) fn damaged(how: impl Into<String>) -> Self {
        Self::Damaged(how.into())
    }

    pub(in crate::store) fn read(source: impl Into<Source>) -> Self {
        Self::Database {
            doing: "read",
            source: source.into(),
        }
    }

    pub(in crate::store) fn written(source: impl Into<Source>) -> Self {
        Self::Database {
            doing: "written",
            source: source.into(),
        }
    }
}
