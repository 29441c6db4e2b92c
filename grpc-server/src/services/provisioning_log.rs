//! `ProvisioningLogService`, and the effects of calls that the log tells.

use identity_core::call_effect::CallEffect;
use identity_proto::v1::{
    ListProvisioningRequestsRequest, ListProvisioningRequestsResponse, RecordProvisioningRequestsRequest,
    RecordProvisioningRequestsResponse, provisioning_log_service_server::ProvisioningLogService,
};
use prost::Message as _;
use tonic::{
    Request,
    metadata::{MetadataMap, MetadataValue},
};

use super::{Answer, Handler};
use crate::convert::{list, provisioning_log};

/// Carries what a connection's call changed.
const EFFECT: &str = "roster-effect-bin";
/// Counts requests whose token names no organization.
const UNATTRIBUTED: &str = "roster_provisioning_log_unattributed_total";
/// Statements of an effect that are told: metadata has little room.
const MAX_STATEMENTS: usize = 20;
/// Bytes of such a statement.
const MAX_STATEMENT_BYTES: usize = 256;

pub(super) struct ProvisioningLog(pub(super) Handler);

#[tonic::async_trait]
impl ProvisioningLogService for ProvisioningLog {
    async fn list_provisioning_requests(
        &self,
        request: Request<ListProvisioningRequestsRequest>,
    ) -> Answer<ListProvisioningRequestsResponse> {
        let work = self.0.list(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let page = list::page(message.page_size, std::mem::take(&mut message.page_token));
            let conditions = provisioning_log::conditions(message)?;
            let page = directory
                .list_provisioning_requests(&call, &organization, conditions, page)
                .await?;
            Ok(ListProvisioningRequestsResponse {
                requests: page.items.into_iter().map(provisioning_log::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn record_provisioning_requests(
        &self,
        request: Request<RecordProvisioningRequestsRequest>,
    ) -> Answer<RecordProvisioningRequestsResponse> {
        let work = self.0.answer_anybody(request, |directory, message| async move {
            let of_tokens = message.tokens.into_iter().map(provisioning_log::of_token);
            let of_tokens = of_tokens.collect::<Result<_, _>>()?;
            let without_origin = directory.record_provisioning_requests(of_tokens).await?;
            if without_origin > 0 {
                metrics::counter!(UNATTRIBUTED).increment(without_origin as u64);
            }
            Ok(RecordProvisioningRequestsResponse {})
        });
        work.await
    }
}

/// Tells what a call changed, if it changed something.
pub(super) fn tell(effect: &CallEffect, metadata: &mut MetadataMap) {
    let Some(revision) = effect.revision() else {
        return;
    };
    let mut message = provisioning_log::effect(revision, effect.take_summary());
    message.ignored.truncate(MAX_STATEMENTS);
    for statement in &mut message.ignored {
        statement.truncate(statement.floor_char_boundary(MAX_STATEMENT_BYTES));
    }
    metadata.insert_bin(EFFECT, MetadataValue::from_bytes(&message.encode_to_vec()));
}
