//! Reading the change log, the provisioning log and answered requests.

use async_trait::async_trait;

use crate::{
    change::{Change, ChangeQuery},
    error::Result,
    id::Id,
    provisioning_log::{ProvisioningQuery, ProvisioningRequest},
    store::StoredRequest,
};

/// Reads the change log, the provisioning log and answered requests.
#[async_trait]
pub trait LogReader: Send {
    /// Change-log entries in order of revision and sequence, after the given place.
    async fn changes(
        &mut self,
        organization: Id,
        query: &ChangeQuery,
        after: Option<(i64, i32)>,
        limit: i64,
    ) -> Result<Vec<Change>>;
    /// Requests of identity providers, newest first, that are older than the given one.
    async fn provisioning_requests(
        &mut self,
        organization: Id,
        query: &ProvisioningQuery,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ProvisioningRequest>>;
    /// Finds the request that so many newer ones follow, if there are as many.
    async fn older_provisioning_request(&mut self, organization: Id, newer: i64) -> Result<Option<Id>>;
    /// Finds the use of a request id, if it was used.
    async fn request(&mut self, organization: Id, request_id: &str) -> Result<Option<StoredRequest>>;
}
