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
mod signals;
mod sql;
mod sqlite;
pub(crate) mod types;

pub use contract::*;
pub use handle::Store;
pub use options::{OpenError, Options};
pub use signals::{Follow, Reached};
