//! The operations of the service: what a door can ask for.
//!
//! Every method takes the [`Call`] it serves and checks what its caller may do. `organization` is an id or a slug; empty means
//! the caller's own, and root must name one. An organization that is not the caller's does not exist for it.

pub mod input;

use std::sync::Arc;

use input::{
    ChangePage, ConnectionUpdate, GroupInput, GroupUpdate, ListRequest, NewConnection, NewOrganization,
    NewToken, OrganizationUpdate, Page, PageRequest, PolicyUpdate, Released, UserInput, UserUpdate,
};

use crate::{
    caller::{Call, Caller},
    change::ChangeQuery,
    connection::Connection,
    error::Result,
    group::{Group, Member},
    organization::Organization,
    platform::{Platform, Timestamp},
    schema::ExtensionSchema,
    token::Token,
    user::UserView,
};

/// The operations of the service.
#[derive(Clone)]
pub struct Directory {
    #[expect(dead_code, reason = "contract")]
    inner: Arc<Inner>,
}

struct Inner {
    #[expect(dead_code, reason = "contract")]
    platform: Arc<dyn Platform>,
}

/// A secret that was just made. Shown once; its `Debug` hides it.
pub struct Secret(pub String);

#[expect(unused_variables, clippy::todo, reason = "contract: the bodies follow")]
impl Directory {
    /// Finds out who holds a bearer secret. Reasons to refuse: malformed, unknown, expired, connection disabled, organization suspended.
    pub async fn authenticate(&self, bearer: &str) -> Result<Caller> {
        todo!()
    }

    /// Creates an organization and, if asked for, its first admin.
    pub async fn create_organization(
        &self,
        call: &Call,
        new: NewOrganization,
    ) -> Result<(Organization, Option<UserView>)> {
        todo!()
    }
    /// Gets an organization.
    pub async fn get_organization(&self, call: &Call, organization: &str) -> Result<Organization> {
        todo!()
    }
    /// Lists all organizations.
    pub async fn list_organizations(&self, call: &Call, page: PageRequest) -> Result<Page<Organization>> {
        todo!()
    }
    /// Changes an organization.
    pub async fn update_organization(&self, call: &Call, update: OrganizationUpdate) -> Result<Organization> {
        todo!()
    }

    /// Creates a user. `request_id` empty: none.
    pub async fn create_user(
        &self,
        call: &Call,
        organization: &str,
        input: UserInput,
        request_id: &str,
    ) -> Result<UserView> {
        todo!()
    }
    /// Gets a user.
    pub async fn get_user(&self, call: &Call, organization: &str, id: &str) -> Result<UserView> {
        todo!()
    }
    /// Lists users.
    pub async fn list_users(
        &self,
        call: &Call,
        organization: &str,
        request: ListRequest,
    ) -> Result<Page<UserView>> {
        todo!()
    }
    /// Changes a user.
    pub async fn update_user(&self, call: &Call, organization: &str, update: UserUpdate) -> Result<UserView> {
        todo!()
    }
    /// Deletes a user.
    pub async fn delete_user(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        todo!()
    }

    /// Creates a group with its members.
    pub async fn create_group(
        &self,
        call: &Call,
        organization: &str,
        input: GroupInput,
        member_ids: Vec<String>,
        request_id: &str,
    ) -> Result<Group> {
        todo!()
    }
    /// Gets a group.
    pub async fn get_group(&self, call: &Call, organization: &str, id: &str) -> Result<Group> {
        todo!()
    }
    /// Lists groups.
    pub async fn list_groups(
        &self,
        call: &Call,
        organization: &str,
        request: ListRequest,
    ) -> Result<Page<Group>> {
        todo!()
    }
    /// Changes a group and its members in one step.
    pub async fn update_group(&self, call: &Call, organization: &str, update: GroupUpdate) -> Result<Group> {
        todo!()
    }
    /// Deletes a group.
    pub async fn delete_group(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        todo!()
    }
    /// Lists direct members of a group.
    pub async fn list_members(
        &self,
        call: &Call,
        organization: &str,
        group: &str,
        page: PageRequest,
    ) -> Result<Page<Member>> {
        todo!()
    }

    /// Creates a connection.
    pub async fn create_connection(
        &self,
        call: &Call,
        organization: &str,
        new: NewConnection,
        request_id: &str,
    ) -> Result<Connection> {
        todo!()
    }
    /// Gets a connection by id or name.
    pub async fn get_connection(&self, call: &Call, organization: &str, id: &str) -> Result<Connection> {
        todo!()
    }
    /// Lists connections.
    pub async fn list_connections(
        &self,
        call: &Call,
        organization: &str,
        page: PageRequest,
    ) -> Result<Page<Connection>> {
        todo!()
    }
    /// Changes a connection.
    pub async fn update_connection(
        &self,
        call: &Call,
        organization: &str,
        update: ConnectionUpdate,
    ) -> Result<Connection> {
        todo!()
    }
    /// Deletes a connection and its tokens.
    pub async fn delete_connection(&self, call: &Call, organization: &str, id: &str) -> Result<Released> {
        todo!()
    }

    /// Creates a token.
    pub async fn create_token(
        &self,
        call: &Call,
        organization: &str,
        new: NewToken,
        request_id: &str,
    ) -> Result<(Token, Secret)> {
        todo!()
    }
    /// Gets a token.
    pub async fn get_token(&self, call: &Call, organization: &str, id: &str) -> Result<Token> {
        todo!()
    }
    /// Lists tokens. `kind`: only SCIM tokens, only service tokens, or all.
    pub async fn list_tokens(
        &self,
        call: &Call,
        organization: &str,
        kind: Option<input::TokenKind>,
        page: PageRequest,
    ) -> Result<Page<Token>> {
        todo!()
    }
    /// Gives a token a new secret.
    pub async fn rotate_token(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(Token, Secret)> {
        todo!()
    }
    /// Deletes a token.
    pub async fn delete_token(&self, call: &Call, organization: &str, id: &str) -> Result<()> {
        todo!()
    }

    /// Gets an organization with its policy.
    pub async fn get_policy(&self, call: &Call, organization: &str) -> Result<Organization> {
        todo!()
    }
    /// Changes settings of the policy.
    pub async fn update_policy(
        &self,
        call: &Call,
        organization: &str,
        update: PolicyUpdate,
    ) -> Result<Organization> {
        todo!()
    }

    /// Declares an extension schema.
    pub async fn create_schema(
        &self,
        call: &Call,
        organization: &str,
        schema: input::NewSchema,
        request_id: &str,
    ) -> Result<ExtensionSchema> {
        todo!()
    }
    /// Gets a schema by its URN.
    pub async fn get_schema(&self, call: &Call, organization: &str, urn: &str) -> Result<ExtensionSchema> {
        todo!()
    }
    /// All schemas of an organization.
    pub async fn list_schemas(&self, call: &Call, organization: &str) -> Result<Vec<ExtensionSchema>> {
        todo!()
    }
    /// Deletes a schema that nothing uses.
    pub async fn delete_schema(&self, call: &Call, organization: &str, urn: &str) -> Result<()> {
        todo!()
    }

    /// Lists change-log entries.
    pub async fn list_changes(
        &self,
        call: &Call,
        organization: &str,
        query: ChangeQuery,
        page: PageRequest,
    ) -> Result<ChangePage> {
        todo!()
    }
}
