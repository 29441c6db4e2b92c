//! Roles: what there are, what they permit, and who holds which.

mod catalog;
mod custom;
mod grant;
mod permission;
mod value;

pub use catalog::{Catalog, OrganizationRole};
pub use custom::{CustomRole, PredefinedRole, Role, RoleKind};
pub use grant::{EffectiveGrant, Grant, GrantKey, RoleScope};
pub use permission::{Permissions, is_permission};
pub use value::{RoleValue, is_no_role};
