//! The RPCs of the fake core.

use identity_proto::v1::{
    group_service_server::GroupService, policy_service_server::PolicyService,
    schema_service_server::SchemaService, user_service_server::UserService, *,
};
use tonic::{Code, Request, Response, Status, async_trait};

use crate::fake::{FakeCore, State, next, not_found, refusal, step};

type Answer<T> = Result<Response<T>, Status>;

/// Copies what the mask names; the fake knows only the fields that its tests change.
fn merge(stored: &mut User, sent: &User, mask: &[String]) {
    for field in mask {
        match field.as_str() {
            "user_name" => stored.user_name.clone_from(&sent.user_name),
            "display_name" => stored.display_name.clone_from(&sent.display_name),
            "title" => stored.title.clone_from(&sent.title),
            "active" => stored.active = sent.active,
            "emails" => stored.emails.clone_from(&sent.emails),
            _ => {}
        }
    }
}

fn page(total: usize, size: i32, token: &str, skip: i64) -> (std::ops::Range<usize>, String) {
    let start = token.parse().unwrap_or(usize::try_from(skip).unwrap()).min(total);
    let size = if size == 0 {
        100
    } else {
        usize::try_from(size).unwrap()
    };
    let end = total.min(start.saturating_add(size));
    (
        start..end,
        if end < total {
            end.to_string()
        } else {
            String::new()
        },
    )
}

fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap()
}

fn check_token(token: &str) -> Result<(), Status> {
    if token.is_empty() || token.parse::<usize>().is_ok() {
        return Ok(());
    }
    Err(refusal(
        Code::InvalidArgument,
        ErrorReason::PageInvalid,
        "page: the token is malformed",
        &[("why", "malformed")],
    ))
}

#[async_trait]
impl UserService for FakeCore {
    async fn create_user(&self, request: Request<CreateUserRequest>) -> Answer<CreateUserResponse> {
        let mut user = self.enter("CreateUser", request)?.user.unwrap();
        let mut state = self.state.lock().unwrap();
        if state
            .users
            .values()
            .any(|stored| stored.user_name.eq_ignore_ascii_case(&user.user_name))
        {
            let taken = "another user has this user_name";
            return Err(refusal(
                Code::AlreadyExists,
                ErrorReason::ResourceAlreadyExists,
                taken,
                &[("field", "user_name")],
            ));
        }
        user.id = state.new_id();
        user.etag = "1".into();
        state.users.insert(user.id.clone(), user.clone());
        Ok(Response::new(CreateUserResponse {
            user: Some(user),
            ..Default::default()
        }))
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Answer<GetUserResponse> {
        let id = self.enter("GetUser", request)?.id;
        assert_ne!(id, "panic", "the fake was asked to panic");
        if id == "silence" {
            std::future::pending::<()>().await;
        }
        let user = self.state.lock().unwrap().users.get(&id).cloned();
        Ok(Response::new(GetUserResponse {
            user: Some(user.ok_or_else(|| not_found(&id))?),
        }))
    }

    async fn list_users(&self, request: Request<ListUsersRequest>) -> Answer<ListUsersResponse> {
        let request = self.enter("ListUsers", request)?;
        check_token(&request.page_token)?;
        let users: Vec<_> = self.state.lock().unwrap().users.values().cloned().collect();
        let (range, next_page_token) =
            page(users.len(), request.page_size, &request.page_token, request.skip);
        let total_only = request.view == i32::from(ListView::TotalOnly);
        Ok(Response::new(ListUsersResponse {
            total_size: Some(count(&users)),
            users: if total_only {
                Vec::new()
            } else {
                users[range].to_vec()
            },
            next_page_token,
        }))
    }

    // What the facade does not call.
    async fn batch_get_users(&self, _: Request<BatchGetUsersRequest>) -> Answer<BatchGetUsersResponse> {
        Err(Status::unimplemented(""))
    }

    async fn lookup_user(&self, _: Request<LookupUserRequest>) -> Answer<LookupUserResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_user_identities(
        &self,
        _: Request<ListUserIdentitiesRequest>,
    ) -> Answer<ListUserIdentitiesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn create_user_identity(
        &self,
        _: Request<CreateUserIdentityRequest>,
    ) -> Answer<CreateUserIdentityResponse> {
        Err(Status::unimplemented(""))
    }

    async fn delete_user_identity(
        &self,
        _: Request<DeleteUserIdentityRequest>,
    ) -> Answer<DeleteUserIdentityResponse> {
        Err(Status::unimplemented(""))
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Answer<UpdateUserResponse> {
        let request = self.enter("UpdateUser", request)?;
        let sent = request.user.unwrap();
        let mut state = self.state.lock().unwrap();
        let stored = state.users.get_mut(&sent.id).ok_or_else(|| not_found(&sent.id))?;
        self.check_version(&sent.etag, &stored.etag)?;
        merge(stored, &sent, &request.update_mask.unwrap_or_default().paths);
        stored.etag = next(&stored.etag);
        Ok(Response::new(UpdateUserResponse {
            user: Some(stored.clone()),
            ..Default::default()
        }))
    }

    async fn undelete_user(&self, request: Request<UndeleteUserRequest>) -> Answer<UndeleteUserResponse> {
        self.enter("UndeleteUser", request)?;
        Err(Status::unimplemented("no facade calls it"))
    }

    async fn export_user(&self, request: Request<ExportUserRequest>) -> Answer<ExportUserResponse> {
        self.enter("ExportUser", request)?;
        Err(Status::unimplemented("no facade calls it"))
    }

    async fn erase_user(&self, request: Request<EraseUserRequest>) -> Answer<EraseUserResponse> {
        self.enter("EraseUser", request)?;
        Err(Status::unimplemented("no facade calls it"))
    }

    async fn delete_user(&self, request: Request<DeleteUserRequest>) -> Answer<DeleteUserResponse> {
        let request = self.enter("DeleteUser", request)?;
        let mut state = self.state.lock().unwrap();
        let stored = state
            .users
            .get(&request.id)
            .ok_or_else(|| not_found(&request.id))?;
        self.check_version(&request.etag, &stored.etag)?;
        state.users.remove(&request.id);
        Ok(Response::new(DeleteUserResponse::default()))
    }
}

#[async_trait]
impl GroupService for FakeCore {
    async fn create_group(&self, request: Request<CreateGroupRequest>) -> Answer<CreateGroupResponse> {
        let request = self.enter("CreateGroup", request)?;
        let mut state = self.state.lock().unwrap();
        let group = Group {
            id: state.new_id(),
            etag: "1".into(),
            member_count: count(&request.member_ids),
            ..request.group.unwrap()
        };
        state
            .groups
            .insert(group.id.clone(), (group.clone(), request.member_ids));
        Ok(Response::new(CreateGroupResponse {
            group: Some(group),
            ..Default::default()
        }))
    }

    async fn get_group(&self, request: Request<GetGroupRequest>) -> Answer<GetGroupResponse> {
        let id = self.enter("GetGroup", request)?.id;
        let state = self.state.lock().unwrap();
        let (group, _) = state.groups.get(&id).ok_or_else(|| not_found(&id))?;
        Ok(Response::new(GetGroupResponse {
            group: Some(group.clone()),
        }))
    }

    async fn list_groups(&self, request: Request<ListGroupsRequest>) -> Answer<ListGroupsResponse> {
        let request = self.enter("ListGroups", request)?;
        check_token(&request.page_token)?;
        let groups: Vec<_> = self
            .state
            .lock()
            .unwrap()
            .groups
            .values()
            .map(|(group, _)| group.clone())
            .collect();
        let (range, next_page_token) =
            page(groups.len(), request.page_size, &request.page_token, request.skip);
        let total_only = request.view == i32::from(ListView::TotalOnly);
        Ok(Response::new(ListGroupsResponse {
            total_size: Some(count(&groups)),
            groups: if total_only {
                Vec::new()
            } else {
                groups[range].to_vec()
            },
            next_page_token,
        }))
    }

    async fn update_group(&self, request: Request<UpdateGroupRequest>) -> Answer<UpdateGroupResponse> {
        let request = self.enter("UpdateGroup", request)?;
        let sent = request.group.unwrap();
        let mut state = self.state.lock().unwrap();
        let (group, members) = state
            .groups
            .get_mut(&sent.id)
            .ok_or_else(|| not_found(&sent.id))?;
        self.check_version(&sent.etag, &group.etag)?;
        if request
            .update_mask
            .unwrap_or_default()
            .paths
            .iter()
            .any(|field| field == "display_name")
        {
            group.display_name = sent.display_name;
        }
        request
            .member_changes
            .into_iter()
            .for_each(|change| step(members, change));
        group.member_count = count(members);
        group.etag = next(&group.etag);
        Ok(Response::new(UpdateGroupResponse {
            group: Some(group.clone()),
            ..Default::default()
        }))
    }

    async fn delete_group(&self, request: Request<DeleteGroupRequest>) -> Answer<DeleteGroupResponse> {
        let request = self.enter("DeleteGroup", request)?;
        let mut state = self.state.lock().unwrap();
        let (group, _) = state
            .groups
            .get(&request.id)
            .ok_or_else(|| not_found(&request.id))?;
        self.check_version(&request.etag, &group.etag)?;
        state.groups.remove(&request.id);
        Ok(Response::new(DeleteGroupResponse::default()))
    }

    async fn list_group_members(
        &self,
        request: Request<ListGroupMembersRequest>,
    ) -> Answer<ListGroupMembersResponse> {
        let request = self.enter("ListGroupMembers", request)?;
        let state = self.state.lock().unwrap();
        let (_, ids) = state
            .groups
            .get(&request.group_id)
            .ok_or_else(|| not_found(&request.group_id))?;
        // Pages of a thousand, whatever is asked for, so that small tests see more than one.
        let (range, next_page_token) = page(ids.len(), 1_000, &request.page_token, 0);
        Ok(Response::new(ListGroupMembersResponse {
            members: State::members(&ids[range]),
            next_page_token,
        }))
    }
}

#[async_trait]
impl PolicyService for FakeCore {
    async fn get_policy(&self, request: Request<GetPolicyRequest>) -> Answer<GetPolicyResponse> {
        self.enter("GetPolicy", request)?;
        Ok(Response::new(GetPolicyResponse {
            policy: Some(self.policy()),
            ..Default::default()
        }))
    }

    async fn update_policy(&self, _: Request<UpdatePolicyRequest>) -> Answer<UpdatePolicyResponse> {
        Err(Status::unimplemented("the facade has no use for it"))
    }

    async fn preview_policy(&self, _: Request<PreviewPolicyRequest>) -> Answer<PreviewPolicyResponse> {
        Err(Status::unimplemented("the facade has no use for it"))
    }
}

#[async_trait]
impl SchemaService for FakeCore {
    async fn list_schemas(&self, request: Request<ListSchemasRequest>) -> Answer<ListSchemasResponse> {
        self.enter("ListSchemas", request)?;
        let schemas = self.schemas.lock().unwrap().clone();
        Ok(Response::new(ListSchemasResponse {
            schemas,
            ..Default::default()
        }))
    }

    async fn create_schema(&self, _: Request<CreateSchemaRequest>) -> Answer<CreateSchemaResponse> {
        Err(Status::unimplemented("the facade has no use for it"))
    }

    async fn get_schema(&self, _: Request<GetSchemaRequest>) -> Answer<GetSchemaResponse> {
        Err(Status::unimplemented("the facade has no use for it"))
    }

    async fn delete_schema(&self, _: Request<DeleteSchemaRequest>) -> Answer<DeleteSchemaResponse> {
        Err(Status::unimplemented("the facade has no use for it"))
    }
}
