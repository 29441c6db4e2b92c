//! Reading users.

use async_trait::async_trait;

use crate::{
    error::Result,
    id::Id,
    identity::Identity,
    platform::Timestamp,
    store::{FormerAccess, FormerMembership, ListQuery, NameUse},
    user::{GroupReference, User},
};

/// Reads users.
#[async_trait]
pub trait UserReader: Send {
    /// A user.
    async fn user(&mut self, organization: Id, id: Id) -> Result<Option<User>>;
    /// A user and the groups it belongs to, as [`UserReader::groups_of`] gives them. What one user costs to read is decided here, so it is
    /// one statement unless the user is in a group within a group.
    async fn user_with_groups(
        &mut self,
        organization: Id,
        id: Id,
    ) -> Result<Option<(User, Vec<GroupReference>)>>;
    /// One page of users as [`UserReader::users`] gives it, and their groups; for pages of few rows.
    async fn users_with_groups(
        &mut self,
        organization: Id,
        page: &ListQuery,
    ) -> Result<Vec<(User, Vec<GroupReference>)>>;
    /// The users among these ids, in order of their ids.
    async fn users_by_id(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<User>>;
    /// The id of the user with this folded name.
    async fn user_id_by_name(&mut self, organization: Id, user_name_key: &str) -> Result<Option<Id>>;
    /// Up to `limit` users with this external id under this connection (`None`: under no connection), in order of their ids.
    async fn user_ids_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
        limit: i64,
    ) -> Result<Vec<Id>>;
    /// The id of the user whom this issuer calls so.
    async fn user_id_by_identity(
        &mut self,
        organization: Id,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Id>>;
    /// Finds the identities by which issuers know a user, in order of issuer and subject.
    async fn identities(&mut self, organization: Id, user: Id) -> Result<Vec<Identity>>;
    /// Finds those of these users that exist, and tells whether each is active.
    async fn activity(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, bool)>>;
    /// A user that is deleted.
    async fn deleted_user(&mut self, organization: Id, id: Id) -> Result<Option<User>>;
    /// Up to `limit` users that were deleted before a time, in order of their ids, after the given one.
    async fn users_deleted_before(
        &mut self,
        organization: Id,
        before: Timestamp,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Id>>;
    /// Up to `limit` deleted users that had this external id under this connection, the newest first.
    async fn deleted_users_by_external_id(
        &mut self,
        organization: Id,
        connection: Id,
        external_id: &str,
        limit: i64,
    ) -> Result<Vec<Id>>;
    /// Up to `limit` users with this folded e-mail address, in order of their ids.
    async fn user_ids_by_email(&mut self, organization: Id, email_key: &str, limit: i64) -> Result<Vec<Id>>;
    /// The ids of all break-glass accounts, which the core keeps few.
    async fn break_glass_users(&mut self, organization: Id) -> Result<Vec<Id>>;
    /// Finds the access that a deactivation took from a user, if it is still to be given back.
    async fn former_access(&mut self, organization: Id, user: Id) -> Result<Option<FormerAccess>>;
    /// The direct memberships of a user or group, in order of the groups' ids.
    async fn memberships_of(&mut self, organization: Id, member: Id) -> Result<Vec<FormerMembership>>;
    /// The newest deleted user with this folded name.
    async fn deleted_user_by_name(&mut self, organization: Id, user_name_key: &str) -> Result<Option<Id>>;
    /// Finds the holders of the names that a user asks for; of the external id, others than the user. Every create asks this, in one statement.
    async fn name_use(
        &mut self,
        organization: Id,
        user_name_key: &str,
        connection: Option<Id>,
        external_id: Option<&str>,
        user: Id,
    ) -> Result<NameUse>;
    /// One page of users.
    async fn users(&mut self, organization: Id, page: &ListQuery) -> Result<Vec<User>>;
    /// Counts the users that meet the filter; order, place and limit do not matter.
    async fn count_users(&mut self, organization: Id, page: &ListQuery) -> Result<i64>;
    /// The direct and indirect groups of these users, by user and group id.
    async fn groups_of(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, GroupReference)>>;
    /// The display names of these users (the user name where there is none), by id.
    async fn display_names(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, String)>>;
    /// The ids of all groups that have this user or group as a direct member.
    async fn direct_parents(&mut self, organization: Id, member: Id) -> Result<Vec<Id>>;
}
