//! Figures of an open store, for an operator's graphs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Figures of an open store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections that may be open at most.
    pub connections_max: u64,
    /// Connections that are open, idle ones included.
    pub connections_open: u64,
    /// Connections that are idle.
    pub connections_idle: u64,
    /// Calls that wait for a connection.
    pub connections_awaited: u64,
    /// Units that wait to be written.
    pub units_waiting: u64,
    /// Units that were committed since the start.
    pub units: u64,
    /// Commits since the start; each is of one unit or several.
    pub commits: u64,
    /// Bytes of the write-ahead log beside the database; 0 where a server keeps it.
    pub wal_bytes: u64,
    /// Calls since the start that failed for the database's trouble.
    pub unavailable: u64,
    /// Calls since the start that failed for a defect of a statement.
    pub internal: u64,
}

/// Counts of writes since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) commits: AtomicU64,
    pub(super) units: AtomicU64,
    pub(super) waiting: AtomicU64,
}

impl Counters {
    /// Counts a commit of so many units.
    pub(super) fn count_commit(&self, units: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.units.fetch_add(units as u64, Ordering::Relaxed);
    }

    /// Notes that one that waited is taken up.
    pub(super) fn leave_queue(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// The counts, with those of failures.
    pub(super) fn stats(&self) -> Stats {
        let [unavailable, internal] = [&UNAVAILABLE, &INTERNAL].map(|count| count.load(Ordering::Relaxed));
        Stats {
            units_waiting: self.waiting.load(Ordering::Relaxed),
            units: self.units.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            unavailable,
            internal,
            ..Stats::default()
        }
    }
}

/// Failures of statements, of all stores of the process: they are judged where no store is at hand.
static UNAVAILABLE: AtomicU64 = AtomicU64::new(0);
static INTERNAL: AtomicU64 = AtomicU64::new(0);

/// Counts the failure of a statement.
pub(super) fn count_failure(error: &crate::error::Error) {
    let count = match error {
        crate::error::Error::Unavailable(_) => &UNAVAILABLE,
        crate::error::Error::Internal(_) => &INTERNAL,
        _ => return,
    };
    count.fetch_add(1, Ordering::Relaxed);
}
