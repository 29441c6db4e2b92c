//! What a door hands over, and what it gets back.

use std::time::Duration;

pub use crate::store::{Direction, Order};
use crate::{
    caller::Scope,
    change::{Change, FieldChange},
    connection::{ConnectionStatus, Federation, IdpKind},
    error::Resource,
    filter::Filter,
    group::{Group, GroupKind, MemberKind, Source},
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    organization::{Facts, OrganizationStatus},
    platform::Timestamp,
    policy::{MatchKey, Teardown},
    project::{ProjectKind, ProjectStatus},
    role::RoleKind,
    schema::{ExtendedType, SchemaAttribute},
    user::Profile,
};

/// Which page of a list in its one order.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// How many at most; 0: the list's default; more than its maximum: the maximum; negative: refused.
    pub size: i32,
    /// The token of the page before; empty: the first page.
    pub token: String,
}

/// Which page of users or groups.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Which page.
    pub page: PageRequest,
    /// Which; `None`: all.
    pub filter: Option<Filter>,
    /// In which order.
    pub order: Order,
    /// How many to pass over; only without a token.
    pub skip: i64,
    /// What to tell.
    pub view: View,
}

/// What a list tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The resources.
    #[default]
    Resources,
    /// The resources and the total.
    WithTotal,
    /// The total alone.
    TotalOnly,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// For the next page; empty on the last.
    pub next_page_token: String,
    /// How many there are in all, where asked for.
    pub total: Option<i64>,
}

/// One page of the change log.
#[derive(Clone, Debug)]
pub struct ChangePage {
    /// The page.
    pub page: Page<Change>,
    /// The organization's revision when the page was read.
    pub revision: i64,
}

/// Which changes to follow.
#[derive(Clone, Debug, Default)]
pub struct WatchRequest {
    /// Whose.
    pub target: WatchTarget,
    /// From where on; `None`: from now.
    pub start: Option<WatchStart>,
    /// Only changes of these kinds of resource; empty: of all.
    pub kinds: Vec<Resource>,
}

/// Whose changes to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchTarget {
    /// Those of one organization, by its id or slug; empty: the caller's own.
    Organization(String),
    /// Those of all, also of organizations that are created later. For root alone.
    All,
}

impl Default for WatchTarget {
    fn default() -> Self {
        Self::Organization(String::new())
    }
}

/// From where on changes are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchStart {
    /// All changes of later revisions. For all organizations only 0, the beginning of each.
    AfterRevision(i64),
    /// Where an event with this token ended.
    Token(String),
}

/// A new organization.
#[derive(Clone, Debug, Default)]
pub struct NewOrganization {
    /// The unique short name.
    pub slug: String,
    /// The name that people see.
    pub name: String,
    /// Facts.
    pub facts: Facts,
    /// The preset of the first policy; empty: `default`.
    pub preset: String,
    /// The first admin's e-mail address; empty: none.
    pub admin_email: String,
    /// Empty: none.
    pub request_id: String,
}

/// Changes of an organization; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct OrganizationUpdate {
    /// Id or slug.
    pub organization: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// Whether callers are served.
    pub status: Option<OrganizationStatus>,
    /// The plan.
    pub plan: Option<String>,
    /// Seats.
    pub seats: Option<i64>,
    /// Single sign-on.
    pub sso_enabled: Option<bool>,
    /// Role-based access control.
    pub rbac_enabled: Option<bool>,
    /// Domains whose e-mail addresses are believed.
    pub verified_domains: Option<Vec<String>>,
}

/// The attributes of a user, as given.
#[derive(Clone, Debug, Default)]
pub struct UserInput {
    /// The user name; empty: not given.
    pub user_name: String,
    /// The provisioning client's id; empty: none.
    pub external_id: String,
    /// `None`: not given.
    pub active: Option<bool>,
    /// `None`: not given.
    pub break_glass: Option<bool>,
    /// All other attributes.
    pub profile: Profile,
    /// Names of attributes that the client dropped, as no schema has them.
    pub ignored_attributes: Vec<String>,
}

/// What tells a user from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserKey {
    /// The user name, without case.
    UserName(String),
    /// One of the e-mail addresses, without case.
    Email(String),
    /// The external id, of whatever connection.
    ExternalId(String),
    /// What an issuer of tokens calls it.
    Identity {
        /// The issuer.
        issuer: String,
        /// The subject.
        subject: String,
    },
}

/// The fields of a user that an update can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are documented in `User` and `Profile`")]
pub enum UserField {
    UserName,
    ExternalId,
    Active,
    BreakGlass,
    Name,
    DisplayName,
    NickName,
    ProfileUrl,
    Title,
    UserType,
    PreferredLanguage,
    Locale,
    Timezone,
    Emails,
    PhoneNumbers,
    Ims,
    Photos,
    Addresses,
    Entitlements,
    Roles,
    X509Certificates,
    Enterprise,
    Extensions,
}

impl UserField {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::UserName,
        Self::ExternalId,
        Self::Active,
        Self::BreakGlass,
        Self::Name,
        Self::DisplayName,
        Self::NickName,
        Self::ProfileUrl,
        Self::Title,
        Self::UserType,
        Self::PreferredLanguage,
        Self::Locale,
        Self::Timezone,
        Self::Emails,
        Self::PhoneNumbers,
        Self::Ims,
        Self::Photos,
        Self::Addresses,
        Self::Entitlements,
        Self::Roles,
        Self::X509Certificates,
        Self::Enterprise,
        Self::Extensions,
    ];
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::ExternalId => "external_id",
            Self::Active => "active",
            Self::BreakGlass => "break_glass",
            Self::Name => "name",
            Self::DisplayName => "display_name",
            Self::NickName => "nick_name",
            Self::ProfileUrl => "profile_url",
            Self::Title => "title",
            Self::UserType => "user_type",
            Self::PreferredLanguage => "preferred_language",
            Self::Locale => "locale",
            Self::Timezone => "timezone",
            Self::Emails => "emails",
            Self::PhoneNumbers => "phone_numbers",
            Self::Ims => "ims",
            Self::Photos => "photos",
            Self::Addresses => "addresses",
            Self::Entitlements => "entitlements",
            Self::Roles => "roles",
            Self::X509Certificates => "x509_certificates",
            Self::Enterprise => "enterprise",
            Self::Extensions => "extensions",
        }
    }
}

/// What happens to fields that an update does not give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMode {
    /// They stay.
    #[default]
    Partial,
    /// The policy decides: cleared or kept.
    Replace,
}

/// Changes of a user.
#[derive(Clone, Debug, Default)]
pub struct UserUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The fields that `input` gives; one without a value is cleared.
    pub fields: Vec<UserField>,
    /// Their values.
    pub input: UserInput,
    /// What happens to the other fields.
    pub mode: UpdateMode,
}

/// The attributes of a group, as given.
#[derive(Clone, Debug, Default)]
pub struct GroupInput {
    /// What the product takes it for; only a create looks at it.
    pub kind: GroupKind,
    /// The name.
    pub display_name: String,
    /// The provisioning client's id; empty: none.
    pub external_id: String,
    /// Values of declared extension schemas.
    pub extensions: serde_json::Map<String, serde_json::Value>,
    /// Names of attributes that the client dropped, as no schema has them.
    pub ignored_attributes: Vec<String>,
}

/// The fields of a group that an update can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are documented in `Group`")]
pub enum GroupField {
    DisplayName,
    ExternalId,
    Extensions,
}

impl GroupField {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DisplayName, Self::ExternalId, Self::Extensions];
}

/// One step of a change of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// These become members.
    Add(Vec<String>),
    /// These are members no longer.
    Remove(Vec<String>),
    /// Exactly these are members.
    Replace(Vec<String>),
}

/// Changes of a group.
#[derive(Clone, Debug, Default)]
pub struct GroupUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The fields that `input` gives.
    pub fields: Vec<GroupField>,
    /// Their values.
    pub input: GroupInput,
    /// What happens to the other fields, members included.
    pub mode: UpdateMode,
    /// Changes of members, in order.
    pub member_changes: Vec<MemberChange>,
}

/// A new connection.
#[derive(Clone, Debug, Default)]
pub struct NewConnection {
    /// The name.
    pub name: String,
    /// What kind of identity provider it is; `None`: the first kind that the policy expects.
    pub idp_kind: Option<IdpKind>,
    /// The strongest role that it can give; `None`: any.
    pub max_role: Option<String>,
    /// What stops it from deactivating everybody.
    pub brake: BrakeLimits,
}

/// Limits of the brake on mass deactivation; `None`: unchanged, in a new connection the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrakeLimits {
    /// How many in a window; 0: any number.
    pub count: Option<i64>,
    /// How many percent; 0: all.
    pub share: Option<i64>,
    /// How long a window is.
    pub window: Option<Duration>,
}

/// Changes of a connection; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct ConnectionUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// The kind.
    pub idp_kind: Option<IdpKind>,
    /// Whether its tokens are served.
    pub status: Option<ConnectionStatus>,
    /// What stops it from deactivating everybody.
    pub brake: BrakeLimits,
    /// The strongest role that it can give.
    pub max_role: Option<Option<String>>,
    /// Whose assertions sign it in.
    pub federation: Option<FederationUpdate>,
}

/// Whose assertions sign a connection in from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederationUpdate {
    /// Nobody's.
    Nobody,
    /// Those of this issuer.
    By(Federation),
}

/// What became of what a deleted connection managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornDown {
    /// What was done with it.
    pub teardown: Teardown,
    /// Users that were active.
    pub active_users: i64,
    /// Groups.
    pub groups: i64,
    /// Some names of those users, in order of their creation.
    pub sample: Vec<String>,
    /// Users and groups that lost their external id, as an unmanaged one has it too.
    pub cleared_external_ids: i64,
}

/// What an administrator decides on a brake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrakeDecision {
    /// Deactivations pass for a window.
    Release,
    /// They are refused.
    Reject,
    /// It counts again from the beginning.
    Reset,
}

/// Somebody whom an identity provider is about to send; empty: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The identity provider's id.
    pub external_id: String,
    /// The user name.
    pub user_name: String,
    /// The primary e-mail address.
    pub email: String,
}

/// What adoption does with one user, group or candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptionItem {
    /// What it does.
    pub outcome: Outcome,
    /// Which of the two.
    pub kind: MemberKind,
    /// Who is meant, if anybody is here.
    pub id: Option<Id>,
    /// The name, of a candidate as given.
    pub name: String,
    /// What ties a candidate to it.
    pub matched_by: Option<MatchKey>,
}

/// What adoption does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It comes under the connection, and is locked for others as `manual_updates` says.
    Adopt,
    /// Nobody is meant: the identity provider will create it.
    Create,
    /// The connection manages it already.
    AlreadyManaged,
    /// Its external id or name is somebody else's, or two candidates mean the same.
    Conflict,
    /// It is a break-glass account.
    Protected,
}

/// How many met with each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdoptionCounts {
    /// Users adopted.
    pub users: i64,
    /// Groups adopted.
    pub groups: i64,
    /// Candidates that are nobody yet.
    pub creates: i64,
    /// Managed by the connection before.
    pub already_managed: i64,
    /// Conflicts.
    pub conflicts: i64,
    /// Break-glass accounts.
    pub protected: i64,
}

impl AdoptionCounts {
    /// The counts of a list.
    pub fn of(items: &[AdoptionItem]) -> Self {
        let mut counts = Self::default();
        for item in items {
            *match (item.outcome, item.kind) {
                (Outcome::Adopt, MemberKind::User) => &mut counts.users,
                (Outcome::Adopt, MemberKind::Group) => &mut counts.groups,
                (Outcome::Create, _) => &mut counts.creates,
                (Outcome::AlreadyManaged, _) => &mut counts.already_managed,
                (Outcome::Conflict, _) => &mut counts.conflicts,
                (Outcome::Protected, _) => &mut counts.protected,
            } += 1;
        }
        counts
    }

    /// Both together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            users: self.users + more.users,
            groups: self.groups + more.groups,
            creates: self.creates + more.creates,
            already_managed: self.already_managed + more.already_managed,
            conflicts: self.conflicts + more.conflicts,
            protected: self.protected + more.protected,
        }
    }
}

/// What a token authorizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// SCIM for one connection.
    Scim,
    /// An internal service.
    Service,
    /// A person.
    Personal,
    /// A service account.
    Key,
}

/// A new token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it authorizes.
    pub kind: TokenKind,
    /// A name for people.
    pub name: String,
    /// A SCIM token's connection, id or name; empty: `default`, made when absent.
    pub connection: String,
    /// The user of a personal token or the service account of a key, its id; empty for the others.
    pub owner: String,
    /// The scopes of all but a SCIM token.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to, their ids; none: it is not limited.
    pub projects: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A rotation of a token.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// Which.
    pub id: String,
    /// The new end; `None`: as before.
    pub expires_at: Option<Timestamp>,
    /// How long the former secret holds; `None`: as the policy says.
    pub overlap: Option<Duration>,
    /// Empty: none.
    pub request_id: String,
}

/// Which tokens to list.
#[derive(Clone, Debug, Default)]
pub struct TokenFilter {
    /// Only of this kind.
    pub kind: Option<TokenKind>,
    /// Only those of this user or service account; empty: all.
    pub owner: String,
}

/// A new service account.
#[derive(Clone, Debug, Default)]
pub struct NewServiceAccount {
    /// The name.
    pub name: String,
    /// For people.
    pub description: String,
    /// What its keys may do at most.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to, their ids; none: it is not limited.
    pub projects: Vec<String>,
}

/// Changes of a service account; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct ServiceAccountUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What its keys may do at most.
    pub scopes: Option<Vec<Scope>>,
    /// The projects that it is limited to.
    pub projects: Option<Vec<String>>,
}

/// A new project.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// The name.
    pub name: String,
    /// What it is for.
    pub kind: ProjectKind,
}

/// Changes of a project; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct ProjectUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// Whether it is in use.
    pub status: Option<ProjectStatus>,
}

/// A new custom role.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// The name.
    pub name: String,
    /// Where it can be held.
    pub kind: RoleKind,
    /// What it permits.
    pub permissions: Vec<String>,
}

/// Changes of a custom role; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct RoleUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// What it permits.
    pub permissions: Option<Vec<String>>,
}

/// A role to be given.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The user or group that is to hold it.
    pub principal: String,
    /// The project, by id or name; empty: in the organization.
    pub project: String,
    /// A name of the catalogue, or the id of a custom role.
    pub role: String,
    /// Where it comes from: not from SCIM and not from a group.
    pub source: Source,
    /// When it ends to have effect.
    pub expires_at: Option<Timestamp>,
}

/// A role to be taken away.
#[derive(Clone, Debug)]
pub struct GrantRevocation {
    /// The user or group that holds it.
    pub principal: String,
    /// The project, by id or name; empty: in the organization.
    pub project: String,
    /// A name of the catalogue, or the id of a custom role.
    pub role: String,
    /// Where it comes from; `None`: from SCIM or given by hand.
    pub source: Option<Source>,
}

/// Whose grants to list.
#[derive(Clone, Debug, Default)]
pub struct GrantQuery {
    /// Only those of this user or group; empty: those of all in one scope.
    pub principal: String,
    /// Those in this project, by id or name; empty: in the organization, or wherever the principal holds one.
    pub project: String,
}

/// Changes of a policy.
#[derive(Clone, Debug, Default)]
pub struct PolicyUpdate {
    /// First filled from this preset; empty: not.
    pub preset: String,
    /// Then these are set.
    pub settings: Vec<(String, String)>,
    /// The version it was made from; empty: any.
    pub etag: String,
}

/// A new mapping rule.
#[derive(Clone, Debug)]
pub struct NewMapping {
    /// Its place; `None`: after all others.
    pub position: Option<i32>,
    /// Which groups meet it.
    pub matcher: GroupMatcher,
    /// What they carry.
    pub target: MappingTarget,
}

/// Changes of a mapping rule; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct MappingUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// Its place.
    pub position: Option<i32>,
    /// Which groups meet it.
    pub matcher: Option<GroupMatcher>,
    /// What they carry.
    pub target: Option<MappingTarget>,
}

/// What a mapping rule would mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingPreview {
    /// How many groups would meet it.
    pub groups: i64,
    /// How many direct memberships they have.
    pub memberships: i64,
    /// The first of the groups, in order of their ids.
    pub named: Vec<Group>,
}

/// What a change of the policy would mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyPreview {
    /// The settings that would differ.
    pub changes: Vec<FieldChange>,
    /// Whom that concerns.
    pub effects: Vec<PolicyEffect>,
}

/// What a setting would mean for some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEffect {
    /// The setting.
    pub setting: &'static str,
    /// What it would mean, as a sentence about those who are counted.
    pub what: String,
    /// How many it concerns.
    pub count: i64,
    /// The names of the first of them.
    pub samples: Vec<String>,
}

/// A licence of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseCount {
    /// Its name.
    pub name: String,
    /// Whether the plan has it.
    pub in_plan: bool,
    /// How many users were given it, whether it counts or not.
    pub assigned: i64,
}

/// What another source of licences would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenseReport {
    /// All users.
    pub users: i64,
    /// Those whose licence would be another one.
    pub changing: i64,
    /// Those who would have none.
    pub without: i64,
    /// The first of those that change, in order of their ids.
    pub changes: Vec<LicenseChange>,
}

/// A licence that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseChange {
    /// The user.
    pub user: Id,
    /// Its name.
    pub user_name: String,
    /// The licence that counts now.
    pub before: Option<String>,
    /// The one that would count.
    pub after: Option<String>,
}

/// A new extension schema.
#[derive(Clone, Debug)]
pub struct NewSchema {
    /// Its URN.
    pub urn: String,
    /// The name that people see.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it extends.
    pub extends: ExtendedType,
    /// Its attributes.
    pub attributes: Vec<SchemaAttribute>,
}
