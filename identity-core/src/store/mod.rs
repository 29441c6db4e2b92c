//! The store: one contract, two databases, no difference.

mod contract;
pub(crate) mod schema;
pub(crate) mod types;

pub use contract::*;
