//! Requests to undo changes.

use crate::{id::Id, platform::Timestamp};

/// The changes to undo; all conditions given must hold, and one of connection, token and request id must be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevertRequest {
    /// Only changes by this connection.
    pub connection: Option<Id>,
    /// Only changes by this token.
    pub token: Option<Id>,
    /// Only changes by the request of this id.
    pub request_id: Option<String>,
    /// Only changes at this time or later.
    pub from: Timestamp,
    /// Only changes before this time; `None`: until now.
    pub until: Option<Timestamp>,
    /// Set to go on serving deactivations of the connections whose changes are undone.
    pub keep_serving: bool,
}
