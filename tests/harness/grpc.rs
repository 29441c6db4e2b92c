//! A client of the gRPC API.

use std::{collections::BTreeSet, fmt::Debug};

use identity_proto::v1::{
    Change, CreateGroupRequest, CreateUserRequest, DeleteUserRequest, GetGroupRequest,
    GetOrganizationRequest, GetUserRequest, Group, ListChangesRequest, ListGroupMembersRequest,
    ListUsersRequest, Organization, UpdateGroupRequest, UpdateUserRequest, User,
    change_service_client::ChangeServiceClient, connection_service_client::ConnectionServiceClient,
    group_service_client::GroupServiceClient, organization_service_client::OrganizationServiceClient,
    policy_service_client::PolicyServiceClient,
    provisioning_log_service_client::ProvisioningLogServiceClient, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};
use prost_types::FieldMask;
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

/// A connection that sends a bearer token with every call.
pub(crate) type Line = InterceptedService<Channel, Bearer>;

/// A client of the gRPC API with one token, for one organization.
#[derive(Clone)]
pub(crate) struct Grpc {
    channel: Channel,
    bearer: Bearer,
    organization: String,
}

/// The token of every call.
#[derive(Clone)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

impl Grpc {
    /// A client of the API at this URL that names this organization (an id, a slug, or nothing).
    pub(crate) fn new(url: &str, token: &str, organization: &str) -> Self {
        let channel = Endpoint::from_shared(url.to_owned())
            .expect("a URL")
            .connect_lazy();
        Self {
            channel,
            bearer: bearer(token),
            organization: organization.to_owned(),
        }
    }

    /// The same with another token; an empty one is none.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            bearer: bearer(token),
            ..self.clone()
        }
    }

    /// The same, naming another organization.
    pub(crate) fn naming(&self, organization: &str) -> Self {
        Self {
            organization: organization.to_owned(),
            ..self.clone()
        }
    }

    /// Returns the organization that it names in its requests.
    pub(crate) fn organization_named(&self) -> String {
        self.organization.clone()
    }

    /// The connection, for calls that no generated client makes.
    pub(crate) fn line(&self) -> Line {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }

    /// The generated client.
    pub(crate) fn organizations(&self) -> OrganizationServiceClient<Line> {
        OrganizationServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn users(&self) -> UserServiceClient<Line> {
        UserServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn groups(&self) -> GroupServiceClient<Line> {
        GroupServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn connections(&self) -> ConnectionServiceClient<Line> {
        ConnectionServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn tokens(&self) -> TokenServiceClient<Line> {
        TokenServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn policies(&self) -> PolicyServiceClient<Line> {
        PolicyServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn change_log(&self) -> ChangeServiceClient<Line> {
        ChangeServiceClient::new(self.line())
    }

    /// The generated client.
    pub(crate) fn provisioning_log(&self) -> ProvisioningLogServiceClient<Line> {
        ProvisioningLogServiceClient::new(self.line())
    }

    /// The organization as it stands.
    pub(crate) async fn organization(&self) -> Organization {
        let request = GetOrganizationRequest {
            organization: self.organization.clone(),
        };
        let answer = self
            .organizations()
            .get_organization(request)
            .await
            .expect("the organization");
        answer.into_inner().organization.expect("an organization")
    }

    /// The organization's revision.
    pub(crate) async fn revision(&self) -> i64 {
        self.organization().await.revision
    }

    /// Creates this user.
    pub(crate) async fn try_create(&self, user: User) -> Result<User, Status> {
        let organization = self.organization.clone();
        let request = CreateUserRequest {
            organization,
            user: Some(user),
            ..Default::default()
        };
        Ok(self
            .users()
            .create_user(request)
            .await?
            .into_inner()
            .user
            .expect("a user"))
    }

    /// Creates a user of this name.
    pub(crate) async fn create_user(&self, user_name: &str) -> User {
        self.try_create(named(user_name)).await.expect("a new user")
    }

    /// The user of this id.
    pub(crate) async fn try_user(&self, id: &str) -> Result<User, Status> {
        let request = GetUserRequest {
            organization: self.organization.clone(),
            id: id.to_owned(),
            ..Default::default()
        };
        Ok(self
            .users()
            .get_user(request)
            .await?
            .into_inner()
            .user
            .expect("a user"))
    }

    /// The user of this id, which exists.
    pub(crate) async fn user(&self, id: &str) -> User {
        self.try_user(id).await.expect("the user")
    }

    /// Changes these fields of a user. A change with `etag` is made only if that is still the stored one.
    pub(crate) async fn update_user(&self, user: User, fields: &[&str]) -> Result<User, Status> {
        let request = UpdateUserRequest {
            organization: self.organization.clone(),
            user: Some(user),
            update_mask: Some(mask(fields)),
            ..Default::default()
        };
        Ok(self
            .users()
            .update_user(request)
            .await?
            .into_inner()
            .user
            .expect("a user"))
    }

    /// Deletes a user.
    pub(crate) async fn delete_user(&self, id: &str) -> Result<(), Status> {
        let organization = self.organization.clone();
        let request = DeleteUserRequest {
            organization,
            id: id.to_owned(),
            ..Default::default()
        };
        self.users().delete_user(request).await.map(drop)
    }

    /// Lists users. The request's organization is filled in.
    pub(crate) async fn list_users(&self, request: ListUsersRequest) -> Result<(Vec<User>, String), Status> {
        let organization = self.organization.clone();
        let page = self
            .users()
            .list_users(ListUsersRequest {
                organization,
                ..request
            })
            .await?
            .into_inner();
        Ok((page.users, page.next_page_token))
    }

    /// Creates a group with these members.
    pub(crate) async fn try_create_group(&self, name: &str, members: &[&str]) -> Result<Group, Status> {
        let request = CreateGroupRequest {
            organization: self.organization.clone(),
            group: Some(Group {
                display_name: name.to_owned(),
                ..Default::default()
            }),
            member_ids: members.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        Ok(self
            .groups()
            .create_group(request)
            .await?
            .into_inner()
            .group
            .expect("a group"))
    }

    /// The group of this id.
    pub(crate) async fn group(&self, id: &str) -> Result<Group, Status> {
        let request = GetGroupRequest {
            organization: self.organization.clone(),
            id: id.to_owned(),
        };
        Ok(self
            .groups()
            .get_group(request)
            .await?
            .into_inner()
            .group
            .expect("a group"))
    }

    /// Changes a group. The request's organization is filled in.
    pub(crate) async fn update_group(&self, request: UpdateGroupRequest) -> Result<Group, Status> {
        let organization = self.organization.clone();
        let answer = self
            .groups()
            .update_group(UpdateGroupRequest {
                organization,
                ..request
            })
            .await?;
        Ok(answer.into_inner().group.expect("a group"))
    }

    /// The ids of all direct members of a group.
    pub(crate) async fn member_ids(&self, group: &str) -> BTreeSet<String> {
        let mut request = ListGroupMembersRequest {
            organization: self.organization.clone(),
            group_id: group.to_owned(),
            ..Default::default()
        };
        let mut ids = BTreeSet::new();
        loop {
            let page = self
                .groups()
                .list_group_members(request.clone())
                .await
                .expect("members")
                .into_inner();
            ids.extend(page.members.into_iter().map(|member| member.id));
            if page.next_page_token.is_empty() {
                return ids;
            }
            request.page_token = page.next_page_token;
        }
    }

    /// The whole change log after a revision.
    pub(crate) async fn changes_after(&self, revision: i64) -> Vec<Change> {
        let mut request = ListChangesRequest {
            organization: self.organization.clone(),
            page_size: 1000,
            after_revision: revision,
            ..Default::default()
        };
        let mut changes = Vec::new();
        loop {
            let page = self
                .change_log()
                .list_changes(request.clone())
                .await
                .expect("changes")
                .into_inner();
            changes.extend(page.changes);
            if page.next_page_token.is_empty() {
                return changes;
            }
            request.page_token = page.next_page_token;
        }
    }
}

/// A user with nothing but a name.
pub(crate) fn named(user_name: &str) -> User {
    User {
        user_name: user_name.to_owned(),
        ..Default::default()
    }
}

/// A mask of these fields.
pub(crate) fn mask(fields: &[&str]) -> FieldMask {
    FieldMask {
        paths: fields.iter().map(ToString::to_string).collect(),
    }
}

fn bearer(token: &str) -> Bearer {
    Bearer((!token.is_empty()).then(|| format!("Bearer {token}").parse().expect("a token is ASCII")))
}

/// The reason in a status, as `google.rpc.ErrorInfo` carries it; empty if there is none.
pub(crate) fn reason_of(status: &Status) -> String {
    let details = status.get_error_details();
    let Some(info) = details.error_info() else {
        return String::new();
    };
    assert_eq!(info.domain, "roster.identity.v1", "{status:?}");
    info.reason.clone()
}

/// The path of the field that an invalid request was refused for.
#[track_caller]
pub(crate) fn violated<T: Debug>(result: Result<T, Status>) -> String {
    let status = result.expect_err("a refusal");
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let request = status.get_details_bad_request().expect("a BadRequest");
    request.field_violations[0].field.clone()
}

/// Asserts that a call was refused with this code and reason.
#[track_caller]
pub(crate) fn assert_status<T: Debug>(result: Result<T, Status>, code: Code, reason: &str) {
    let status = result.expect_err("a refusal");
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (code, reason),
        "{status:?}"
    );
}
