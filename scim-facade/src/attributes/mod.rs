//! THE attribute table: what is known of every SCIM attribute stands here once. `/Schemas`, filters, PATCH paths, projection
//! and the reading of bodies all look it up.

mod assignable;
mod attribute;
mod common;
mod declared;
mod enterprise;
mod group;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod user;

pub use assignable::{Assignable, Dialect};
pub use attribute::{
    Attribute, Case, ElementIdentity, Kind, Mutability, Necessity, Plurality, Returned, TextForm, Uniqueness,
};
#[cfg(test)]
pub(crate) use attribute::{MAX_ASSIGNED, MAX_ELEMENTS};
pub(crate) use enterprise::ENTERPRISE_TEXTS;
pub use schema::{ENTERPRISE, GROUP, Schema, USER};
pub use table::{AttributePath, ResourceKind, Table, Tables, Target, Unknown};
pub(crate) use texts::TextAttribute;
pub(crate) use user::{ADDRESS_TEXTS, NAME_TEXTS, USER_TEXTS};
