//! Users and groups between SCIM's JSON and roster.identity.v1.

mod canonical;
mod fields;
mod ignored;
mod parts;
mod read;
#[cfg(test)]
mod tests;
mod to_core;
mod values;
mod write;

pub(crate) use canonical::{Canonical, located, slots};
pub(crate) use ignored::{bounded, unknown_parts};
pub use read::{GroupBody, UserBody, read_group, read_user};
pub(crate) use to_core::{group as to_group, user as to_user};
pub use write::{DisplayNames, GroupJson, UserJson};
