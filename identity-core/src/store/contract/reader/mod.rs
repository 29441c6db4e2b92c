//! Reading, an area a file.

mod connections;
mod deployment;
mod groups;
mod logs;
mod organizations;
mod roles;
mod tokens;
mod users;
mod values;

pub use connections::ConnectionReader;
pub use deployment::DeploymentReader;
pub use groups::GroupReader;
pub use logs::LogReader;
pub use organizations::OrganizationReader;
pub use roles::RoleReader;
pub use tokens::TokenReader;
pub use users::UserReader;
pub use values::{
    Authentication, FormerAccess, FormerMembership, GroupLicense, HolderOfId, MembershipOrigin, NameUse,
    StoredRequest, Unmanaged, Without,
};

/// Interface for reading, the same for reads alone and for reads inside a write unit.
///
/// Unless a method says otherwise, it sees live rows only (not deleted ones) of the one organization, in a total order.
pub trait Reader:
    DeploymentReader
    + OrganizationReader
    + UserReader
    + GroupReader
    + RoleReader
    + ConnectionReader
    + TokenReader
    + LogReader
{
}
