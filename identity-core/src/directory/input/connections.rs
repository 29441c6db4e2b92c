//! Connections, and what stops them.

use std::time::Duration;

use crate::{
    connection::{ConnectionStatus, Federation, IdpKind},
    policy::Teardown,
};

/// A new connection.
#[derive(Clone, Debug, Default)]
pub struct NewConnection {
    /// The name.
    pub name: String,
    /// Kind of identity provider; `None`: the first kind that the policy expects.
    pub idp_kind: Option<IdpKind>,
    /// The strongest role that it can give; `None`: any.
    pub max_role: Option<String>,
    /// Limits that stop it from deactivating all users.
    pub safeguard: SafeguardLimits,
}

/// Limits of the safeguard on mass deactivation; `None`: unchanged, in a new connection the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SafeguardLimits {
    /// How many in a window; 0: any number.
    pub count: Option<i64>,
    /// How many percent; 0: all.
    pub share: Option<i64>,
    /// How long a window is.
    pub window: Option<Duration>,
}

/// Changes of a connection; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct ConnectionUpdate {
    /// Connection to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// The kind.
    pub idp_kind: Option<IdpKind>,
    /// Status, which decides whether its tokens are served.
    pub status: Option<ConnectionStatus>,
    /// Limits that stop it from deactivating all users.
    pub safeguard: SafeguardLimits,
    /// The strongest role that it can give.
    pub max_role: Option<Option<String>>,
    /// Change of the assertions that sign it in.
    pub federation: Option<FederationUpdate>,
}

/// Assertions that sign a connection in from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederationUpdate {
    /// Nobody's.
    Nobody,
    /// Assertions of this issuer.
    By(Federation),
}

/// Result of deleting a connection for the users and groups that it managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornDown {
    /// Treatment of these users and groups.
    pub teardown: Teardown,
    /// Users that were active.
    pub active_users: i64,
    /// Groups.
    pub groups: i64,
    /// Some names of those users, in order of their creation.
    pub sample: Vec<String>,
    /// Users and groups that lost their external id, as an unmanaged one has it too.
    pub cleared_external_ids: i64,
}

/// Decision of an administrator on a brake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeguardDecision {
    /// Deactivations pass for a window.
    Release,
    /// They are refused.
    Reject,
    /// It counts again from the beginning.
    Reset,
}
