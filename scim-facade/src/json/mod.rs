//! Reading request bodies: JSON first, then each value as its attribute's type demands.

mod canonical;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use canonical::{Fault, MAX_ELEMENTS, canonical, element, is_same_element};
pub use reader::{MAX_DEPTH, read_object};
