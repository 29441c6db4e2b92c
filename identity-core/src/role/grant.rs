//! Roles that users and groups hold.

use crate::{
    group::{MemberKind, Source},
    id::Id,
    platform::Timestamp,
};

/// Where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleScope {
    /// In the organization.
    Organization,
    /// In one project.
    Project(Id),
}

/// A role that a user or group holds. Members of a group hold what it holds, through groups in groups too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Key of the grant.
    pub key: GrantKey,
    /// Kind of the holder: user or group.
    pub principal_kind: MemberKind,
    /// The connection that gave it.
    pub connection_id: Option<Id>,
    /// When it ends to have effect.
    pub expires_at: Option<Timestamp>,
    /// When it was given.
    pub created_at: Timestamp,
}

/// Key that tells two grants apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GrantKey {
    /// The organization.
    pub organization_id: Id,
    /// Holder of the role: a user or a group.
    pub principal_id: Id,
    /// Where.
    pub scope: RoleScope,
    /// A name of the catalog, or the id of a custom role. Names that the catalog lacks have no effect.
    pub role: String,
    /// Where it comes from.
    pub source: Source,
}

/// A grant that has effect for a user: its own, or one of a group that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveGrant {
    /// For whom.
    pub user_id: Id,
    /// Grant that has effect.
    pub grant: Grant,
}
