//! How a store is opened, and why it is not.

use std::{fmt, path::PathBuf, time::Duration};

use crate::error::Source;

/// How a store is opened. The defaults suit a server; everything but the name is for PostgreSQL.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name under which PostgreSQL shows the connections.
    pub application_name: String,
    /// Largest number of connections; at least [`Options::MIN_CONNECTIONS`].
    pub connections: usize,
    /// How long a call waits for a free connection.
    pub connect_timeout: Duration,
    /// After which time PostgreSQL ends a statement.
    pub statement_timeout: Duration,
}

/// Connections for each core: more do not help, as PostgreSQL works on one statement a core.
const CONNECTIONS_PER_CORE: usize = 4;
/// Connections that one instance takes at most.
const MAX_CONNECTIONS: usize = 16;

impl Options {
    /// Connections that a store needs: one for reads of single values, and one for all else.
    pub const MIN_CONNECTIONS: usize = 2;
}

impl Default for Options {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            application_name: "roster".into(),
            connections: (cores * CONNECTIONS_PER_CORE).min(MAX_CONNECTIONS),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// Why a store cannot be opened or migrated. For the operator, so it may name paths and tell what the driver said.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one of a database that Roster knows.
    #[error("the database URL {0}")]
    Url(String),
    /// Another process has the SQLite database open.
    #[error(
        "{} is open in another process; SQLite serves one process, use PostgreSQL for several",
        .0.display()
    )]
    InUse(PathBuf),
    /// SQLite's log is not that of the file that it lies beside, as after a file was copied over another one.
    #[error(
        "{database}-wal does not belong to {database}: it was left behind when that file was replaced, and together they are a damaged \
         database. Move {database}-wal and {database}-shm away and start again",
        database = .0.display()
    )]
    ForeignLog(PathBuf),
    /// The database has migrations that this program does not know and cannot work with.
    #[error("the database is newer than this program: it has migration {0}")]
    Newer(String),
    /// The database lacks migrations, and this program is not to run them.
    #[error("the database lacks {} of this program's migrations, the first is {}; run: roster migrate", .0.len(), .0.first().map_or("", String::as_str))]
    Pending(Vec<String>),
    /// Migrations cannot be undone while instances serve.
    #[error("{0} connections of running instances are open; stop all instances before migrations are undone")]
    InService(i64),
    /// A pooler gives each transaction another session, while settings, prepared statements and locks belong to a session.
    #[error(
        "between Roster and the database is a pooler in transaction or statement mode, which shares sessions; use its session mode, or \
         connect to the database itself"
    )]
    SharedSession,
    /// The server is not there or does not answer, so it may be there in a moment.
    #[error("the database cannot be reached: {0}")]
    Unreachable(Source),
    /// A file cannot be made or opened.
    #[error("{}: {source}", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The database cannot be reached or refuses.
    #[error("the database cannot be {doing}: {source}")]
    Database {
        /// Step that was tried: "opened", "migrated".
        doing: &'static str,
        /// Error of the driver.
        source: Source,
    },
}

impl OpenError {
    pub(crate) fn url(why: impl fmt::Display) -> Self {
        Self::Url(why.to_string())
    }

    pub(crate) fn opened(source: impl Into<Source>) -> Self {
        Self::Database {
            doing: "opened",
            source: source.into(),
        }
    }

    pub(crate) fn migrated(source: impl Into<Source>) -> Self {
        Self::Database {
            doing: "migrated",
            source: source.into(),
        }
    }
}
