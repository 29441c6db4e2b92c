//! `RoleService`.

use identity_proto::v1::{
    CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest, DeleteRoleResponse, GetRoleRequest,
    GetRoleResponse, GrantRoleRequest, GrantRoleResponse, ListAssignableRolesRequest,
    ListAssignableRolesResponse, ListGrantsRequest, ListGrantsResponse, ListRolesRequest, ListRolesResponse,
    RevokeRoleRequest, RevokeRoleResponse, UpdateRoleRequest, UpdateRoleResponse,
    role_service_server::RoleService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, grant, list, required, role};

pub(super) struct Roles(pub(super) Handler);

#[tonic::async_trait]
impl RoleService for Roles {
    async fn create_role(&self, request: Request<CreateRoleRequest>) -> Answer<CreateRoleResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = role::create(required(message.role, "role")?)?;
            let role = directory
                .create_role(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateRoleResponse {
                role: Some(role::custom_message(role)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_role(&self, request: Request<GetRoleRequest>) -> Answer<GetRoleResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let role = directory
                .get_role(&call, &message.organization, &message.id)
                .await?;
            Ok(GetRoleResponse {
                role: Some(role::to_message(role)),
            })
        });
        work.await
    }

    async fn list_roles(&self, request: Request<ListRolesRequest>) -> Answer<ListRolesResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let page = directory.list_roles(&call, &message.organization, page).await?;
            Ok(ListRolesResponse {
                roles: page.items.into_iter().map(role::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn update_role(&self, request: Request<UpdateRoleRequest>) -> Answer<UpdateRoleResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let update = role::update(message)?;
            let role = directory.update_role(&call, &organization, update).await?;
            Ok(UpdateRoleResponse {
                role: Some(role::custom_message(role)),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_role(&self, request: Request<DeleteRoleRequest>) -> Answer<DeleteRoleResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_role(&call, &message.organization, &message.id, &message.etag)
                .await?;
            Ok(DeleteRoleResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn list_assignable_roles(
        &self,
        request: Request<ListAssignableRolesRequest>,
    ) -> Answer<ListAssignableRolesResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_assignable_roles(&call, &message.organization, page)
                .await?;
            Ok(ListAssignableRolesResponse {
                roles: page.items.into_iter().map(role::assignable_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn grant_role(&self, request: Request<GrantRoleRequest>) -> Answer<GrantRoleResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            filled(&message.principal_id, "principal_id")?;
            filled(&message.role, "role")?;
            let organization = std::mem::take(&mut message.organization);
            let new = grant::create(message)?;
            let grant = directory.grant_role(&call, &organization, new).await?;
            Ok(GrantRoleResponse {
                grant: Some(grant::to_message(grant)),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn revoke_role(&self, request: Request<RevokeRoleRequest>) -> Answer<RevokeRoleResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            filled(&message.principal_id, "principal_id")?;
            filled(&message.role, "role")?;
            let organization = std::mem::take(&mut message.organization);
            let revocation = grant::revocation(message)?;
            directory.revoke_role(&call, &organization, revocation).await?;
            Ok(RevokeRoleResponse {
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn list_grants(&self, request: Request<ListGrantsRequest>) -> Answer<ListGrantsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let query = grant::query(message.principal_id, message.project);
            let page = directory
                .list_grants(&call, &message.organization, query, page)
                .await?;
            Ok(ListGrantsResponse {
                grants: page.items.into_iter().map(grant::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }
}
