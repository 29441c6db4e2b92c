//! `GroupService`.

use identity_proto::v1::{
    CreateGroupRequest, CreateGroupResponse, DeleteGroupRequest, DeleteGroupResponse, GetGroupRequest,
    GetGroupResponse, ListGroupMembersRequest, ListGroupMembersResponse, ListGroupsRequest,
    ListGroupsResponse, UpdateGroupRequest, UpdateGroupResponse, group_service_server::GroupService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{
    filled, group,
    list::{self, Query},
    required,
};

pub(super) struct Groups(pub(super) Handler);

#[tonic::async_trait]
impl GroupService for Groups {
    async fn create_group(&self, request: Request<CreateGroupRequest>) -> Answer<CreateGroupResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let mut input = group::from_message(required(message.group, "group")?)?;
            input.ignored_attributes = message.ignored_attributes;
            let (organization, members) = (&message.organization, message.member_ids);
            let group = directory
                .create_group(&call, organization, input, members, &message.request_id)
                .await?;
            Ok(CreateGroupResponse {
                group: Some(group::to_message(group)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_group(&self, request: Request<GetGroupRequest>) -> Answer<GetGroupResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let group = directory
                .get_group(&call, &message.organization, &message.id)
                .await?;
            Ok(GetGroupResponse {
                group: Some(group::to_message(group)),
            })
        });
        work.await
    }

    async fn list_groups(&self, request: Request<ListGroupsRequest>) -> Answer<ListGroupsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let query = list::request(Query {
                page_size: message.page_size,
                page_token: message.page_token,
                filter: message.filter,
                order_by: message.order_by,
                skip: message.skip,
                view: message.view,
            })?;
            let page = directory.list_groups(&call, &message.organization, query).await?;
            Ok(ListGroupsResponse {
                groups: page.items.into_iter().map(group::to_message).collect(),
                next_page_token: page.next_page_token,
                total_size: page.total,
            })
        });
        work.await
    }

    async fn update_group(&self, request: Request<UpdateGroupRequest>) -> Answer<UpdateGroupResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let update = group::update(message)?;
            let group = directory.update_group(&call, &organization, update).await?;
            Ok(UpdateGroupResponse {
                group: Some(group::to_message(group)),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_group(&self, request: Request<DeleteGroupRequest>) -> Answer<DeleteGroupResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_group(&call, &message.organization, &message.id, &message.etag)
                .await?;
            Ok(DeleteGroupResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn list_group_members(
        &self,
        request: Request<ListGroupMembersRequest>,
    ) -> Answer<ListGroupMembersResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            filled(&message.group_id, "group_id")?;
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_members(&call, &message.organization, &message.group_id, page)
                .await?;
            Ok(ListGroupMembersResponse {
                members: page.items.into_iter().map(group::member_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }
}
