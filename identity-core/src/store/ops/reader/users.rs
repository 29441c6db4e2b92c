//! Reading users, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, former, identities, lists, members, users, with_groups};
use crate::{
    error::Result,
    id::Id,
    identity::Identity,
    platform::Timestamp,
    store::{FormerAccess, FormerMembership, ListQuery, NameUse, UserReader},
    user::{GroupReference, User},
};

#[async_trait]
impl UserReader for Conn {
    async fn user(&mut self, organization: Id, id: Id) -> Result<Option<User>> {
        users::by_id(self, organization, id).await
    }

    async fn user_with_groups(
        &mut self,
        organization: Id,
        id: Id,
    ) -> Result<Option<(User, Vec<GroupReference>)>> {
        with_groups::user(self, organization, id).await
    }

    async fn users_with_groups(
        &mut self,
        organization: Id,
        page: &ListQuery,
    ) -> Result<Vec<(User, Vec<GroupReference>)>> {
        with_groups::page(self, organization, page).await
    }

    async fn users_by_id(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<User>> {
        users::by_ids(self, organization, ids).await
    }

    async fn user_id_by_name(&mut self, organization: Id, user_name_key: &str) -> Result<Option<Id>> {
        users::id_by_name(self, organization, user_name_key).await
    }

    async fn user_ids_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
        limit: i64,
    ) -> Result<Vec<Id>> {
        users::ids_by_external_id(self, organization, connection, external_id, limit).await
    }

    async fn user_id_by_identity(
        &mut self,
        organization: Id,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Id>> {
        identities::user_id(self, organization, issuer, subject).await
    }

    async fn identities(&mut self, organization: Id, user: Id) -> Result<Vec<Identity>> {
        identities::of_user(self, organization, user).await
    }

    async fn activity(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, bool)>> {
        users::activity(self, organization, users).await
    }

    async fn deleted_user(&mut self, organization: Id, id: Id) -> Result<Option<User>> {
        former::user(self, organization, id).await
    }

    async fn users_deleted_before(
        &mut self,
        organization: Id,
        before: Timestamp,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Id>> {
        former::users_deleted_before(self, organization, before, after, limit).await
    }

    async fn deleted_users_by_external_id(
        &mut self,
        organization: Id,
        connection: Id,
        external_id: &str,
        limit: i64,
    ) -> Result<Vec<Id>> {
        former::ids_by_external_id(self, organization, connection, external_id, limit).await
    }

    async fn user_ids_by_email(&mut self, organization: Id, email_key: &str, limit: i64) -> Result<Vec<Id>> {
        users::ids_by_email(self, organization, email_key, limit).await
    }

    async fn break_glass_users(&mut self, organization: Id) -> Result<Vec<Id>> {
        users::break_glass(self, organization).await
    }

    async fn former_access(&mut self, organization: Id, user: Id) -> Result<Option<FormerAccess>> {
        former::access(self, organization, user).await
    }

    async fn memberships_of(&mut self, organization: Id, member: Id) -> Result<Vec<FormerMembership>> {
        former::memberships(self, organization, member).await
    }

    async fn deleted_user_by_name(&mut self, organization: Id, user_name_key: &str) -> Result<Option<Id>> {
        users::deleted_id_by_name(self, organization, user_name_key).await
    }

    async fn name_use(
        &mut self,
        organization: Id,
        user_name_key: &str,
        connection: Option<Id>,
        external_id: Option<&str>,
        user: Id,
    ) -> Result<NameUse> {
        users::name_use(self, organization, user_name_key, (connection, external_id), user).await
    }

    async fn users(&mut self, organization: Id, page: &ListQuery) -> Result<Vec<User>> {
        lists::users(self, organization, page).await
    }

    async fn count_users(&mut self, organization: Id, page: &ListQuery) -> Result<i64> {
        lists::count_users(self, organization, page).await
    }

    async fn groups_of(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, GroupReference)>> {
        members::groups_of(self, organization, users).await
    }

    async fn display_names(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, String)>> {
        users::display_names(self, organization, users).await
    }

    async fn direct_parents(&mut self, organization: Id, member: Id) -> Result<Vec<Id>> {
        members::direct_parents(self, organization, member).await
    }
}
