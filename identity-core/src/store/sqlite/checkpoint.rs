//! The thread that moves committed pages from the log into the database, so that no commit has to, and that holds what readers would
//! lock while nobody writes.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use diesel::QueryResult;

use super::conn::{Conn, Role};
use crate::store::{OpenError, stats::Counters};

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(100);
/// After so many looks without a commit the log is emptied.
const IDLE_LOOKS: u32 = 50;

/// The running thread; it ends when this is dropped.
pub(super) struct Checkpointer {
    _alive: Sender<()>,
}

/// Holds the lock that a reader of the newest state takes. SQLite asks the kernel only for the first such lock of a process, so that
/// readers beside it spare two system calls for each statement. It would keep the log from beginning anew, so it ends with the first
/// look after a commit.
const HOLD: &str = "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;";
const RELEASE: &str = "COMMIT";

/// Starts the thread. `counters` counts the writer's commits.
pub(super) fn start(path: &Path, counters: Arc<Counters>) -> Result<Checkpointer, OpenError> {
    let conn = Conn::open(path, Role::Checkpointer)?;
    let (alive, ended) = channel();
    thread::Builder::new()
        .name("sqlite-checkpoint".into())
        .spawn(move || run(conn, &counters.commits, &ended))
        .map_err(OpenError::opened)?;
    Ok(Checkpointer { _alive: alive })
}

fn run(mut conn: Conn, commits: &AtomicU64, ended: &Receiver<()>) {
    let mut seen = 0;
    let mut idle_looks = 0;
    let mut holds = false;
    while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let now = commits.load(Ordering::Relaxed);
        idle_looks = if now == seen { idle_looks + 1 } else { 0 };
        seen = now;
        let checkpoint = match idle_looks {
            0 => "PRAGMA wal_checkpoint(PASSIVE)",
            IDLE_LOOKS => "PRAGMA wal_checkpoint(TRUNCATE)",
            _ => "",
        };
        if !checkpoint.is_empty() {
            if std::mem::take(&mut holds) {
                log_failure(conn.script(RELEASE));
            }
            log_failure(conn.script(checkpoint));
        } else if !holds {
            let held = conn.script(HOLD);
            holds = held.is_ok();
            log_failure(held);
        }
    }
}

fn log_failure(outcome: QueryResult<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "cannot checkpoint the database");
    }
}
