//! The store: one contract, two databases, no difference.

mod contract;

pub use contract::*;
