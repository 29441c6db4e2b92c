//! Metrics that are figures of a moment, taken when somebody asks for them.

use identity_core::directory::Directory;
use metrics::{counter, gauge};

/// Sets the metrics of the core's figures.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn collect(directory: &Directory) {
    let stats = directory.stats();
    let store = stats.store;
    let gauges = [
        ("roster_database_connections_max", store.connections_max),
        ("roster_database_connections_open", store.connections_open),
        ("roster_database_connections_idle", store.connections_idle),
        ("roster_database_connection_waiters", store.connections_awaited),
        ("roster_database_write_queue_units", store.units_waiting),
        ("roster_database_wal_bytes", store.wal_bytes),
    ];
    for (name, value) in gauges {
        gauge!(name).set(value as f64);
    }
    counter!("roster_database_commits_total").absolute(store.commits);
    counter!("roster_database_units_total").absolute(store.units);
    counter!("roster_database_errors_total", "kind" => "unavailable").absolute(store.unavailable);
    counter!("roster_database_errors_total", "kind" => "internal").absolute(store.internal);
    for (cache, lookups) in stats.caches {
        counter!("roster_cache_lookups_total", "cache" => cache, "outcome" => "hit").absolute(lookups.hits);
        counter!("roster_cache_lookups_total", "cache" => cache, "outcome" => "miss")
            .absolute(lookups.misses);
    }
}
