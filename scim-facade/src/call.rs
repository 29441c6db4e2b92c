//! One client's calls of the core: its token, its request id, its deadline, and the RPCs that the facade uses.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use identity_proto::{
    Core,
    v1::{
        BatchCheckAccessRequest, BatchCheckAccessResponse, CreateGroupRequest, CreateUserRequest,
        DeleteGroupRequest, DeleteUserRequest, ExchangeAssertionRequest, ExchangeAssertionResponse,
        ExchangeTokenRequest, ExchangeTokenResponse, ExtensionSchema, GetGroupRequest, GetKeySetRequest,
        GetKeySetResponse, GetPolicyRequest, GetUserRequest, Group, IntrospectTokenRequest,
        IntrospectTokenResponse, ListAssignableRolesRequest, ListAssignableRolesResponse,
        ListGroupMembersRequest, ListGroupMembersResponse, ListGroupsRequest, ListGroupsResponse,
        ListSchemasRequest, ListUsersRequest, ListUsersResponse, LookupUserRequest, Policy,
        RecordProvisioningRequestsRequest, RevokeTokenRequest, UpdateGroupRequest, UpdateUserRequest, User,
    },
};
use tokio::time::Instant;
use tonic::{Extensions, Request, Response, Status, metadata::MetadataMap};

use crate::{
    error::{Result, ScimError},
    provisioning_log::Notes,
    resource::{GroupBody, UserBody},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Tells the core where the client is; it believes a facade that it trusts.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-client-address");

/// Tells the core that the calls are about resources of SCIM, for which it serves connections alone.
const PROTOCOL: HeaderName = HeaderName::from_static("roster-protocol");
const SCIM: HeaderValue = HeaderValue::from_static("scim");

/// Common parts of all calls of one request.
#[derive(Clone)]
pub(crate) struct Call {
    core: Arc<dyn Core>,
    headers: HeaderMap,
    deadline: Instant,
    validate_only: bool,
    /// Facts about the request, for the provisioning log.
    pub(crate) notes: Notes,
}

impl Call {
    /// Calls about SCIM's resources with this token, already in the form `Bearer …`.
    pub(crate) fn new(
        core: Arc<dyn Core>,
        bearer: HeaderValue,
        request_id: HeaderValue,
        deadline: Instant,
    ) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(PROTOCOL, SCIM);
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert(REQUEST_ID, request_id);
        Self {
            core,
            headers,
            deadline,
            validate_only: false,
            notes: Notes::default(),
        }
    }

    /// The same calls, which note what they find out here.
    pub(crate) fn noting(self, notes: Notes) -> Self {
        Self { notes, ..self }
    }

    /// The same calls about what is no resource of SCIM, or about the caller itself: of every token, as far as it may.
    pub(crate) fn of_any_token(mut self) -> Self {
        self.headers.remove(PROTOCOL);
        self
    }

    /// The same as a dry run.
    pub(crate) fn dry_run(self) -> Self {
        Self {
            validate_only: true,
            ..self
        }
    }

    /// Set for a dry run.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.validate_only
    }

    /// The same calls for a client at this address.
    pub(crate) fn at(mut self, address: Option<HeaderValue>) -> Self {
        if let Some(address) = address {
            self.headers.insert(CLIENT_ADDRESS, address);
        }
        self
    }

    /// The protocol that the calls tell, if any.
    pub(crate) fn protocol(&self) -> &[u8] {
        self.headers.get(PROTOCOL).map_or(&[], HeaderValue::as_bytes)
    }

    /// The address that the calls tell, if any.
    pub(crate) fn address(&self) -> &[u8] {
        self.headers
            .get(CLIENT_ADDRESS)
            .map_or(&[], HeaderValue::as_bytes)
    }

    /// The `Bearer …` that the calls carry.
    pub(crate) fn bearer(&self) -> &[u8] {
        self.headers
            .get(header::AUTHORIZATION)
            .map_or(&[], HeaderValue::as_bytes)
    }

    /// The id under which the log knows the request.
    pub(crate) fn request_id(&self) -> &[u8] {
        self.headers.get(REQUEST_ID).map_or(&[], HeaderValue::as_bytes)
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let metadata = MetadataMap::from_headers(self.headers.clone());
        let mut request = Request::from_parts(metadata, Extensions::new(), message);
        request.set_timeout(self.deadline.saturating_duration_since(Instant::now()));
        request
    }

    pub(crate) async fn create_user(&self, body: UserBody) -> Result<User> {
        self.notes.user(&body.user);
        self.notes.coerced(body.coerced);
        let message = CreateUserRequest {
            user: Some(body.user),
            ignored_attributes: body.ignored,
            validate_only: self.validate_only,
            ..Default::default()
        };
        let answer = self.core.create_user(self.request(message)).await?;
        self.user_of(answer, |answer| answer.user)
    }

    pub(crate) async fn get_user(&self, id: String) -> Result<User> {
        self.notes.id(&id);
        let message = GetUserRequest {
            id,
            ..Default::default()
        };
        let answer = self.core.get_user(self.request(message)).await?;
        self.user_of(answer, |answer| answer.user)
    }

    /// The user of an answer, which is noted with what the call changed.
    fn user_of<A>(&self, answer: Response<A>, user: impl FnOnce(A) -> Option<User>) -> Result<User> {
        self.notes.effect(answer.metadata());
        let user = user(answer.into_inner()).ok_or_else(incomplete)?;
        self.notes.user(&user);
        Ok(user)
    }

    /// The same for a group.
    fn group_of<A>(&self, answer: Response<A>, group: impl FnOnce(A) -> Option<Group>) -> Result<Group> {
        self.notes.effect(answer.metadata());
        let group = group(answer.into_inner()).ok_or_else(incomplete)?;
        self.notes.group(&group);
        Ok(group)
    }

    pub(crate) async fn list_users(&self, message: ListUsersRequest) -> Result<ListUsersResponse> {
        let answer = self.core.list_users(self.request(message)).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn update_user(&self, mut message: UpdateUserRequest) -> Result<User> {
        message.validate_only = self.validate_only;
        self.notes.user_update(&message);
        let answer = self.core.update_user(self.request(message)).await?;
        self.user_of(answer, |answer| answer.user)
    }

    /// Deletes; an empty etag means whatever version is stored.
    pub(crate) async fn delete_user(&self, id: String, etag: String) -> Result<()> {
        self.notes.id(&id);
        let message = DeleteUserRequest {
            id,
            etag,
            validate_only: self.validate_only,
            ..Default::default()
        };
        let answer = self.core.delete_user(self.request(message)).await?;
        self.notes.effect(answer.metadata());
        Ok(())
    }

    pub(crate) async fn create_group(&self, body: GroupBody) -> Result<Group> {
        self.notes.group(&body.group);
        let message = CreateGroupRequest {
            group: Some(body.group),
            member_ids: body.members.unwrap_or_default(),
            ignored_attributes: body.ignored,
            validate_only: self.validate_only,
            ..Default::default()
        };
        let answer = self.core.create_group(self.request(message)).await?;
        self.group_of(answer, |answer| answer.group)
    }

    pub(crate) async fn get_group(&self, id: String) -> Result<Group> {
        self.notes.id(&id);
        let message = GetGroupRequest {
            id,
            ..Default::default()
        };
        let answer = self.core.get_group(self.request(message)).await?;
        self.group_of(answer, |answer| answer.group)
    }

    pub(crate) async fn list_groups(&self, message: ListGroupsRequest) -> Result<ListGroupsResponse> {
        let answer = self.core.list_groups(self.request(message)).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn update_group(&self, mut message: UpdateGroupRequest) -> Result<Group> {
        message.validate_only = self.validate_only;
        self.notes.group_update(&message);
        let answer = self.core.update_group(self.request(message)).await?;
        self.group_of(answer, |answer| answer.group)
    }

    /// Deletes; an empty etag means whatever version is stored.
    pub(crate) async fn delete_group(&self, id: String, etag: String) -> Result<()> {
        self.notes.id(&id);
        let message = DeleteGroupRequest {
            id,
            etag,
            validate_only: self.validate_only,
            ..Default::default()
        };
        let answer = self.core.delete_group(self.request(message)).await?;
        self.notes.effect(answer.metadata());
        Ok(())
    }

    pub(crate) async fn list_group_members(
        &self,
        message: ListGroupMembersRequest,
    ) -> Result<ListGroupMembersResponse> {
        let answer = self.core.list_group_members(self.request(message)).await?;
        Ok(answer.into_inner())
    }

    /// The policy, the kind of identity provider that the caller's connection has, and its id.
    pub(crate) async fn get_policy(&self) -> Result<(Policy, String, String)> {
        let message = self.request(GetPolicyRequest::default());
        let answer = self.core.get_policy(message).await?;
        let answer = answer.into_inner();
        let policy = answer.policy.ok_or_else(incomplete)?;
        Ok((policy, answer.connection_idp_kind, answer.connection_id))
    }

    pub(crate) async fn list_assignable_roles(
        &self,
        message: ListAssignableRolesRequest,
    ) -> Result<ListAssignableRolesResponse> {
        let answer = self.core.list_assignable_roles(self.request(message)).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn list_schemas(&self) -> Result<Vec<ExtensionSchema>> {
        let message = self.request(ListSchemasRequest::default());
        let answer = self.core.list_schemas(message).await?;
        Ok(answer.into_inner().schemas)
    }
}

/// Calls of the OAuth endpoints, which have a form of their own for refusals.
impl Call {
    pub(crate) async fn exchange_token(
        &self,
        message: ExchangeTokenRequest,
    ) -> Result<ExchangeTokenResponse, Status> {
        let message = self.request(message);
        let answer = self.core.exchange_token(message).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn exchange_assertion(
        &self,
        message: ExchangeAssertionRequest,
    ) -> Result<ExchangeAssertionResponse, Status> {
        let message = self.request(message);
        let answer = self.core.exchange_assertion(message).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn introspect_token(
        &self,
        message: IntrospectTokenRequest,
    ) -> Result<IntrospectTokenResponse, Status> {
        let message = self.request(message);
        let answer = self.core.introspect_token(message).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn revoke_token(&self, message: RevokeTokenRequest) -> Result<(), Status> {
        let message = self.request(message);
        self.core.revoke_token(message).await?;
        Ok(())
    }

    pub(crate) async fn key_set(&self) -> Result<GetKeySetResponse, Status> {
        let message = self.request(GetKeySetRequest {});
        let answer = self.core.get_key_set(message).await?;
        Ok(answer.into_inner())
    }
}

/// Calls for access checks, whose refusals have a form of their own, too.
impl Call {
    pub(crate) async fn batch_check_access(
        &self,
        message: BatchCheckAccessRequest,
    ) -> Result<BatchCheckAccessResponse, Status> {
        let message = self.request(message);
        let answer = self.core.batch_check_access(message).await?;
        Ok(answer.into_inner())
    }

    /// Finds a user; answers its id.
    pub(crate) async fn lookup_user(&self, message: LookupUserRequest) -> Result<String, Status> {
        let message = self.request(message);
        let answer = self.core.lookup_user(message).await?;
        Ok(answer.into_inner().user.unwrap_or_default().id)
    }
}

impl Call {
    /// Adds records to the provisioning log.
    pub(crate) async fn record_provisioning_requests(
        &self,
        message: RecordProvisioningRequestsRequest,
    ) -> Result<(), Status> {
        let message = self.request(message);
        self.core.record_provisioning_requests(message).await?;
        Ok(())
    }
}

/// The core promises the resource in every such answer.
fn incomplete() -> ScimError {
    tracing::error!("the core answered without the resource");
    ScimError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
}
