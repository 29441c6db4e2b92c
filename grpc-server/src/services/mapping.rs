//! `MappingService`.

use identity_proto::v1::{
    CreateMappingRuleRequest, CreateMappingRuleResponse, DeleteMappingRuleRequest, DeleteMappingRuleResponse,
    GetMappingRuleRequest, GetMappingRuleResponse, ListMappingRulesRequest, ListMappingRulesResponse,
    PreviewMappingRuleRequest, PreviewMappingRuleResponse, UpdateMappingRuleRequest,
    UpdateMappingRuleResponse, mapping_service_server::MappingService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, list, mapping};

pub(super) struct Mappings(pub(super) Handler);

#[tonic::async_trait]
impl MappingService for Mappings {
    async fn create_mapping_rule(
        &self,
        request: Request<CreateMappingRuleRequest>,
    ) -> Answer<CreateMappingRuleResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = mapping::create(message.rule)?;
            let rule = directory
                .create_mapping_rule(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateMappingRuleResponse {
                rule: Some(mapping::to_message(rule)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_mapping_rule(
        &self,
        request: Request<GetMappingRuleRequest>,
    ) -> Answer<GetMappingRuleResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let rule = directory
                .get_mapping_rule(&call, &message.organization, &message.id)
                .await?;
            Ok(GetMappingRuleResponse {
                rule: Some(mapping::to_message(rule)),
            })
        });
        work.await
    }

    async fn list_mapping_rules(
        &self,
        request: Request<ListMappingRulesRequest>,
    ) -> Answer<ListMappingRulesResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            list::only_page(message.page_size, &message.page_token)?;
            let rules = directory.list_mapping_rules(&call, &message.organization).await?;
            Ok(ListMappingRulesResponse {
                rules: rules.into_iter().map(mapping::to_message).collect(),
                next_page_token: String::new(),
            })
        });
        work.await
    }

    async fn update_mapping_rule(
        &self,
        request: Request<UpdateMappingRuleRequest>,
    ) -> Answer<UpdateMappingRuleResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let update = mapping::update(message)?;
            let rule = directory
                .update_mapping_rule(&call, &organization, update)
                .await?;
            Ok(UpdateMappingRuleResponse {
                rule: Some(mapping::to_message(rule)),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_mapping_rule(
        &self,
        request: Request<DeleteMappingRuleRequest>,
    ) -> Answer<DeleteMappingRuleResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_mapping_rule(&call, &message.organization, &message.id)
                .await?;
            Ok(DeleteMappingRuleResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn preview_mapping_rule(
        &self,
        request: Request<PreviewMappingRuleRequest>,
    ) -> Answer<PreviewMappingRuleResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let new = mapping::create(message.rule)?;
            let preview = directory
                .preview_mapping_rule(&call, &message.organization, new)
                .await?;
            Ok(mapping::preview(preview))
        });
        work.await
    }
}
