//! Input about the provisioning log.

use std::time::Duration;

use crate::provisioning_log::{Content, ProvisioningQuery};

/// Requests to add to the log that came with one token.
#[derive(Clone, Debug)]
pub struct RequestsOfToken {
    /// The token.
    pub token: String,
    /// The requests.
    pub requests: Vec<NewProvisioningRequest>,
}

/// Request to add to the log.
#[derive(Clone, Debug)]
pub struct NewProvisioningRequest {
    /// Time since it came in.
    pub age: Duration,
    /// Content of the request.
    pub content: Content,
}

/// Conditions on the requests to list, all of which must hold.
#[derive(Clone, Debug, Default)]
pub struct ProvisioningConditions {
    /// Conditions on the request; its target is not among them.
    pub query: ProvisioningQuery,
    /// Only requests about the user or group whose id, name or external id this is.
    pub target: Option<String>,
}
