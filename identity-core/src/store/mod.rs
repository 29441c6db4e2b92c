//! The store: one contract, two databases, no difference.

mod condition;
mod contract;
mod handle;
mod options;
pub(crate) mod schema;
pub(crate) mod types;

pub use contract::*;
pub use handle::Store;
pub use options::{OpenError, Options};
