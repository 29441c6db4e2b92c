//! PostgreSQL: a pool of connections, and for each organization that is written to a queue whose units are committed in groups.

mod auto_analyze;
mod backup;
mod batch;
mod batched_reads;
mod batcher;
mod combined_insert;
mod conn;
mod connect;
mod engine;
mod failure;
mod liveness;
mod notifier;
mod password;
mod pipeline;
mod pool;
mod shared;
mod tls;
mod url;
mod write_queues;

/// A query whose rows no other writer changes until the end of the transaction. Not `FOR UPDATE`: that would hold up the checks of
/// foreign keys.
macro_rules! locked {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

#[expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled once for each database"
)]
#[path = "../ops/mod.rs"]
mod ops;

use super::condition::Database;
pub(super) use backup::BackupSession;
pub(super) use engine::Engine;

use conn::Conn;
use diesel_async::RunQueryDsl;
use failure::classify;
use pipeline::Pipeline;

const DATABASE: Database = Database::Postgres;
