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
    /// What kind of identity provider it is; `None`: the first kind that the policy expects.
    pub idp_kind: Option<IdpKind>,
    /// The strongest role that it can give; `None`: any.
    pub max_role: Option<String>,
    /// What stops it from deactivating everybody.
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
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// The kind.
    pub idp_kind: Option<IdpKind>,
    /// Whether its tokens are served.
    pub status: Option<ConnectionStatus>,
    /// What stops it from deactivating everybody.
    pub safeguard: SafeguardLimits,
    /// The strongest role that it can give.
    pub max_role: Option<Option<String>>,
    /// Whose assertions sign it in.
    pub federation: Option<FederationUpdate>,
}

/// Whose assertions sign a connection in from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederationUpdate {
    /// Nobody's.
    Nobody,
    /// Those of this issuer.
    By(Federation),
}

/// What became of what a deleted connection managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornDown {
    /// What was done with it.
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

/// What an administrator decides on a safeguard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeguardDecision {
    /// Deactivations pass for a window.
    Release,
    /// They are refused.
    Reject,
    /// It counts again from the beginning.
    Reset,
}
