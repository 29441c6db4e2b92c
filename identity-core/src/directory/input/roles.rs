//! Projects, roles and grants.

use crate::{
    group::Source,
    platform::Timestamp,
    project::{ProjectKind, ProjectStatus},
    role::RoleKind,
};

/// A new project.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// The name.
    pub name: String,
    /// Purpose of the project.
    pub kind: ProjectKind,
}

/// Changes of a project; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct ProjectUpdate {
    /// Project to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// Status, which decides whether it is in use.
    pub status: Option<ProjectStatus>,
}

/// A new custom role.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// The name.
    pub name: String,
    /// Where it can be held.
    pub kind: RoleKind,
    /// Permissions that it gives.
    pub permissions: Vec<String>,
}

/// Changes of a custom role; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct RoleUpdate {
    /// Custom role to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// Permissions that it gives.
    pub permissions: Option<Vec<String>>,
}

/// A role to be given.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The user or group that is to hold it.
    pub principal: String,
    /// The project, by id or name; empty: in the organization.
    pub project: String,
    /// A name of the catalog, or the id of a custom role.
    pub role: String,
    /// Where it comes from: not from SCIM and not from a group.
    pub source: Source,
    /// When it ends to have effect.
    pub expires_at: Option<Timestamp>,
}

/// A role to be taken away.
#[derive(Clone, Debug)]
pub struct GrantRevocation {
    /// The user or group that holds it.
    pub principal: String,
    /// The project, by id or name; empty: in the organization.
    pub project: String,
    /// A name of the catalog, or the id of a custom role.
    pub role: String,
    /// Where it comes from; `None`: from SCIM or given manually.
    pub source: Option<Source>,
}

/// Conditions on the grants to list.
#[derive(Clone, Debug, Default)]
pub struct GrantQuery {
    /// Only those of this user or group; empty: those of all in one scope.
    pub principal: String,
    /// Only grants in this project, by id or name; empty: in the organization, or wherever the principal
    /// holds one.
    pub project: String,
}
