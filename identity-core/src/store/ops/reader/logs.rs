//! Reading the change log, the provisioning log and answered requests, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, changes, provisioning, requests};
use crate::{
    change::{Change, ChangeQuery},
    error::Result,
    id::Id,
    provisioning_log::{ProvisioningQuery, ProvisioningRequest},
    store::{LogReader, StoredRequest},
};

#[async_trait]
impl LogReader for Conn {
    async fn changes(
        &mut self,
        organization: Id,
        query: &ChangeQuery,
        after: Option<(i64, i32)>,
        limit: i64,
    ) -> Result<Vec<Change>> {
        changes::page(self, organization, query, after, limit).await
    }

    async fn provisioning_requests(
        &mut self,
        organization: Id,
        query: &ProvisioningQuery,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ProvisioningRequest>> {
        provisioning::page(self, organization, query, before, limit).await
    }

    async fn older_provisioning_request(&mut self, organization: Id, newer: i64) -> Result<Option<Id>> {
        provisioning::older_than(self, organization, newer).await
    }

    async fn request(&mut self, organization: Id, request_id: &str) -> Result<Option<StoredRequest>> {
        requests::by_id(self, organization, request_id).await
    }
}
