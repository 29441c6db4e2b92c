//! The thread that moves committed pages from the log into the database, so that no commit has to.

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

use super::conn::{Conn, Role};
use crate::store::OpenError;

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(100);
/// After so many looks without a commit the log is emptied.
const IDLE_LOOKS: u32 = 50;

/// The running thread; it ends when this is dropped.
pub(super) struct Checkpointer {
    _alive: Sender<()>,
}

/// Starts the thread. `commits` counts the writer's commits.
pub(super) fn start(path: &Path, commits: Arc<AtomicU64>) -> Result<Checkpointer, OpenError> {
    let conn = Conn::open(path, Role::Checkpointer)?;
    let (alive, ended) = channel();
    thread::Builder::new()
        .name("sqlite-checkpoint".into())
        .spawn(move || run(conn, &commits, &ended))
        .map_err(OpenError::opened)?;
    Ok(Checkpointer { _alive: alive })
}

fn run(mut conn: Conn, commits: &AtomicU64, ended: &Receiver<()>) {
    let mut seen = 0;
    let mut idle_looks = 0;
    while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let now = commits.load(Ordering::Relaxed);
        idle_looks = if now == seen { idle_looks + 1 } else { 0 };
        let statement = if now != seen {
            "PRAGMA wal_checkpoint(PASSIVE)"
        } else if idle_looks == IDLE_LOOKS {
            "PRAGMA wal_checkpoint(TRUNCATE)"
        } else {
            continue;
        };
        seen = now;
        if let Err(error) = conn.script(statement) {
            tracing::warn!(%error, "cannot checkpoint the database");
        }
    }
}
