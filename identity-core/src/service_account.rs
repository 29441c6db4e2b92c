//! Service accounts: internal services that sign in with keys, several at a time.

use crate::{caller::Scope, id::Id, platform::Timestamp};

/// An internal service of one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Unique within the organization, without case.
    pub name: String,
    /// For people.
    pub description: String,
    /// Scopes that its keys may have at most.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to; none: it is not limited.
    pub projects: Vec<Id>,
    /// Goes up by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
