//! What the operations ask of a database.
//!
//! A [`Unit`] is one use case. It reads, decides, and hands over writes that need no answer: ids, times, versions and
//! revisions are computed before, so the store may send all writes of a unit in one flight and several units in one commit.
//!
//! A backend must:
//! * run a write unit in one transaction after it has locked the organization's row, so that writers of one organization come one
//!   after the other;
//! * undo all of a unit that fails or is a trial, and nothing of its neighbours;
//! * answer a unit only after its commit is durable;
//! * compare texts by bytes; keys are folded before they arrive;
//! * turn a violated unique index into [`Error::AlreadyExists`] for the field it guards;
//! * never leave a transaction open when the future that waits for it is dropped.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    caller::Intent,
    change::{Action, Actor, Change, ChangeQuery, Detail},
    connection::Connection,
    error::{Error, Resource, Result},
    filter::Filter,
    group::{Group, Member, MemberKind, Source},
    id::Id,
    identity::Identity,
    mapping::MappingRule,
    organization::Organization,
    platform::Timestamp,
    policy::MatchKey,
    project::Project,
    role::{Catalog, CustomRole, EffectiveGrant, Grant, GrantKey, RoleKind, RoleScope},
    schema::ExtensionSchema,
    search::SearchKeys,
    service_account::ServiceAccount,
    signing::SigningKey,
    token::Token,
    user::{GroupReference, TypedValue, User},
};

/// What can be read. The same methods serve reads alone and reads inside a write unit.
///
/// Unless a method says otherwise, it sees live rows only (not deleted ones) of the one organization, in a total order.
#[async_trait]
pub trait Reader: Send {
    /// An organization by id.
    async fn organization(&mut self, id: Id) -> Result<Option<Organization>>;
    /// The id of the organization with this slug.
    async fn organization_id(&mut self, slug: &str) -> Result<Option<Id>>;
    /// Organizations in order of their ids, after the given one.
    async fn organizations(&mut self, after: Option<Id>, limit: i64) -> Result<Vec<Organization>>;

    /// The revision of an organization.
    async fn revision(&mut self, organization: Id) -> Result<Option<i64>>;
    /// Organizations with their revisions in order of their ids, after the given one.
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
    /// The id of the user with this external id under this connection (`None`: under no connection).
    async fn user_id_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
    ) -> Result<Option<Id>>;
    /// The id of the user whom this issuer calls so.
    async fn user_id_by_identity(
        &mut self,
        organization: Id,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Id>>;
    /// What issuers call a user, in order of issuer and subject.
    async fn identities(&mut self, organization: Id, user: Id) -> Result<Vec<Identity>>;
    /// Those of these users that there are, and whether each is active.
    async fn activity(&mut self, organization: Id, users: &[Id]) -> Result<Vec<(Id, bool)>>;
    /// A user that is deleted.
    async fn deleted_user(&mut self, organization: Id, id: Id) -> Result<Option<User>>;
    /// The newest deleted user that had this external id under this connection.
    async fn deleted_user_by_external_id(
        &mut self,
        organization: Id,
        connection: Id,
        external_id: &str,
    ) -> Result<Option<Id>>;
    /// Up to `limit` users with this folded e-mail address, in order of their ids.
    async fn user_ids_by_email(&mut self, organization: Id, email_key: &str, limit: i64) -> Result<Vec<Id>>;
    /// The ids of all break-glass accounts, which the core keeps few.
    async fn break_glass_users(&mut self, organization: Id) -> Result<Vec<Id>>;
    /// What a deactivation took from a user, if it is still to be given back.
    async fn former_access(&mut self, organization: Id, user: Id) -> Result<Option<FormerAccess>>;
    /// The direct memberships of a user or group, in order of the groups' ids.
    async fn memberships_of(&mut self, organization: Id, member: Id) -> Result<Vec<FormerMembership>>;
    /// The newest deleted user with this folded name.
    async fn deleted_user_by_name(&mut self, organization: Id, user_name_key: &str) -> Result<Option<Id>>;
    /// Who has the names that a new user asks for. Every create asks this, so a backend that can answer in one statement does so.
    async fn name_use(
        &mut self,
        organization: Id,
        user_name_key: &str,
        connection: Option<Id>,
        external_id: Option<&str>,
    ) -> Result<NameUse> {
        let by_external_id = match external_id {
            Some(external_id) => {
                self.user_id_by_external_id(organization, connection, external_id)
                    .await?
            }
            None => None,
        };
        Ok(NameUse {
            user_name: self.user_id_by_name(organization, user_name_key).await?,
            external_id: by_external_id,
            deleted: self.deleted_user_by_name(organization, user_name_key).await?,
        })
    }
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
    /// The id of the group with this folded name, the oldest if there are several.
    async fn group_id_by_name(&mut self, organization: Id, display_name_key: &str) -> Result<Option<Id>>;
    /// Whether two groups share a folded name.
    async fn duplicate_group_names(&mut self, organization: Id) -> Result<bool>;
    /// The id of the group with this external id under this connection.
    async fn group_id_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
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
    /// Those of these ids that are direct members.
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
    /// The licences that mapping rules give to these groups, in order of the rules.
    async fn group_licenses(&mut self, organization: Id, groups: &[Id]) -> Result<Vec<GroupLicense>>;
    /// What kind of thing each of these ids is; ids that are neither a user nor a group are left out.
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
    async fn roles_made_by_hand(&mut self, organization: Id) -> Result<Vec<CustomRole>>;
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
    /// The active users for whom a grant in this scope has effect at a time, in order of their ids; `page` is after whom, and how many.
    /// Whether the project is in use is not asked.
    async fn holders(
        &mut self,
        organization: Id,
        scope: RoleScope,
        at: Timestamp,
        page: (Option<Id>, i64),
    ) -> Result<Vec<Id>>;
    /// Whether an active user would hold this role in the organization for good, itself or through groups, after what `without` says.
    /// A grant that expires does not count: nobody can rely on it.
    async fn has_lasting_holder(&mut self, organization: Id, role: &str, without: &Without) -> Result<bool>;
    /// Whether anybody holds this role anywhere.
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
    /// What a connection manages under an external id that something unmanaged has too, in order of ids.
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
    /// What a secret's digest stands for, in one look-up: the token, its connection if it has one, and the organization's status.
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
    /// Whether an access token was revoked before its end.
    async fn access_token_revoked(&mut self, organization: Id, id: Id) -> Result<bool>;
    /// Whether an assertion was used; those that ended by themselves may be forgotten.
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
    /// Whether a user or group, deleted ones included, has values of this schema.
    async fn schema_in_use(&mut self, organization: Id, urn: &str) -> Result<bool>;

    /// Change-log entries in order of revision and sequence, after the given place.
    async fn changes(
        &mut self,
        organization: Id,
        query: &ChangeQuery,
        after: Option<(i64, i32)>,
        limit: i64,
    ) -> Result<Vec<Change>>;

    /// What a request id was used for, if it was.
    async fn request(&mut self, organization: Id, request_id: &str) -> Result<Option<StoredRequest>>;
}

/// The licence that mapping rules give to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLicense {
    /// The group.
    pub group: Id,
    /// The place of the rule, smallest first: who belongs to several groups has the licence of the first.
    pub position: i32,
    /// The licence.
    pub license: String,
}

/// Where a membership comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipOrigin {
    /// The member.
    pub member: Id,
    /// Who put it in.
    pub source: Source,
    /// Through which connection.
    pub connection: Option<Id>,
}

/// What [`Reader::name_use`] finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameUse {
    /// The live user with the folded name.
    pub user_name: Option<Id>,
    /// The live user with the external id under the connection.
    pub external_id: Option<Id>,
    /// The newest deleted user with the folded name.
    pub deleted: Option<Id>,
}

/// What a change takes away, for [`Reader::has_lasting_holder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// Users that are no longer active, and groups that are no longer there.
    pub gone: Vec<Id>,
    /// Users and groups that lose their own grants of the role from `sources`.
    pub dispossessed: Vec<Id>,
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
            dispossessed: Vec::new(),
            sources: Vec::new(),
            leaving: (Id(uuid::Uuid::nil()), Vec::new()),
        }
    }
}

/// What [`Reader::authentication`] finds.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// The token.
    pub token: Token,
    /// Its connection.
    pub connection: Option<Connection>,
    /// Whether the organization is served.
    pub organization_status: crate::organization::OrganizationStatus,
}

/// One page of users or groups.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which; [`Filter::All`] of nothing: all.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// After which row.
    pub after: Option<Position>,
    /// How many rows to pass over; only without `after`.
    pub skip: i64,
    /// How many rows at most.
    pub limit: i64,
    /// The declared schemas of the organization, for filters and orders on their attributes.
    pub schemas: Vec<ExtensionSchema>,
    /// Which of those the caller sees.
    pub sight: Sight,
}

impl ListQuery {
    /// The first page of all that fits, for work on the whole organization.
    pub fn of_all(filter: Filter, limit: i64) -> Self {
        Self {
            filter,
            order: Order::default(),
            after: None,
            skip: 0,
            limit,
            schemas: Vec::new(),
            sight: Sight::default(),
        }
    }
}

/// What of an organization's users and groups a caller sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Only what this connection manages.
    pub managed_by: Option<Id>,
    /// Whether break-glass accounts are seen.
    pub break_glass: BreakGlass,
    /// Whether deleted users are seen.
    pub deleted: Deleted,
}

/// Whether break-glass accounts are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BreakGlass {
    /// They are.
    #[default]
    Seen,
    /// They are not.
    Hidden,
}

/// Whether deleted users are seen. Of those that had a name that is in use again, or that several had, only the newest is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deleted {
    /// They are not.
    #[default]
    Hidden,
    /// They are, among the others.
    Seen,
    /// Nobody else is.
    Only,
}

/// What a deactivation took from a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormerAccess {
    /// Its roles as given.
    pub roles: Vec<TypedValue>,
    /// Its direct memberships.
    pub groups: Vec<FormerMembership>,
}

/// What adoption looks at of a user or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmanaged {
    /// The user or group.
    pub id: Id,
    /// Its user name or display name.
    pub name: String,
    /// Its external id.
    pub external_id: Option<String>,
    /// Who manages it.
    pub managed_by: Option<Id>,
    /// Whether it is an active user; groups are.
    pub active: bool,
    /// Whether it is a break-glass account.
    pub break_glass: bool,
}

/// A user or group with an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderOfId {
    /// The user or group.
    pub id: Id,
    /// Its external id.
    pub external_id: String,
    /// Who manages it.
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

/// An order of rows: by an attribute's key, then by id; absent values last (first when descending).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The attribute as in filters; `None`: by id alone.
    pub attribute: Option<String>,
    /// Which way.
    pub direction: Direction,
}

/// Which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// The place of a row in an order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// The key of the order's attribute ([`crate::search`] makes it); `None`: absent, or the order is by id alone.
    pub key: Option<String>,
    /// The row's id.
    pub id: Id,
}

/// The answer to an earlier request, for its repetition (AIP-155).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// SHA-256 over method, caller and body.
    pub digest: [u8; 32],
    /// What it made.
    pub resource_id: String,
    /// When.
    pub at: Timestamp,
}

/// One write, complete in itself.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new organization, its counts and revision as given. The only write of a unit without a locked organization that is
    /// allowed before any other.
    InsertOrganization(Box<Organization>),
    /// A new user with its search keys and e-mail rows.
    InsertUser(Box<User>, SearchKeys),
    /// A user's row, search keys and e-mail rows as they are now; e-mail rows are touched only where they differ.
    UpdateUser {
        /// Before.
        before: Box<User>,
        /// After; `deleted_at` set deletes it, which also removes it from every group, its e-mail rows and its grants.
        after: Box<User>,
        /// The search keys of `after`.
        keys: SearchKeys,
    },
    /// What an issuer calls a user from now on.
    InsertIdentity(Identity),
    /// An issuer's subject of an organization, which is nobody's any more.
    DeleteIdentity {
        /// The organization.
        organization: Id,
        /// The issuer.
        issuer: String,
        /// The subject.
        subject: String,
    },
    /// A new group. `unique_name`: whether its name is under the unique index.
    InsertGroup(Box<Group>, SearchKeys, UniqueName),
    /// A group's row as it is now; `deleted_at` set deletes it with its memberships, as group and as member, and its grants.
    UpdateGroup(Box<Group>, SearchKeys, UniqueName),
    /// The policy setting `groups.unique_names` changed: fills or empties the unique key of every live group.
    UniqueGroupNames(Id, UniqueName),
    /// New members of a group; none of them is one yet.
    InsertMembers {
        /// The organization.
        organization: Id,
        /// The group.
        group: Id,
        /// The members.
        members: Vec<(Id, MemberKind)>,
        /// Where the memberships come from.
        source: Source,
        /// Through which connection.
        connection: Option<Id>,
        /// When.
        at: Timestamp,
    },
    /// These are members no longer.
    DeleteMembers {
        /// The organization.
        organization: Id,
        /// The group.
        group: Id,
        /// The members.
        members: Vec<Id>,
    },
    /// A user or group left all groups: their `member_count`, `version` and `updated_at` move on.
    LeaveGroups {
        /// The organization.
        organization: Id,
        /// Who left.
        member: Id,
        /// When.
        at: Timestamp,
    },
    /// A new project.
    InsertProject(Box<Project>),
    /// A project as it is now; `deleted_at` set deletes it with all grants in it.
    UpdateProject(Box<Project>),
    /// A new custom role.
    InsertRole(Box<CustomRole>),
    /// A custom role as it is now; `deleted_at` set deletes it with all grants of it.
    UpdateRole(Box<CustomRole>),
    /// New grants; none of them is there yet.
    InsertGrants(Vec<Grant>),
    /// These grants are no longer there.
    DeleteGrants(Vec<GrantKey>),
    /// The catalogue of roles changed: the organization role of all users, as their own lasting grants tell it.
    RankRoles(Id, Catalog),
    /// A user joins these groups, of which it is no member: their `member_count`, `version` and `updated_at` move on.
    JoinGroups {
        /// The organization.
        organization: Id,
        /// Who joins.
        user: Id,
        /// Which groups, and where the memberships come from.
        groups: Vec<FormerMembership>,
        /// When.
        at: Timestamp,
    },
    /// What a reactivation is to give back to a user; takes the place of what was kept before.
    KeepFormerAccess(Id, Id, FormerAccess),
    /// Nothing is to be given back to a user of an organization.
    ForgetFormerAccess(Id, Id),
    /// A user's row, and all that hangs on it; the groups that it leaves move on at this time.
    EraseUser(Id, Id, Timestamp),
    /// A new mapping rule.
    InsertMapping(Box<MappingRule>),
    /// A mapping rule as it is now.
    UpdateMapping(Box<MappingRule>),
    /// A mapping rule of an organization.
    DeleteMapping(Id, Id),
    /// The licence that the mapping rules of an organization give to a group now; `None`: none.
    SetGroupLicense(Id, Id, Option<GroupLicense>),
    /// A new connection.
    InsertConnection(Box<Connection>),
    /// A connection as it is now.
    UpdateConnection(Box<Connection>),
    /// Users or groups come under a connection; their versions and times move on.
    Adopt {
        /// The organization.
        organization: Id,
        /// The connection.
        connection: Id,
        /// Which of the two.
        kind: MemberKind,
        /// Which.
        ids: Vec<Id>,
        /// When.
        at: Timestamp,
    },
    /// Nobody manages any more what a connection managed, deleted users and groups included.
    Release {
        /// The organization.
        organization: Id,
        /// The connection.
        connection: Id,
        /// Users that lose their external id, as an unmanaged one has it too.
        clashing_users: Vec<Id>,
        /// Groups that lose theirs.
        clashing_groups: Vec<Id>,
    },
    /// A connection and its tokens.
    DeleteConnection(Id, Id),
    /// A new token.
    InsertToken(Box<Token>),
    /// A token as it is now.
    UpdateToken(Box<Token>),
    /// A token of an organization, its former secrets too.
    DeleteToken(Id, Id),
    /// A secret that was replaced and holds a while longer.
    InsertFormerSecret {
        /// The organization.
        organization: Id,
        /// Its token.
        token: Id,
        /// SHA-256 of it.
        digest: [u8; 32],
        /// Until when.
        ends_at: Timestamp,
    },
    /// All former secrets of a token of an organization.
    DeleteFormerSecrets(Id, Id),
    /// A new signing key. In a unit without an organization.
    InsertSigningKey(Box<SigningKey>),
    /// When a signing key ends. In a unit without an organization.
    EndSigningKey(Id, Timestamp),
    /// An access token that holds no more.
    RevokeAccessToken {
        /// The organization.
        organization: Id,
        /// Its id.
        id: Id,
        /// When it would have ended.
        ends_at: Timestamp,
        /// Now; what ended before is dropped.
        now: Timestamp,
    },
    /// An assertion that is not accepted again.
    UseAssertion {
        /// The organization.
        organization: Id,
        /// By what it is known.
        digest: [u8; 32],
        /// When it ends by itself.
        ends_at: Timestamp,
        /// Now; what ended before is dropped.
        now: Timestamp,
    },
    /// A new service account.
    InsertServiceAccount(Box<ServiceAccount>),
    /// A service account as it is now.
    UpdateServiceAccount(Box<ServiceAccount>),
    /// A service account of an organization, without its keys.
    DeleteServiceAccount(Id, Id),
    /// A new schema.
    InsertSchema(Box<ExtensionSchema>),
    /// A schema of an organization, by URN.
    DeleteSchema(Id, String),
    /// The entries of an organization's change log up to this revision.
    DeleteChanges(Id, i64),
    /// What a request id was used for; takes the place of an older use of the same id.
    InsertRequest(Id, String, StoredRequest),
}

/// Whether a group's name is under the unique index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniqueName {
    /// It is.
    Enforced,
    /// It is not.
    Free,
}

/// A write unit at work: the locked organization, the reader, and what is to be written.
pub struct Transaction<'a> {
    /// Reads inside the transaction. They do not see what is still in `writes`.
    pub reader: &'a mut dyn Reader,
    /// The locked organization; a unit changes its fields in place, and the store writes it back once a commit, revision
    /// included. `None` in a unit that creates it.
    pub organization: Option<Organization>,
    /// What is to be written, in order.
    pub writes: Vec<Write>,
    /// What the change log gets. Not empty: the store gives the unit the next revision. Empty: `writes` must hold nothing but
    /// [`Write::InsertRequest`], [`Write::UseAssertion`] or signing keys, which are no change of an organization. One whose intent is [`Intent::Validate`] makes the whole unit a trial: the database takes every
    /// write, so that its own rules speak, and then undoes them.
    pub entries: Vec<Entry>,
}

/// A change-log entry that does not know its revision yet.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What kind of thing it is about.
    pub resource: Resource,
    /// Its id.
    pub resource_id: String,
    /// What was done.
    pub action: Action,
    /// What it did.
    pub detail: Detail,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The id of the request that did it.
    pub request_id: String,
    /// Whether it is done or only tried.
    pub intent: Intent,
}

impl Transaction<'_> {
    /// The locked organization.
    pub fn organization(&mut self) -> Result<&mut Organization> {
        self.organization
            .as_mut()
            .ok_or_else(|| Error::Internal("the unit has no organization".into()))
    }
}

/// One use case that writes. It may run several times (after a deadlock or a lost connection), so everything that must not
/// differ between runs (ids, times, secrets) is a field.
#[async_trait]
pub trait Unit: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;
    /// Reads, decides, and fills `writes` and `entries`. An error undoes everything.
    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output>;
}

/// One use case that reads, in one snapshot unless it says otherwise.
#[async_trait]
pub trait Query: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;
    /// Whether it touches a few rows by key, or many.
    const COST: Cost;
    /// Whether all that it reads is of one moment.
    const ISOLATION: Isolation = Isolation::Snapshot;
    /// Reads.
    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output>;
}

/// What a read costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A few rows by key: run where the caller is.
    Point,
    /// Pages and scans: run on a reader of its own.
    Scan,
}

/// How the reads of a query hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// All of them see one moment.
    Snapshot,
    /// Each call of the reader sees a moment of its own. For queries that make one call, or whose calls need not agree; it saves the
    /// transaction around them.
    EachCall,
}
