//! The store: one contract, two databases, no difference.

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
mod subscriptions;
pub(crate) mod types;

pub use contract::*;
pub use handle::Store;
pub use options::{OpenError, Options};
pub use subscriptions::{Follow, Reached};
