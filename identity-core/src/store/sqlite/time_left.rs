//! The end of a search. SQLite can be interrupted only from outside of safe Rust, so a search asks for each row whether there is time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{QueryResult, SqliteConnection};

use crate::{error::Error, store::searches};

/// Rows between two looks at the clock.
const ROWS: u64 = 16;
/// Message of the overflow that ends a statement.
const OVERFLOW: &str = "integer overflow";
/// The end of what never ends.
const NEVER: u64 = u64::MAX;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Answers 1 while there is time, and then the number whose `abs` is an overflow, which ends the statement.
    fn time_left() -> diesel::sql_types::BigInt;
}

/// The end of the statements of a connection.
pub(in crate::store) struct TimeLeft {
    opened: Instant,
    /// In microseconds after that.
    end: Arc<AtomicU64>,
}

impl TimeLeft {
    /// Gives a connection the function that conditions call.
    pub(in crate::store) fn of(connection: &SqliteConnection) -> QueryResult<Self> {
        let opened = Instant::now();
        let end = Arc::new(AtomicU64::new(NEVER));
        let (asked, mut rows) = (Arc::clone(&end), 0_u64);
        time_left_utils::register_nondeterministic_impl(connection, move || {
            rows = rows.wrapping_add(1);
            let end = asked.load(Ordering::Relaxed);
            let is_over = end != NEVER && rows % ROWS == 0 && micros(opened.elapsed()) > end;
            if is_over { i64::MIN } else { 1 }
        })?;
        Ok(Self { opened, end })
    }

    /// Ends what runs from now on after so long.
    pub(super) fn begin(&self, time: Duration) {
        let end = micros(self.opened.elapsed() + time);
        self.end.store(end, Ordering::Relaxed);
    }

    /// Lets run what comes as long as it takes.
    pub(super) fn stop(&self) {
        self.end.store(NEVER, Ordering::Relaxed);
    }
}

/// Tells the end of a statement whose time was over from other errors.
pub(super) fn ended(error: Error) -> Error {
    match &error {
        Error::Internal(source) if source.to_string().contains(OVERFLOW) => searches::too_long(),
        _ => error,
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros().try_into().unwrap_or(NEVER)
}
