//! PostgreSQL: a pool of connections, and for each organization that is written to a lane that commits in groups.

mod batch;
mod conn;
mod connect;
mod engine;
mod flight;
mod gather;
mod growth;
mod lanes;
mod look_ups;
mod pool;
mod relay;
mod shared;
mod together;
mod url;

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
pub(super) use engine::Engine;

use conn::Conn;
use diesel_async::RunQueryDsl;
use flight::Flight;

const DATABASE: Database = Database::Postgres;
