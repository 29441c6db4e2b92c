//! `PolicyService`.

use identity_proto::v1::{
    GetPolicyRequest, GetPolicyResponse, PreviewPolicyRequest, PreviewPolicyResponse, UpdatePolicyRequest,
    UpdatePolicyResponse, policy_service_server::PolicyService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::policy;

pub(super) struct Policies(pub(super) Handler);

#[tonic::async_trait]
impl PolicyService for Policies {
    async fn get_policy(&self, request: Request<GetPolicyRequest>) -> Answer<GetPolicyResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let organization = directory.get_policy(&call, &message.organization).await?;
            let connection = directory.own_connection(&call).await?;
            let (connection_idp_kind, connection_id) = connection
                .map(|it| (it.idp_kind.name().to_owned(), it.id.to_string()))
                .unwrap_or_default();
            Ok(GetPolicyResponse {
                policy: Some(policy::to_message(&organization)),
                connection_idp_kind,
                connection_id,
            })
        });
        work.await
    }

    async fn preview_policy(&self, request: Request<PreviewPolicyRequest>) -> Answer<PreviewPolicyResponse> {
        let work = self.0.answer(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let keys = policy::SettingKeys::of(&message.settings);
            let update = policy::attempt(message);
            let preview = directory.preview_policy(&call, &organization, update).await;
            let preview = preview.map_err(|error| keys.locate(error))?;
            Ok(policy::preview(preview))
        });
        work.await
    }

    async fn update_policy(&self, request: Request<UpdatePolicyRequest>) -> Answer<UpdatePolicyResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let name = std::mem::take(&mut message.organization);
            let keys = policy::SettingKeys::of(&message.settings);
            let update = policy::update(message);
            let organization = directory.update_policy(&call, &name, update).await;
            let organization = organization.map_err(|error| keys.locate(error))?;
            Ok(UpdatePolicyResponse {
                policy: Some(policy::to_message(&organization)),
                revision: directory.revision_after(&call, &name).await?,
            })
        });
        work.await
    }
}
