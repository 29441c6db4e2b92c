//! Reading request bodies: JSON first, then each value as its attribute's type demands.

mod canonical;
mod covers;
mod forms;
mod members;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use canonical::{Fault, absorb, canonical, check_length, element, integer, sameness_key};
pub(crate) use covers::covers;
pub(crate) use forms::opened;
pub(crate) use members::member_ids;
pub use reader::{MAX_DEPTH, read_object};
