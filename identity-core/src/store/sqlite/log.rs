//! The log that a program leaves which ended by no will of its own.

use std::{fs, path::Path};

use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};

use crate::store::OpenError;

#[derive(diesel::QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// Refuses a log that makes the database a damaged one, which is that of another file: a backup was copied over the one that it belongs
/// to. Only a connection that cannot write may look, as SQLite moves the log into the file at the end of the last other one. It reads
/// the whole file, and only after a crash.
pub(super) fn check(database: &Path) -> Result<(), OpenError> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    if !fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Ok(());
    }
    let started = std::time::Instant::now();
    let foreign = || OpenError::ForeignLog(database.to_owned());
    let mut connection = SqliteConnection::establish(&read_only(database)).map_err(OpenError::opened)?;
    let findings: Vec<Finding> = sql_query("PRAGMA quick_check(1)")
        .load(&mut connection)
        .map_err(|_| foreign())?;
    if findings.iter().any(|finding| finding.quick_check != "ok") {
        return Err(foreign());
    }
    let milliseconds = started.elapsed().as_millis();
    tracing::info!(
        milliseconds,
        "the log of a process that did not end by itself is whole"
    );
    Ok(())
}

/// A URL of SQLite's, in which three characters have a meaning.
pub(super) fn read_only(database: &Path) -> String {
    let path = database.display().to_string();
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?mode=ro")
}
