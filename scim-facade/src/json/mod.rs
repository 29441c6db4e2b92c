//! Reading request bodies: JSON first, then each value as its attribute's type demands.

mod canonical;
mod coercions;
mod contains;
mod forms;
mod members;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use canonical::{Fault, absorb, canonical, check_length, element, identity_key, integer};
pub(crate) use coercions::coercions;
pub(crate) use contains::contains;
pub(crate) use forms::opened;
pub(crate) use members::member_ids;
pub use reader::{MAX_DEPTH, read_object};
