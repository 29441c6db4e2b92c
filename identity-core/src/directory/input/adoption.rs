//! Adoption.

use serde::Serialize;

use crate::{group::MemberKind, id::Id, policy::MatchKey};

/// Somebody whom an identity provider is about to send; empty: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The identity provider's id.
    pub external_id: String,
    /// The user name.
    pub user_name: String,
    /// The primary e-mail address.
    pub email: String,
}

/// The extent of an adoption without candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Reach {
    /// Unmanaged users and, while `groups.sync` is on, unmanaged groups.
    #[default]
    UsersAndGroups,
    /// Unmanaged users.
    Users,
}

/// Result of adoption for one user, group or candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptionItem {
    /// Outcome for it.
    pub outcome: Outcome,
    /// Kind: user or group.
    pub kind: MemberKind,
    /// Id of the user or group that is meant, if it exists.
    pub id: Option<Id>,
    /// The name, of a candidate as given.
    pub name: String,
    /// Key by which a candidate matches it.
    pub matched_by: Option<MatchKey>,
}

/// Outcome of adoption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It comes under the connection, and is locked for others as `manual_updates` says.
    Adopt,
    /// Nobody is meant: the identity provider will create it.
    Create,
    /// The connection manages it already.
    AlreadyManaged,
    /// Its external id or name is somebody else's, or two candidates mean the same.
    Conflict,
    /// It is a break-glass account or, where nobody names it, a user made with the organization.
    Protected,
}

/// How many met with each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdoptionCounts {
    /// Users adopted.
    pub users: i64,
    /// Groups adopted.
    pub groups: i64,
    /// Candidates that are nobody yet.
    pub creates: i64,
    /// Managed by the connection before.
    pub already_managed: i64,
    /// Conflicts.
    pub conflicts: i64,
    /// Break-glass accounts, and users made with the organization.
    pub protected: i64,
}

impl AdoptionCounts {
    /// The counts of a list.
    pub fn of(items: &[AdoptionItem]) -> Self {
        let mut counts = Self::default();
        for item in items {
            *match (item.outcome, item.kind) {
                (Outcome::Adopt, MemberKind::User) => &mut counts.users,
                (Outcome::Adopt, MemberKind::Group) => &mut counts.groups,
                (Outcome::Create, _) => &mut counts.creates,
                (Outcome::AlreadyManaged, _) => &mut counts.already_managed,
                (Outcome::Conflict, _) => &mut counts.conflicts,
                (Outcome::Protected, _) => &mut counts.protected,
            } += 1;
        }
        counts
    }

    /// Both together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            users: self.users + more.users,
            groups: self.groups + more.groups,
            creates: self.creates + more.creates,
            already_managed: self.already_managed + more.already_managed,
            conflicts: self.conflicts + more.conflicts,
            protected: self.protected + more.protected,
        }
    }
}
