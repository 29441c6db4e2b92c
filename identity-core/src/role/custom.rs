//! Roles that an organization makes itself.

use super::Permissions;
use crate::{id::Id, platform::Timestamp};

/// A role beside the catalog. Its id is its name in grants, so that a new name changes nobody's roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRole {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Goes up by one with each change.
    pub version: i64,
    /// The name that people see; unique without case among the roles of one kind that were made manually.
    pub name: String,
    /// Where it can be held; never changes.
    pub kind: RoleKind,
    /// The group that it was made from; its members hold it, and nobody else can.
    pub group_id: Option<Id>,
    /// The permissions that it gives.
    pub permissions: Permissions,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted. The row stays, so that values that name it are known for what they were.
    pub deleted_at: Option<Timestamp>,
}

/// A role that can be held in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of the catalog.
    Predefined(PredefinedRole),
    /// One that the organization made.
    Custom(CustomRole),
}

/// A role of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredefinedRole {
    /// The organization.
    pub organization_id: Id,
    /// Its name.
    pub name: String,
    /// The permissions that it gives.
    pub permissions: Permissions,
    /// Tells whether it can be held in projects, too.
    pub in_projects: bool,
}

/// Where a custom role can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleKind {
    /// In the organization.
    Organization,
    /// In projects.
    Project,
}

impl RoleKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Organization, Self::Project];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Project => "project",
        }
    }
}
