//! Writing.

use super::{FormerAccess, FormerMembership, GroupLicense, StoredRequest};
use crate::{
    change::Detail,
    connection::Connection,
    connection_health::Told,
    group::{Group, MemberKind, Source},
    id::{Id, Key},
    identity::Identity,
    mapping::MappingRule,
    organization::Organization,
    platform::Timestamp,
    project::Project,
    role::{Catalog, CustomRole, Grant, GrantKey},
    schema::ExtensionSchema,
    search::SearchKeys,
    service_account::ServiceAccount,
    signing::SigningKey,
    token::Token,
    user::User,
};

/// One write, complete in itself.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new organization, its counts and revision as given. The only write of a unit without a locked organization that is
    /// allowed before any other.
    InsertOrganization(Box<Organization>),
    /// An organization is deleted as of this time, and its slug is free. A write of its own, so that neighbours in the commit see it.
    DeleteOrganization(Id, Timestamp),
    /// A deleted organization is there again, under its slug.
    UndeleteOrganization(Id),
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
    /// Identity by which an issuer knows a user from now on.
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
        /// User or group that left.
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
    /// New grants; none of them is there yet. Neighbours that differ only in the holder go in one statement.
    InsertGrants(Vec<Grant>),
    /// These grants are no longer there. Neighbours that differ only in the holder go in one statement.
    DeleteGrants(Vec<GrantKey>),
    /// The catalog of roles changed: the organization role of all users, as their own permanent grants tell it.
    RankRoles(Id, Catalog),
    /// A user joins these groups, of which it is no member: their `member_count`, `version` and `updated_at` move on.
    JoinGroups {
        /// The organization.
        organization: Id,
        /// User who joins.
        user: Id,
        /// Groups, and where the memberships come from.
        groups: Vec<FormerMembership>,
        /// When.
        at: Timestamp,
    },
    /// Access that a reactivation is to give back to a user; takes the place of what was kept before.
    KeepFormerAccess(Key, FormerAccess),
    /// Nothing is to be given back to a user of an organization.
    ForgetFormerAccess(Key),
    /// A user's row, and all that hangs on it; the groups that it leaves move on at this time.
    EraseUser(Key, Timestamp),
    /// A new mapping rule.
    InsertMapping(Box<MappingRule>),
    /// A mapping rule as it is now.
    UpdateMapping(Box<MappingRule>),
    /// A mapping rule of an organization.
    DeleteMapping(Key),
    /// Licenses that the mapping rules of an organization give to some groups now.
    SetGroupLicenses {
        /// The organization.
        organization: Id,
        /// Groups whose licenses are set.
        groups: Vec<Id>,
        /// Their licenses; none of a group that has none. Neighbours of one rule go in one statement.
        licenses: Vec<GroupLicense>,
    },
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
        /// Kind of the ids: users or groups.
        kind: MemberKind,
        /// Ids of the users or groups.
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
    /// The state of a connection's health that the change log is told.
    TellHealth {
        /// The organization.
        organization: Id,
        /// The connection.
        connection: Id,
        /// The state.
        told: Told,
    },
    /// A connection, its tokens and its health.
    DeleteConnection(Key),
    /// A new token.
    InsertToken(Box<Token>),
    /// A token as it is now.
    UpdateToken(Box<Token>),
    /// A token of an organization, its former secrets too.
    DeleteToken(Key),
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
    DeleteFormerSecrets(Key),
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
    DeleteServiceAccount(Key),
    /// A new schema.
    InsertSchema(Box<ExtensionSchema>),
    /// A schema of an organization, by URN.
    DeleteSchema(Id, String),
    /// The entries of an organization's change log up to this revision.
    DeleteChanges(Id, i64),
    /// Details of entries of an organization's change log, by revision and sequence, that take the place of those with values.
    EraseChanges(Id, Vec<(i64, i32, Detail)>),
    /// Requests of an organization's provisioning log.
    DeleteProvisioningRequests(Id, Vec<Id>),
    /// The uses of request ids that made a thing of an organization.
    ForgetRequestsOf(Key),
    /// Use of a request id; takes the place of an older use of the same id.
    InsertRequest(Id, String, StoredRequest),
}

/// Coverage of a group's name by the unique index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniqueName {
    /// Under the index.
    Enforced,
    /// Not under the index.
    Free,
}
