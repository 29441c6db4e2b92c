//! Projects: parts of an organization in which roles are held.

use crate::{id::Id, platform::Timestamp};

/// A part of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Goes up by one with each change.
    pub version: i64,
    /// Unique within the organization, without case.
    pub name: String,
    /// Purpose of the project; never changes.
    pub kind: ProjectKind,
    /// Status of the project: in use or not.
    pub status: ProjectStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted. The row stays, so that values that name it are known for what they were.
    pub deleted_at: Option<Timestamp>,
}

/// Purpose of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProjectKind {
    /// Work that lasts.
    Default,
    /// A copy to look at a change. Provisioning clients neither see it nor give roles in it.
    Preview,
}

impl ProjectKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Default, Self::Preview];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Preview => "preview",
        }
    }
}

/// Status of a project: in use or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProjectStatus {
    /// In use.
    Active,
    /// Not in use: roles in it have no effect until it is active again.
    Archived,
}

impl ProjectStatus {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Active, Self::Archived];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}
