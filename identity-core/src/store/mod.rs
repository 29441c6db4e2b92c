//! The store: one contract, two databases, no difference.

pub mod backup;
mod condition;
mod contract;
mod failure;
mod handle;
mod job;
mod migrations;
mod options;
mod pg;
mod rows;
pub(crate) mod schema;
mod searches;
mod sql;
mod sqlite;
mod stats;
mod subscriptions;
pub(crate) mod types;

pub use contract::*;
pub use handle::Store;
use handle::{INCARNATION, Location};
pub use options::{OpenError, Options};
pub use stats::Stats;
pub use subscriptions::{Follow, Reached};
