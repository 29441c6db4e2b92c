//! Reading projects, roles and grants, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, grants, members, projects, roles};
use crate::{
    access::AccessFacts,
    error::Result,
    id::Id,
    platform::Timestamp,
    project::Project,
    role::{CustomRole, EffectiveGrant, Grant, GrantKey, RoleKind, RoleScope},
    store::{RoleReader, Without},
};

#[async_trait]
impl RoleReader for Conn {
    async fn project(&mut self, organization: Id, id: Id) -> Result<Option<Project>> {
        projects::by_id(self, organization, id).await
    }

    async fn known_projects(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Project>> {
        projects::known(self, organization, ids).await
    }

    async fn project_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>> {
        projects::id_by_name(self, organization, name_key).await
    }

    async fn projects(&mut self, organization: Id, after: Option<Id>, limit: i64) -> Result<Vec<Project>> {
        projects::page(self, organization, after, limit).await
    }

    async fn count_projects(&mut self, organization: Id) -> Result<i64> {
        projects::count(self, organization).await
    }

    async fn role(&mut self, organization: Id, id: Id) -> Result<Option<CustomRole>> {
        roles::by_id(self, organization, id).await
    }

    async fn known_roles(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<CustomRole>> {
        roles::known(self, organization, ids).await
    }

    async fn role_id_by_name(
        &mut self,
        organization: Id,
        kind: RoleKind,
        name_key: &str,
    ) -> Result<Option<Id>> {
        roles::id_by_name(self, organization, kind, name_key).await
    }

    async fn role_of_group(&mut self, organization: Id, group: Id) -> Result<Option<CustomRole>> {
        roles::of_group(self, organization, group).await
    }

    async fn roles(&mut self, organization: Id, after: Option<Id>, limit: i64) -> Result<Vec<CustomRole>> {
        roles::page(self, organization, after, limit).await
    }

    async fn manually_created_roles(&mut self, organization: Id) -> Result<Vec<CustomRole>> {
        roles::manually_created(self, organization).await
    }

    async fn count_roles(&mut self, organization: Id) -> Result<i64> {
        roles::count(self, organization).await
    }

    async fn grants_of(&mut self, organization: Id, principals: &[Id]) -> Result<Vec<Grant>> {
        grants::of_principals(self, organization, principals).await
    }

    async fn grants_in(
        &mut self,
        organization: Id,
        scope: RoleScope,
        after: Option<&GrantKey>,
        limit: i64,
    ) -> Result<Vec<Grant>> {
        grants::in_scope(self, organization, scope, after, limit).await
    }

    async fn effective_grants(
        &mut self,
        organization: Id,
        users: &[Id],
        at: Timestamp,
    ) -> Result<Vec<EffectiveGrant>> {
        grants::effective(self, organization, users, at).await
    }

    async fn access_facts(
        &mut self,
        organization: Id,
        user: Id,
        scope: RoleScope,
        at: Timestamp,
    ) -> Result<Option<AccessFacts>> {
        grants::access_facts(self, organization, user, scope, at).await
    }

    async fn holders(
        &mut self,
        organization: Id,
        scope: RoleScope,
        at: Timestamp,
        page: (Option<Id>, i64),
    ) -> Result<Vec<Id>> {
        grants::holders(self, organization, scope, at, page).await
    }

    async fn has_permanent_holder(
        &mut self,
        organization: Id,
        role: &str,
        without: &Without,
    ) -> Result<bool> {
        grants::has_permanent_holder(self, organization, role, without).await
    }

    async fn is_held(&mut self, organization: Id, role: &str) -> Result<bool> {
        grants::is_held(self, organization, role).await
    }

    async fn memberships_above(&mut self, organization: Id, members: &[Id]) -> Result<Vec<(Id, Id)>> {
        members::above(self, organization, members).await
    }
}
