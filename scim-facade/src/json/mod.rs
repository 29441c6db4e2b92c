//! Reading request bodies: JSON first, then each value as its attribute's type demands.

mod canonical;
mod covers;
mod members;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use canonical::{Fault, MAX_ELEMENTS, canonical, element, is_same_element};
pub(crate) use covers::covers;
pub(crate) use members::member_ids;
pub use reader::{MAX_DEPTH, read_object};
