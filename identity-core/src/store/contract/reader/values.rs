//! Answers of the reader.

use serde::{Deserialize, Serialize};

use crate::{
    connection::Connection, group::Source, id::Id, organization::OrganizationStatus, platform::Timestamp,
    token::Token, user::TypedValue,
};

/// The license that mapping rules give to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLicense {
    /// The group.
    pub group: Id,
    /// The place of the rule, smallest first: who belongs to several groups has the license of the first.
    pub position: i32,
    /// The rule; of several in one place the older is the first.
    pub rule: Id,
    /// The license.
    pub license: String,
}

/// Where a membership comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipOrigin {
    /// The member.
    pub member: Id,
    /// Source of the membership.
    pub source: Source,
}

/// Result of [`super::UserReader::name_use`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameUse {
    /// The live user with the folded name.
    pub user_name: Option<Id>,
    /// The live user with the external id under the connection.
    pub external_id: Option<Id>,
    /// The newest deleted user with the folded name.
    pub deleted: Option<Id>,
}

/// Users, groups, grants and memberships that a change takes away, for [`super::RoleReader::has_permanent_holder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// Users that are no longer active, and groups that are no longer there.
    pub gone: Vec<Id>,
    /// Users and groups that lose their own grants of the role from `sources`.
    pub revoked_from: Vec<Id>,
    /// Where grants come from that are lost.
    pub sources: Vec<Source>,
    /// A group, and members that leave it.
    pub leaving: (Id, Vec<Id>),
}

impl Default for Without {
    /// Nothing.
    fn default() -> Self {
        Self {
            gone: Vec::new(),
            revoked_from: Vec::new(),
            sources: Vec::new(),
            leaving: (Id(uuid::Uuid::nil()), Vec::new()),
        }
    }
}

/// Result of [`super::TokenReader::authentication`].
#[derive(Clone, Debug)]
pub struct Authentication {
    /// The token.
    pub token: Token,
    /// Its connection.
    pub connection: Option<Connection>,
    /// Status that decides whether the organization is served.
    pub organization_status: OrganizationStatus,
}

/// Access that a deactivation took from a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormerAccess {
    /// Its roles as given.
    pub roles: Vec<TypedValue>,
    /// Its direct memberships.
    pub groups: Vec<FormerMembership>,
}

/// Properties of a user or group that adoption looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmanaged {
    /// The user or group.
    pub id: Id,
    /// Its user name or display name.
    pub name: String,
    /// Its external id.
    pub external_id: Option<String>,
    /// Connection that manages it.
    pub managed_by: Option<Id>,
    /// Set for active users and for groups.
    pub active: bool,
    /// Set for a break-glass account.
    pub break_glass: bool,
    /// Set for a user made with the organization.
    pub bootstrap: bool,
}

/// A user or group with an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderOfId {
    /// The user or group.
    pub id: Id,
    /// Its external id.
    pub external_id: String,
    /// Connection that manages it.
    pub managed_by: Option<Id>,
}

/// A membership of one user or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerMembership {
    /// The group.
    pub group: Id,
    /// Where the membership comes from.
    pub source: Source,
    /// Through which connection.
    pub connection: Option<Id>,
}

/// The answer to an earlier request, for its repetition (AIP-155).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// SHA-256 over method, caller and body.
    pub digest: [u8; 32],
    /// Id of the resource that the request made.
    pub resource_id: String,
    /// When.
    pub at: Timestamp,
}
