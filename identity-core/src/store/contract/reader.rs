//! Reading.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Deleted, ListQuery};
use crate::{
    access::AccessFacts,
    change::{Change, ChangeQuery},
    connection::Connection,
    connection_health::{Activity, Credential},
    error::Result,
    group::{Group, Member, MemberKind, Source},
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
    token::Token,
    user::{GroupReference, TypedValue, User},
};

/// Interface for reading, the same for reads alone and for reads inside a write unit.
///
/// Unless a method says otherwise, it sees live rows only (not deleted ones) of the one organization, in a total order.
#[async_trait]
pub trait Reader: Send {
    /// An organization by id.
    async fn organization(&mut self, id: Id) -> Result<Option<Organization>>;
    /// The id of the organization with this slug.
    async fn organization_id(&mut self, slug: &str) -> Result<Option<Id>>;
    /// Organizations in order of their ids, after the given one; deleted ones among them if they are asked for.
    async fn organizations(
        &mut self,
        after: Option<Id>,
        limit: i64,
        deleted: Deleted,
    ) -> Result<Vec<Organization>>;

    /// The revision of an organization, a deleted one too: its log goes on to be told.
    async fn revision(&mut self, organization: Id) -> Result<Option<i64>>;
    /// All organizations, deleted ones too, with their revisions in order of their ids, after the given one.
    async fn revisions(&mut self, after: Option<Id>, limit: i64) -> Result<Vec<(Id, i64)>>;

    /// A user.
    async fn user(&mut self, organization: Id, id: Id) -> Result<Option<User>>;
    /// A user and the groups it belongs to, as [`Reader::groups_of`] gives them. What one user costs to read is decided here, so it is
    /// one statement unless the user is in a group within a group.
    async fn user_with_groups(
        &mut self,
        organization: Id,
        id: Id,
    ) -> Result<Option<(User, Vec<GroupReference>)>>;
    /// One page of users as [`Reader::users`] gives it, and their groups; for pages of few rows.
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
    /// How many users meet the filter; order, place and limit do not matter.
    async fn count_users(&mut self, organization: Id, page: &ListQuery) -> Result<i64>;
    /// The direct and indirect groups of these users, by user and group id.
    async fn groups_of(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, GroupReference)>>;
    /// The display names of these users (the user name where there is none), by id.
    async fn display_names(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, String)>>;
    /// The ids of all groups that have this user or group as a direct member.
    async fn direct_parents(&mut self, organization: Id, member: Id) -> Result<Vec<Id>>;

    /// A group.
    async fn group(&mut self, organization: Id, id: Id) -> Result<Option<Group>>;
    /// A group that is deleted, and was not made while `groups.sync` was off.
    async fn deleted_group(&mut self, organization: Id, id: Id) -> Result<Option<Group>>;
    /// The id of the group with this folded name, the oldest if there are several.
    async fn group_id_by_name(&mut self, organization: Id, display_name_key: &str) -> Result<Option<Id>>;
    /// A group that this connection made while `groups.sync` was off.
    async fn group_out_of_sync(&mut self, organization: Id, connection: Id, id: Id) -> Result<Option<Group>>;
    /// The one of these with this folded name, the oldest if there are several.
    async fn group_out_of_sync_by_name(
        &mut self,
        organization: Id,
        connection: Id,
        display_name_key: &str,
    ) -> Result<Option<Group>>;
    /// Tells whether two groups share a folded name.
    async fn duplicate_group_names(&mut self, organization: Id) -> Result<bool>;
    /// The first group but this one with this external id under this connection.
    async fn other_group_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
        group: Id,
    ) -> Result<Option<Id>>;
    /// One page of groups.
    async fn groups(&mut self, organization: Id, page: &ListQuery) -> Result<Vec<Group>>;
    /// How many groups meet the filter; order, place and limit do not matter.
    async fn count_groups(&mut self, organization: Id, page: &ListQuery) -> Result<i64>;
    /// Direct members in order of their ids, after the given one.
    async fn members(
        &mut self,
        organization: Id,
        group: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Member>>;
    /// The ids of all direct members with their kinds.
    async fn member_ids(&mut self, organization: Id, group: Id) -> Result<Vec<(Id, MemberKind)>>;
    /// Finds those of these ids that are direct members.
    async fn members_among(&mut self, organization: Id, group: Id, ids: &[Id]) -> Result<Vec<Id>>;
    /// Where the memberships of those of these ids come from that are direct members, in order of their ids.
    async fn membership_origins(
        &mut self,
        organization: Id,
        group: Id,
        ids: &[Id],
    ) -> Result<Vec<MembershipOrigin>>;
    /// The mapping rules in their order. There are never many.
    async fn mapping_rules(&mut self, organization: Id) -> Result<Vec<MappingRule>>;
    /// The licenses that mapping rules give to these groups, in order of the rules.
    async fn group_licenses(&mut self, organization: Id, groups: &[Id]) -> Result<Vec<GroupLicense>>;
    /// Finds the kind of each of these ids; ids that are neither a user nor a group are left out.
    async fn kinds_of(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, MemberKind)>>;
    /// All groups that contain this group, directly or through others; the group itself is not among them.
    async fn ancestors(&mut self, organization: Id, group: Id) -> Result<Vec<Id>>;

    /// A project.
    async fn project(&mut self, organization: Id, id: Id) -> Result<Option<Project>>;
    /// The projects among these ids, deleted ones too, in order of their ids.
    async fn known_projects(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Project>>;
    /// The id of the project with this folded name.
    async fn project_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>>;
    /// Projects in order of their ids, after the given one.
    async fn projects(&mut self, organization: Id, after: Option<Id>, limit: i64) -> Result<Vec<Project>>;

    /// How many projects there are.
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
    /// How many custom roles there are that were not made from groups.
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
    /// Whether the project is in use is not asked.
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

    /// A connection.
    async fn connection(&mut self, organization: Id, id: Id) -> Result<Option<Connection>>;
    /// Connections in order of their ids, after the given one.
    async fn connections(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Connection>>;
    /// Live users or groups that nobody manages, or a connection that is gone, in order of their ids after the given one.
    async fn unmanaged(
        &mut self,
        organization: Id,
        kind: MemberKind,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Unmanaged>>;
    /// The live users or groups with these external ids, whoever manages them.
    async fn holders_of_ids(
        &mut self,
        organization: Id,
        kind: MemberKind,
        external_ids: &[String],
    ) -> Result<Vec<HolderOfId>>;
    /// The users that one of these values names, each with the value that does.
    async fn users_by_values(
        &mut self,
        organization: Id,
        key: MatchKey,
        values: &[String],
    ) -> Result<Vec<(String, Unmanaged)>>;
    /// Active users that a connection manages, by id and name, in order of their ids.
    async fn active_managed_users(
        &mut self,
        organization: Id,
        connection: Id,
        limit: i64,
    ) -> Result<Vec<(Id, String)>>;
    /// Finds the users or groups that a connection manages under an external id that an unmanaged one has
    /// too, in order of ids.
    async fn release_clashes(
        &mut self,
        organization: Id,
        connection: Id,
        kind: MemberKind,
    ) -> Result<Vec<HolderOfId>>;
    /// Active users and groups that a connection manages, counted.
    async fn managed_counts(&mut self, organization: Id, connection: Id) -> Result<(i64, i64)>;

    /// A token.
    async fn token(&mut self, organization: Id, id: Id) -> Result<Option<Token>>;
    /// Finds what a secret's digest stands for, in one look-up: the token, its connection if it has one, and
    /// the organization's status.
    async fn authentication(&mut self, organization: Id, digest: &[u8; 32])
    -> Result<Option<Authentication>>;
    /// The same for a token that is known by its id.
    async fn authentication_of(&mut self, organization: Id, token: Id) -> Result<Option<Authentication>>;
    /// The token that had this secret before its present one, and until when that secret holds; ended ones included.
    async fn former_secret(&mut self, organization: Id, digest: &[u8; 32])
    -> Result<Option<(Id, Timestamp)>>;
    /// All tokens of a user or service account, in order of their ids. A rule keeps them few.
    async fn tokens_of(&mut self, organization: Id, owner: Id) -> Result<Vec<Token>>;
    /// Tokens of all organizations that end before a time, which the change log was not told of: organization and id, earliest first.
    async fn expiring_tokens(&mut self, before: Timestamp, limit: i64) -> Result<Vec<(Id, Id)>>;
    /// Tokens in order of their ids, after the given one; of one connection if given, expired ones included.
    async fn tokens(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Token>>;

    /// The signing keys of the deployment, oldest first.
    async fn signing_keys(&mut self) -> Result<Vec<SigningKey>>;
    /// The value of this name among those that belong to the database itself, if there is one.
    async fn deployment_value(&mut self, name: &str) -> Result<Option<String>>;

    /// Reads the names of the migrations that ran, oldest first.
    async fn applied_migrations(&mut self) -> Result<Vec<String>>;
    /// Tells whether an access token was revoked before its end.
    async fn access_token_revoked(&mut self, organization: Id, id: Id) -> Result<bool>;
    /// Tells whether an assertion was used; assertions that ended by themselves may be forgotten.
    async fn assertion_used(&mut self, organization: Id, digest: &[u8; 32]) -> Result<bool>;

    /// A service account.
    async fn service_account(&mut self, organization: Id, id: Id) -> Result<Option<ServiceAccount>>;
    /// The id of the service account with this folded name.
    async fn service_account_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>>;
    /// Service accounts in order of their ids, after the given one.
    async fn service_accounts(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ServiceAccount>>;

    /// Extension schemas in order of their folded URNs.
    async fn schemas(&mut self, organization: Id) -> Result<Vec<ExtensionSchema>>;
    /// Tells whether a user or group, deleted ones included, has values of this schema.
    async fn schema_in_use(&mut self, organization: Id, urn: &str) -> Result<bool>;

    /// Change-log entries in order of revision and sequence, after the given place.
    async fn changes(
        &mut self,
        organization: Id,
        query: &ChangeQuery,
        after: Option<(i64, i32)>,
        limit: i64,
    ) -> Result<Vec<Change>>;

    /// Requests of identity providers, newest first, that are older than the given one.
    async fn provisioning_requests(
        &mut self,
        organization: Id,
        query: &ProvisioningQuery,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ProvisioningRequest>>;

    /// Finds the request that so many newer ones follow, if there are as many.
    async fn older_provisioning_request(&mut self, organization: Id, newer: i64) -> Result<Option<Id>>;

    /// Summaries of the requests of some connections; none of a connection without requests.
    async fn activity_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, Activity)>>;
    /// Numbers of requests of some connections by outcome, an hour each, from an hour on.
    async fn outcomes_of_connections(
        &mut self,
        organization: Id,
        ids: &[Id],
        from_hour: i64,
    ) -> Result<Vec<(Id, ProvisioningOutcome, i64)>>;
    /// Tokens of some connections.
    async fn credentials_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Credential>>;

    /// Finds the use of a request id, if it was used.
    async fn request(&mut self, organization: Id, request_id: &str) -> Result<Option<StoredRequest>>;
}

/// The license that mapping rules give to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLicense {
    /// The group.
    pub group: Id,
    /// The place of the rule, smallest first: who belongs to several groups has the license of the first.
    pub position: i32,
    /// The rule; of several in one place the older is the first.
    pub rule: Id,
    /// The license.
    pub license: String,
}

/// Where a membership comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipOrigin {
    /// The member.
    pub member: Id,
    /// Source of the membership.
    pub source: Source,
}

/// Result of [`Reader::name_use`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameUse {
    /// The live user with the folded name.
    pub user_name: Option<Id>,
    /// The live user with the external id under the connection.
    pub external_id: Option<Id>,
    /// The newest deleted user with the folded name.
    pub deleted: Option<Id>,
}

/// Users, groups, grants and memberships that a change takes away, for [`Reader::has_permanent_holder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// Users that are no longer active, and groups that are no longer there.
    pub gone: Vec<Id>,
    /// Users and groups that lose their own grants of the role from `sources`.
    pub revoked_from: Vec<Id>,
    /// Where grants come from that are lost.
    pub sources: Vec<Source>,
    /// A group, and members that leave it.
    pub leaving: (Id, Vec<Id>),
}

impl Default for Without {
    /// Nothing.
    fn default() -> Self {
        Self {
            gone: Vec::new(),
            revoked_from: Vec::new(),
            sources: Vec::new(),
            leaving: (Id(uuid::Uuid::nil()), Vec::new()),
        }
    }
}

/// Result of [`Reader::authentication`].
#[derive(Clone, Debug)]
pub struct Authentication {
    /// The token.
    pub token: Token,
    /// Its connection.
    pub connection: Option<Connection>,
    /// Status that decides whether the organization is served.
    pub organization_status: crate::organization::OrganizationStatus,
}

/// Access that a deactivation took from a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormerAccess {
    /// Its roles as given.
    pub roles: Vec<TypedValue>,
    /// Its direct memberships.
    pub groups: Vec<FormerMembership>,
}

/// Properties of a user or group that adoption looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmanaged {
    /// The user or group.
    pub id: Id,
    /// Its user name or display name.
    pub name: String,
    /// Its external id.
    pub external_id: Option<String>,
    /// Connection that manages it.
    pub managed_by: Option<Id>,
    /// Set for active users and for groups.
    pub active: bool,
    /// Set for a break-glass account.
    pub break_glass: bool,
    /// Set for a user made with the organization.
    pub bootstrap: bool,
}

/// A user or group with an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderOfId {
    /// The user or group.
    pub id: Id,
    /// Its external id.
    pub external_id: String,
    /// Connection that manages it.
    pub managed_by: Option<Id>,
}

/// A membership of one user or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerMembership {
    /// The group.
    pub group: Id,
    /// Where the membership comes from.
    pub source: Source,
    /// Through which connection.
    pub connection: Option<Id>,
}

/// The answer to an earlier request, for its repetition (AIP-155).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// SHA-256 over method, caller and body.
    pub digest: [u8; 32],
    /// Id of the resource that the request made.
    pub resource_id: String,
    /// When.
    pub at: Timestamp,
}
