//! Reading projects, roles and grants.

use async_trait::async_trait;

use crate::{
    access::AccessFacts,
    error::Result,
    id::Id,
    platform::Timestamp,
    project::Project,
    role::{CustomRole, EffectiveGrant, Grant, GrantKey, RoleKind, RoleScope},
    store::Without,
};

/// Reads projects, roles and grants.
#[async_trait]
pub trait RoleReader: Send {
    /// A project.
    async fn project(&mut self, organization: Id, id: Id) -> Result<Option<Project>>;
    /// The projects among these ids, deleted ones too, in order of their ids.
    async fn known_projects(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Project>>;
    /// The id of the project with this folded name.
    async fn project_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>>;
    /// Projects in order of their ids, after the given one.
    async fn projects(&mut self, organization: Id, after: Option<Id>, limit: i64) -> Result<Vec<Project>>;
    /// Counts the projects.
    async fn count_projects(&mut self, organization: Id) -> Result<i64>;
    /// A custom role.
    async fn role(&mut self, organization: Id, id: Id) -> Result<Option<CustomRole>>;
    /// The custom roles among these ids, deleted ones too, in order of their ids.
    async fn known_roles(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<CustomRole>>;
    /// The id of the custom role of this kind and folded name that was not made from a group.
    async fn role_id_by_name(
        &mut self,
        organization: Id,
        kind: RoleKind,
        name_key: &str,
    ) -> Result<Option<Id>>;
    /// The role that was made from this group.
    async fn role_of_group(&mut self, organization: Id, group: Id) -> Result<Option<CustomRole>>;
    /// Custom roles, those made from groups among them, in order of their ids, after the given one.
    async fn roles(&mut self, organization: Id, after: Option<Id>, limit: i64) -> Result<Vec<CustomRole>>;
    /// The custom roles that were not made from groups, in order of their ids. There are never many.
    async fn manually_created_roles(&mut self, organization: Id) -> Result<Vec<CustomRole>>;
    /// Counts the custom roles that were not made from groups.
    async fn count_roles(&mut self, organization: Id) -> Result<i64>;
    /// All grants of these users and groups themselves, expired ones too, in order of principal, project, role and source.
    async fn grants_of(&mut self, organization: Id, principals: &[Id]) -> Result<Vec<Grant>>;
    /// All grants in one scope, expired ones too, in order of role, principal and source, after the given one.
    async fn grants_in(
        &mut self,
        organization: Id,
        scope: RoleScope,
        after: Option<&GrantKey>,
        limit: i64,
    ) -> Result<Vec<Grant>>;
    /// The grants that have effect for these users at a time, in one statement: their own and those of their groups, nested ones too; not
    /// expired, and not in a project that is archived. Whether a user is active is not asked. In order of user, project and role.
    async fn effective_grants(
        &mut self,
        organization: Id,
        users: &[Id],
        at: Timestamp,
    ) -> Result<Vec<EffectiveGrant>>;
    /// All that a question about this user in this scope is decided by, in one statement; `None`: there is no such organization.
    async fn access_facts(
        &mut self,
        organization: Id,
        user: Id,
        scope: RoleScope,
        at: Timestamp,
    ) -> Result<Option<AccessFacts>>;
    /// The active users for whom a grant in this scope has effect at a time, in order of their ids; `page` is after whom, and how many.
    /// It does not ask for the project's state.
    async fn holders(
        &mut self,
        organization: Id,
        scope: RoleScope,
        at: Timestamp,
        page: (Option<Id>, i64),
    ) -> Result<Vec<Id>>;
    /// Tells whether an active user would hold this role in the organization for good, itself or through
    /// groups, after the losses that `without` lists. A grant that expires does not count, as it cannot be
    /// relied on.
    async fn has_permanent_holder(&mut self, organization: Id, role: &str, without: &Without)
    -> Result<bool>;
    /// Tells whether any user or group holds this role anywhere.
    async fn is_held(&mut self, organization: Id, role: &str) -> Result<bool>;
    /// Memberships above these users and groups, as pairs of member and group: their own, and those of the groups on the way up.
    async fn memberships_above(&mut self, organization: Id, members: &[Id]) -> Result<Vec<(Id, Id)>>;
}
