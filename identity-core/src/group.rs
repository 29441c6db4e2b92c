//! Groups.

use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::{id::Id, platform::Timestamp};

/// A group of users and other groups of one organization.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Goes up by one with each change of this group, its members included.
    pub version: i64,
    /// Kind of the group in the product; never changes.
    pub kind: GroupKind,
    /// The name, kept as sent.
    pub display_name: String,
    /// The provisioning client's id, compared with case.
    pub external_id: Option<String>,
    /// Values of declared extension schemas, by URN.
    pub extensions: Map<String, serde_json::Value>,
    /// How many direct members it has.
    pub member_count: i64,
    /// The connection that manages it.
    pub managed_by: Option<Id>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or its members last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// Kind of a group in the product; the rules of this service are the same for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// A group of people.
    #[default]
    Group,
    /// A pool of what the product runs; members inherit its roles.
    Pool,
}

impl GroupKind {
    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Pool => "pool",
        }
    }
}

/// Kind of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A user.
    User,
    /// A group.
    Group,
}

/// Where a membership or a role comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A SCIM connection.
    Scim,
    /// A person or service, over gRPC.
    Manual,
    /// The group that a role was made from.
    Group,
    /// Default for every user.
    Default,
    /// A mapping rule.
    Mapping,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Scim,
        Self::Manual,
        Self::Group,
        Self::Default,
        Self::Mapping,
    ];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Manual => "manual",
            Self::Group => "group",
            Self::Default => "default",
            Self::Mapping => "mapping",
        }
    }

    /// The source of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// A direct member of a group, as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user or group.
    pub id: Id,
    /// Kind of the member: user or group.
    pub kind: MemberKind,
    /// Its display name; a user's user name where it has none.
    pub display_name: String,
    /// Source of the membership.
    pub source: Source,
}
