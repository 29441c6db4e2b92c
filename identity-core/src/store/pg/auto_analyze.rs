//! Statistics of tables that grow fast.
//!
//! PostgreSQL looks once a minute whether a table is worth looking into anew. Until then it plans with what it believed before, for
//! a new table that it has next to no rows, where every index is as good as any other; and a connection keeps the plan. So lookups
//! in a table that is being filled would walk it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often somebody looks, while there are writes.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks into tables of which more than half is new. PostgreSQL itself takes care of the others.
pub(super) const ANALYZE_GROWN_TABLES: &str = "DO $$ DECLARE grown text; BEGIN \
     FOR grown IN SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema() \
     AND n_mod_since_analyze >= 50 AND n_mod_since_analyze >= n_live_tup / 2 \
     LOOP EXECUTE format('ANALYZE %I', grown); END LOOP; END $$";

/// When somebody last looked.
#[derive(Default)]
pub(super) struct AutoAnalyze {
    last_run: Mutex<Option<Instant>>,
}

impl AutoAnalyze {
    /// Tells whether it is time to look; true for one caller.
    pub(super) fn is_due(&self) -> bool {
        let mut last_run = self.last_run.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last_run.is_none_or(|last| last.elapsed() >= INTERVAL);
        if due {
            *last_run = Some(Instant::now());
        }
        due
    }
}
