//! Roles: what values of `roles` mean, who holds which, and what a change of them may not do.

mod admins;
mod ceiling;
mod custom;
mod derived;
mod effective;
mod grants;
mod group_role;
mod legacy;
mod operations;
mod read;
mod reconcile;
mod resolver;

pub use effective::{EffectiveAccess, ScopeAccess, TracedGrant};
pub use read::AssignableRole;

pub(super) use admins::{keep_an_admin, loss};
pub(super) use ceiling::{keep_below_ceiling, set_ceiling};
pub(super) use derived::derived;
pub(super) use effective::effective_access;
pub(super) use grants::insert as insert_grants;
pub(super) use group_role::{becomes_role, follow_group, make_role};
pub(super) use legacy::{Roles, legacy_schemas, show_legacy_role, take_legacy_role};
pub(super) use reconcile::{RoleChanges, RoleReconciler, refuse_unknown_roles};
pub(super) use resolver::{RoleResolution, RoleResolver};
