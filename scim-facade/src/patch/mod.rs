//! PATCH, RFC 7644, section 3.5.2, in the dialects that identity providers speak.
//!
//! Users are patched in canonical form, in memory and all or none. Of a group only what is not a member is; operations on its
//! members become steps for the core, so that they cost what they change.

mod attributes;
mod elements;
mod engine;
mod error_location;
mod group;
mod list;
mod location;
mod members;
mod normalize;
mod request;
#[cfg(test)]
mod tests;
mod user;

pub(crate) use error_location::with_location;
pub use group::{CurrentGroup, GroupChanges, GroupPatch, apply_to_group};
pub use request::{MAX_OPERATIONS, Op, Operation, read_operations};
pub(crate) use request::{length, name_activity};
pub use user::apply_to_user;

/// Effect of `replace` where its path selects no element: the policy setting `patch.replace_missing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplaceMissing {
    /// Makes the element from the path's filter (quirk Q38).
    Create,
    /// Refuses with `noTarget`, as RFC 7644, section 3.5.2.3, says.
    NoTarget,
}
