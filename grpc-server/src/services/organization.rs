//! `OrganizationService`.

use identity_proto::v1::{
    CreateOrganizationRequest, CreateOrganizationResponse, DeleteOrganizationRequest,
    DeleteOrganizationResponse, GetOrganizationRequest, GetOrganizationResponse, ListOrganizationsRequest,
    ListOrganizationsResponse, UndeleteOrganizationRequest, UndeleteOrganizationResponse,
    UpdateOrganizationRequest, UpdateOrganizationResponse, organization_service_server::OrganizationService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, list, organization, user};

pub(super) struct Organizations(pub(super) Handler);

#[tonic::async_trait]
impl OrganizationService for Organizations {
    async fn create_organization(
        &self,
        request: Request<CreateOrganizationRequest>,
    ) -> Answer<CreateOrganizationResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = organization::create(message)?;
            let (organization, admin) = directory.create_organization(&call, new).await?;
            Ok(CreateOrganizationResponse {
                revision: call.revision().unwrap_or(organization.revision),
                organization: Some(organization::to_message(organization)),
                admin: admin.map(user::to_message),
            })
        });
        work.await
    }

    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Answer<GetOrganizationResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let organization = directory.get_organization(&call, &message.organization).await?;
            Ok(GetOrganizationResponse {
                organization: Some(organization::to_message(organization)),
            })
        });
        work.await
    }

    async fn list_organizations(
        &self,
        request: Request<ListOrganizationsRequest>,
    ) -> Answer<ListOrganizationsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let deleted = list::deleted(message.show_deleted);
            let page = directory.list_organizations(&call, deleted, page).await?;
            Ok(ListOrganizationsResponse {
                organizations: page.items.into_iter().map(organization::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn update_organization(
        &self,
        request: Request<UpdateOrganizationRequest>,
    ) -> Answer<UpdateOrganizationResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let update = organization::update(message)?;
            let organization = directory.update_organization(&call, update).await?;
            Ok(UpdateOrganizationResponse {
                revision: call.revision().unwrap_or(organization.revision),
                organization: Some(organization::to_message(organization)),
            })
        });
        work.await
    }

    async fn delete_organization(
        &self,
        request: Request<DeleteOrganizationRequest>,
    ) -> Answer<DeleteOrganizationResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let deleted = directory.delete_organization(&call, &message.organization, message.etag);
            let organization = deleted.await?;
            Ok(DeleteOrganizationResponse {
                revision: call.revision().unwrap_or(organization.revision),
                organization: Some(organization::to_message(organization)),
            })
        });
        work.await
    }

    async fn undelete_organization(
        &self,
        request: Request<UndeleteOrganizationRequest>,
    ) -> Answer<UndeleteOrganizationResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let organization = directory.undelete_organization(&call, &message.id).await?;
            Ok(UndeleteOrganizationResponse {
                revision: call.revision().unwrap_or(organization.revision),
                organization: Some(organization::to_message(organization)),
            })
        });
        work.await
    }
}
