//! The reader, by the lookups of this folder.

use async_trait::async_trait;

use super::{
    Conn, access_tokens, adoption, changes, connection_health, connections, former, grants, groups,
    identities, lists, mappings, members, organizations, projects, provisioning, requests, roles, schemas,
    service_accounts, tokens, users, with_groups,
};
use crate::{
    access::AccessFacts,
    change::{Change, ChangeQuery},
    connection::Connection,
    connection_health::{Activity, Credential},
    error::Result,
    group::{Group, Member, MemberKind},
    id::Id,
    identity::Identity,
    mapping::MappingRule,
    organization::Organization,
    platform::Timestamp,
    policy::MatchKey,
    project::Project,
    provisioning_log::{ProvisioningOutcome, ProvisioningQuery, ProvisioningRequest},
    role::{CustomRole, EffectiveGrant, Grant, GrantKey, RoleKind, RoleScope},
    schema::ExtensionSchema,
    service_account::ServiceAccount,
    signing::SigningKey,
    store::{
        Authentication, Deleted, FormerAccess, FormerMembership, GroupLicense, HolderOfId, ListQuery,
        MembershipOrigin, NameUse, Reader, StoredRequest, Unmanaged, Without,
    },
    token::Token,
    user::{GroupReference, User},
};

#[async_trait]
impl Reader for Conn {
    async fn organization(&mut self, id: Id) -> Result<Option<Organization>> {
        organizations::by_id(self, id).await
    }

    async fn organization_id(&mut self, slug: &str) -> Result<Option<Id>> {
        organizations::id_by_slug(self, slug).await
    }

    async fn organizations(
        &mut self,
        after: Option<Id>,
        limit: i64,
        deleted: Deleted,
    ) -> Result<Vec<Organization>> {
        organizations::page(self, after, limit, deleted).await
    }

    async fn revision(&mut self, organization: Id) -> Result<Option<i64>> {
        organizations::revision(self, organization).await
    }

    async fn revisions(&mut self, after: Option<Id>, limit: i64) -> Result<Vec<(Id, i64)>> {
        organizations::revisions(self, after, limit).await
    }

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

    async fn group(&mut self, organization: Id, id: Id) -> Result<Option<Group>> {
        groups::by_id(self, organization, id).await
    }

    async fn deleted_group(&mut self, organization: Id, id: Id) -> Result<Option<Group>> {
        groups::deleted(self, organization, id).await
    }

    async fn group_id_by_name(&mut self, organization: Id, display_name_key: &str) -> Result<Option<Id>> {
        groups::id_by_name(self, organization, display_name_key).await
    }

    async fn group_out_of_sync(&mut self, organization: Id, connection: Id, id: Id) -> Result<Option<Group>> {
        groups::out_of_sync_by_id(self, organization, connection, id).await
    }

    async fn group_out_of_sync_by_name(
        &mut self,
        organization: Id,
        connection: Id,
        display_name_key: &str,
    ) -> Result<Option<Group>> {
        groups::out_of_sync_by_name(self, organization, connection, display_name_key).await
    }

    async fn duplicate_group_names(&mut self, organization: Id) -> Result<bool> {
        groups::duplicate_names(self, organization).await
    }

    async fn other_group_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
        group: Id,
    ) -> Result<Option<Id>> {
        groups::other_by_external_id(self, organization, connection, external_id, group).await
    }

    async fn groups(&mut self, organization: Id, page: &ListQuery) -> Result<Vec<Group>> {
        lists::groups(self, organization, page).await
    }

    async fn count_groups(&mut self, organization: Id, page: &ListQuery) -> Result<i64> {
        lists::count_groups(self, organization, page).await
    }

    async fn members(
        &mut self,
        organization: Id,
        group: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Member>> {
        members::page(self, organization, group, after, limit).await
    }

    async fn member_ids(&mut self, organization: Id, group: Id) -> Result<Vec<(Id, MemberKind)>> {
        members::ids(self, organization, group).await
    }

    async fn mapping_rules(&mut self, organization: Id) -> Result<Vec<MappingRule>> {
        mappings::list(self, organization).await
    }

    async fn group_licenses(&mut self, organization: Id, groups: &[Id]) -> Result<Vec<GroupLicense>> {
        mappings::licenses(self, organization, groups).await
    }

    async fn membership_origins(
        &mut self,
        organization: Id,
        group: Id,
        ids: &[Id],
    ) -> Result<Vec<MembershipOrigin>> {
        members::origins(self, organization, group, ids).await
    }

    async fn members_among(&mut self, organization: Id, group: Id, ids: &[Id]) -> Result<Vec<Id>> {
        members::among(self, organization, group, ids).await
    }

    async fn kinds_of(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, MemberKind)>> {
        users::kinds_of(self, organization, ids).await
    }

    async fn ancestors(&mut self, organization: Id, group: Id) -> Result<Vec<Id>> {
        members::ancestors(self, organization, group).await
    }

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

    async fn connection(&mut self, organization: Id, id: Id) -> Result<Option<Connection>> {
        connections::by_id(self, organization, id).await
    }

    async fn connections(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Connection>> {
        connections::page(self, organization, after, limit).await
    }

    async fn unmanaged(
        &mut self,
        organization: Id,
        kind: MemberKind,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Unmanaged>> {
        adoption::unmanaged(self, organization, kind, after, limit).await
    }

    async fn holders_of_ids(
        &mut self,
        organization: Id,
        kind: MemberKind,
        external_ids: &[String],
    ) -> Result<Vec<HolderOfId>> {
        adoption::holders_of_ids(self, organization, kind, external_ids).await
    }

    async fn users_by_values(
        &mut self,
        organization: Id,
        key: MatchKey,
        values: &[String],
    ) -> Result<Vec<(String, Unmanaged)>> {
        match key {
            MatchKey::ExternalId => adoption::users_by_external_ids(self, organization, values).await,
            MatchKey::UserName => adoption::users_by_names(self, organization, values).await,
            MatchKey::Email => adoption::users_by_emails(self, organization, values).await,
        }
    }

    async fn active_managed_users(
        &mut self,
        organization: Id,
        connection: Id,
        limit: i64,
    ) -> Result<Vec<(Id, String)>> {
        adoption::active_managed_users(self, organization, connection, limit).await
    }

    async fn release_clashes(
        &mut self,
        organization: Id,
        connection: Id,
        kind: MemberKind,
    ) -> Result<Vec<HolderOfId>> {
        adoption::release_clashes(self, organization, connection, kind).await
    }

    async fn managed_counts(&mut self, organization: Id, connection: Id) -> Result<(i64, i64)> {
        connections::managed_counts(self, organization, connection).await
    }

    async fn token(&mut self, organization: Id, id: Id) -> Result<Option<Token>> {
        tokens::by_id(self, organization, id).await
    }

    async fn authentication(
        &mut self,
        organization: Id,
        digest: &[u8; 32],
    ) -> Result<Option<Authentication>> {
        tokens::authentication(self, organization, digest).await
    }

    async fn authentication_of(&mut self, organization: Id, token: Id) -> Result<Option<Authentication>> {
        tokens::authentication_of(self, organization, token).await
    }

    async fn former_secret(
        &mut self,
        organization: Id,
        digest: &[u8; 32],
    ) -> Result<Option<(Id, Timestamp)>> {
        tokens::former_secret(self, organization, digest).await
    }

    async fn tokens_of(&mut self, organization: Id, owner: Id) -> Result<Vec<Token>> {
        tokens::of_owner(self, organization, owner).await
    }

    async fn expiring_tokens(&mut self, before: Timestamp, limit: i64) -> Result<Vec<(Id, Id)>> {
        tokens::expiring(self, before, limit).await
    }

    async fn signing_keys(&mut self) -> Result<Vec<SigningKey>> {
        access_tokens::signing_keys(self).await
    }

    async fn deployment_value(&mut self, name: &str) -> Result<Option<String>> {
        access_tokens::deployment_value(self, name).await
    }

    async fn applied_migrations(&mut self) -> Result<Vec<String>> {
        access_tokens::applied_migrations(self).await
    }

    async fn access_token_revoked(&mut self, organization: Id, id: Id) -> Result<bool> {
        access_tokens::is_revoked(self, organization, id).await
    }

    async fn assertion_used(&mut self, organization: Id, digest: &[u8; 32]) -> Result<bool> {
        access_tokens::is_used(self, organization, digest).await
    }

    async fn service_account(&mut self, organization: Id, id: Id) -> Result<Option<ServiceAccount>> {
        service_accounts::by_id(self, organization, id).await
    }

    async fn service_account_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>> {
        service_accounts::id_by_name(self, organization, name_key).await
    }

    async fn service_accounts(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ServiceAccount>> {
        service_accounts::page(self, organization, after, limit).await
    }

    async fn tokens(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Token>> {
        tokens::page(self, organization, connection, after, limit).await
    }

    async fn schemas(&mut self, organization: Id) -> Result<Vec<ExtensionSchema>> {
        schemas::list(self, organization).await
    }

    async fn schema_in_use(&mut self, organization: Id, urn: &str) -> Result<bool> {
        schemas::in_use(self, organization, urn).await
    }

    async fn changes(
        &mut self,
        organization: Id,
        query: &ChangeQuery,
        after: Option<(i64, i32)>,
        limit: i64,
    ) -> Result<Vec<Change>> {
        changes::page(self, organization, query, after, limit).await
    }

    async fn provisioning_requests(
        &mut self,
        organization: Id,
        query: &ProvisioningQuery,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ProvisioningRequest>> {
        provisioning::page(self, organization, query, before, limit).await
    }

    async fn older_provisioning_request(&mut self, organization: Id, newer: i64) -> Result<Option<Id>> {
        provisioning::older_than(self, organization, newer).await
    }

    async fn activity_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, Activity)>> {
        connection_health::activity(self, organization, ids).await
    }

    async fn outcomes_of_connections(
        &mut self,
        organization: Id,
        ids: &[Id],
        from_hour: i64,
    ) -> Result<Vec<(Id, ProvisioningOutcome, i64)>> {
        connection_health::outcomes(self, organization, ids, from_hour).await
    }

    async fn credentials_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Credential>> {
        connection_health::credentials(self, organization, ids).await
    }

    async fn request(&mut self, organization: Id, request_id: &str) -> Result<Option<StoredRequest>> {
        requests::by_id(self, organization, request_id).await
    }
}
