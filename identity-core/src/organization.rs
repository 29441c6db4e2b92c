//! Organizations.

use crate::{id::Id, platform::Timestamp, policy::Policy};

/// A customer: the border that nothing but root looks across.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// Never changes.
    pub id: Id,
    /// The unique short name; never changes.
    pub slug: String,
    /// The name that people see.
    pub name: String,
    /// Status that decides whether callers other than root are served.
    pub status: OrganizationStatus,
    /// Facts that root sets.
    pub facts: Facts,
    /// Goes up by one with each change of the fields above.
    pub version: i64,
    /// The number of the organization's last change of any kind, gap-free in commit order.
    pub revision: i64,
    /// Users that are not deleted.
    pub user_count: i64,
    /// Groups that are not deleted.
    pub group_count: i64,
    /// Users that are active: what seats are counted by.
    pub active_user_count: i64,
    /// Users that are break-glass accounts; while there is none, nobody looks for one.
    pub break_glass_count: i64,
    /// How it is provisioned.
    pub policy: Policy,
    /// Goes up by one with each change of the policy.
    pub policy_version: i64,
    /// When the policy last changed.
    pub policy_updated_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its own fields last changed.
    pub updated_at: Timestamp,
    /// Set if a role was ever given in another way than by a user's own `roles`: to a group, for a time, in a
    /// preview project or by a rule. While it is not set, grants need not be looked up for users.
    pub has_other_grants: bool,
    /// Set if a connection ever had a ceiling; while it is not set, no ceilings need to be looked up.
    pub has_ceilings: bool,
    /// When it was deleted; `None`: it is not. Of those that are, only what brings them back or tells of them knows.
    pub deleted_at: Option<Timestamp>,
}

/// Facts are not policy: only root sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The plan's name, which selects features where `plan.catalog` names plans; empty: none is set.
    pub plan: String,
    /// How many active users the plan allows; 0: no limit.
    pub seats: i64,
    /// Set if single sign-on is set up.
    pub sso_enabled: bool,
    /// Set if role-based access control is on.
    pub rbac_enabled: bool,
    /// Domains that are proven to be the organization's, in lower-case ASCII and in order; what `email.trust` with `verified_domains` believes.
    pub verified_domains: Vec<String>,
}

/// Status that decides whether callers other than root are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationStatus {
    /// Served.
    Active,
    /// Only root is served.
    Suspended,
}
