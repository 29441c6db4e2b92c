//! THE table of settings: field, type, default, key, its setter, and what it decides.

use std::time::Duration;

use ipnet::IpNet;

use super::{
    Preset,
    enums::{
        Adopt, AttributeProfile, CustomAttributes, DeactivationEffect, DeleteMode, DeletedThenGet, Drift,
        EmailTrust, EmptyRoles, Feature, FirstLogin, GroupTarget, Invites, LicenseSource, ListScope,
        ManualUpdates, MatchKey, Omitted, PrimaryEmail, RepeatedPrimary, ReplaceMissing, Restore, Revive,
        RolesSource, Teardown, UnknownAttributes, UnknownMembers, UnknownValues, UserNameFormat,
    },
    value::{Limit, NameList, Plans, Quota, Toggle, Value},
};
use crate::{connection::IdpKind, role::OrganizationRole};

/// One setting of the table.
pub struct Setting {
    /// Its name in every API.
    pub key: &'static str,
    /// Description of what the setting decides, in a sentence.
    pub description: &'static str,
    /// Caller that may change it.
    pub setter: Setter,
    pub(super) allowed: fn() -> String,
    pub(super) get: fn(&Policy) -> String,
    pub(super) set: fn(&mut Policy, &str) -> Option<()>,
}

/// Caller that may change a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setter {
    /// Whoever may change the policy.
    Administrator,
    /// The operator alone: the setting is a fact about what the organization bought. A preset leaves it alone.
    Root,
}

const SECONDS_PER_HOUR: u64 = 3_600;

/// `hours` hours.
pub(super) const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * SECONDS_PER_HOUR)
}

/// The organization roles by name.
fn organization_roles() -> NameList {
    NameList(OrganizationRole::ALL.map(|role| role.name().to_owned()).to_vec())
}

macro_rules! settings {
    ($(#[doc = $description:literal] $field:ident: $type:ty = $default:expr, $key:literal, $setter:ident;)+) => {
        /// How an organization wants to be provisioned: one value for every setting.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Policy {
            /// Preset that the policy was last filled from.
            pub preset: Preset,
            $(#[doc = $description] pub $field: $type,)+
        }

        impl Default for Policy {
            fn default() -> Self {
                Self { preset: Preset::Default, $($field: $default,)+ }
            }
        }

        /// Every setting, in order of its key.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            key: $key,
            description: $description.trim_ascii(),
            setter: Setter::$setter,
            allowed: <$type as Value>::allowed,
            get: |policy| policy.$field.write(),
            set: |policy, text| {
                policy.$field = <$type as Value>::read(text)?;
                Some(())
            },
        }),+];
    };
}

settings! {
    /// When existing users and groups come under a connection.
    adopt: Adopt = Adopt::Explicit, "adopt", Administrator;
    /// Extension schemas whose attributes are kept.
    attributes_custom: CustomAttributes = CustomAttributes::Declared, "attributes.custom", Administrator;
    /// Attributes of users that are kept.
    attributes_profile: AttributeProfile = AttributeProfile::Extended, "attributes.profile", Administrator;
    /// Handling of attributes that no schema knows.
    attributes_unknown: UnknownAttributes = UnknownAttributes::Ignore, "attributes.unknown", Administrator;
    /// How many connections the organization may have.
    connections_max: Limit = Limit::AtMost(1), "connections.max", Administrator;
    /// Earlier record of the same name that creating a user brings back.
    create_revive: Revive = Revive::Never, "create.revive", Administrator;
    /// Access that a deactivated user loses.
    deactivation_effect: DeactivationEffect = DeactivationEffect::Suspend, "deactivation.effect", Administrator;
    /// Assignment of the default pool and groups to provisioned users.
    defaults_apply_to_scim_users: Toggle = Toggle::Off, "defaults.apply_to_scim_users", Administrator;
    /// The groups that new users are put into.
    defaults_groups: NameList = NameList::default(), "defaults.groups", Administrator;
    /// The pool that new users are put into.
    defaults_pool: NameList = NameList::default(), "defaults.pool", Administrator;
    /// Effect of deleting a user.
    delete_mode: DeleteMode = DeleteMode::Soft, "delete.mode", Administrator;
    /// Answer to a SCIM client that asks for a deleted user.
    delete_then_get: DeletedThenGet = DeletedThenGet::NotFound, "delete.then_get", Administrator;
    /// Handling of manually set values when the SCIM client sends others.
    drift: Drift = Drift::Overwrite, "drift", Administrator;
    /// Ties the primary e-mail address to the user name: addresses that are sent must agree, and without any it is the one.
    email_primary_rule: PrimaryEmail = PrimaryEmail::Independent, "email.primary_rule", Administrator;
    /// Trust in e-mail addresses for linking accounts.
    email_trust: EmailTrust = EmailTrust::ByIdpKind, "email.trust", Administrator;
    /// Schemas whose attribute `role` is taken as the organization role.
    extensions_legacy_role_urn: NameList = NameList::default(), "extensions.legacy_role_urn", Administrator;
    /// Forbids two users, or two groups, of a connection to have the same external id.
    external_id_unique: Toggle = Toggle::Off, "external_id.unique", Administrator;
    /// How a new user signs in for the first time.
    first_login: FirstLogin = FirstLogin::SsoOnly, "first_login", Administrator;
    /// Adoption of an existing group of the same name when a group is created.
    groups_adopt_by_name: Toggle = Toggle::Off, "groups.adopt_by_name", Administrator;
    /// Kinds of object that groups of the identity provider become.
    groups_project_to: Vec<GroupTarget> = vec![GroupTarget::Groups], "groups.project_to", Administrator;
    /// Restriction of group provisioning to organizations with role-based access control.
    groups_require_rbac: Toggle = Toggle::Off, "groups.require_rbac", Administrator;
    /// Switch that gives calls about groups an effect.
    groups_sync: Toggle = Toggle::On, "groups.sync", Administrator;
    /// Uniqueness of group names, without case.
    groups_unique_names: Toggle = Toggle::On, "groups.unique_names", Administrator;
    /// Handling of members of a group that are neither a user nor a group.
    groups_unknown_members: UnknownMembers = UnknownMembers::Ignore, "groups.unknown_members", Administrator;
    /// The kinds of identity provider that are expected; each connection states its own.
    idp_kind: Vec<IdpKind> = vec![IdpKind::Generic], "idp.kind", Administrator;
    /// Permission to invite people in addition to provisioning.
    invites: Invites = Invites::Allow, "invites", Administrator;
    /// The attribute that holds a user's license.
    license_attribute: NameList = NameList::default(), "license.attribute", Administrator;
    /// The licenses that there are.
    license_catalog: NameList = NameList::default(), "license.catalog", Administrator;
    /// The kinds of identity provider that may send licenses; none means any.
    license_idp_kinds: Vec<IdpKind> = Vec::new(), "license.idp_kinds", Administrator;
    /// Where licenses come from.
    license_source: LicenseSource = LicenseSource::None, "license.source", Administrator;
    /// Inclusion of deleted users in lists for SCIM clients.
    list_include_deleted: Toggle = Toggle::Off, "list.include_deleted", Administrator;
    /// Users and groups that a SCIM client sees.
    list_scope: ListScope = ListScope::All, "list.scope", Administrator;
    /// Treats a list in which a provisioning client marks several elements as primary.
    lists_second_primary: RepeatedPrimary = RepeatedPrimary::LastWins, "lists.second_primary", Administrator;
    /// Permission for manual changes of managed users and groups.
    manual_updates: ManualUpdates = ManualUpdates::Deny, "manual_updates", Administrator;
    /// By which values a person is found again, first to last.
    match_order: Vec<MatchKey> = vec![MatchKey::ExternalId, MatchKey::UserName], "match.order", Administrator;
    /// The networks that provisioning clients may call from.
    network_ip_allowlist: Vec<IpNet> = Vec::new(), "network.ip_allowlist", Administrator;
    /// Effect of a SCIM PATCH that replaces a value in an element that does not exist.
    patch_replace_missing: ReplaceMissing = ReplaceMissing::Create, "patch.replace_missing", Administrator;
    /// Features of each plan: the organization's plan, if it is set, selects from it; none means plan.features alone.
    plan_catalog: Plans = Plans::default(), "plan.catalog", Root;
    /// The parts of the product that the plan has; set by the plan's name where plan.catalog names plans.
    plan_features: Vec<Feature> = vec![Feature::Scim, Feature::Groups, Feature::Licenses], "plan.features", Root;
    /// The licenses that the plan has; none means all of the catalog.
    plan_licenses: NameList = NameList::default(), "plan.licenses", Root;
    /// Time for which requests of identity providers are kept in the provisioning log; 0 keeps none.
    provisioning_log_keep: Duration = hours(30 * 24), "provisioning_log.keep", Administrator;
    /// Handling of attributes that a replacement leaves out, except for roles and `active`.
    put_omitted: Omitted = Omitted::Clear, "put.omitted", Administrator;
    /// Number of groups that the organization may have.
    quota_groups: Quota = Quota::Unlimited, "quota.groups", Root;
    /// Number of projects that the organization may have, up to the 10,000 that any may have.
    quota_projects: Quota = Quota::Unlimited, "quota.projects", Root;
    /// Number of tokens of connections, service accounts and users that the organization may have; rotating one is no more.
    quota_tokens: Quota = Quota::Unlimited, "quota.tokens", Root;
    /// Number of users, active or not, that the organization may have; seats limit the active ones.
    quota_users: Quota = Quota::Unlimited, "quota.users", Root;
    /// Access that a reactivated user gets back.
    reactivation_restore: Restore = Restore::Previous, "reactivation.restore", Administrator;
    /// Time after which entries of the change log are removed.
    retention_change_log: Option<Duration> = None, "retention.change_log", Root;
    /// Time after which a deleted user is erased for good, with its values in the logs.
    retention_deleted_users: Option<Duration> = None, "retention.deleted_users", Administrator;
    /// The roles that the product has, weakest first, the administrator's last; none means the built-in ones.
    roles_catalog: NameList = organization_roles(), "roles.catalog", Administrator;
    /// The organization role of those who hold none explicitly.
    roles_default_org: Option<String> = Some(OrganizationRole::Member.name().to_owned()), "roles.default_org", Administrator;
    /// How many roles a user may hold in one scope.
    roles_max_per_scope: Limit = Limit::Unlimited, "roles.max_per_scope", Administrator;
    /// Meaning of an empty list of roles in a replacement.
    roles_put_empty: EmptyRoles = EmptyRoles::Keep, "roles.put_empty", Administrator;
    /// Handling of roles that a replacement leaves out.
    roles_put_omitted: Omitted = Omitted::Keep, "roles.put_omitted", Administrator;
    /// Where roles come from.
    roles_source: RolesSource = RolesSource::ScimRoles, "roles.source", Administrator;
    /// Handling of roles that this service does not know.
    roles_unknown_values: UnknownValues = UnknownValues::Keep, "roles.unknown_values", Administrator;
    /// Restriction of provisioning to organizations with single sign-on set up.
    sso_required_for_scim: Toggle = Toggle::Off, "sso.required_for_scim", Administrator;
    /// Handling of the users of a deleted connection.
    teardown: Teardown = Teardown::Release, "teardown", Administrator;
    /// How many SCIM tokens that have not expired a connection may have.
    tokens_max_active: Limit = Limit::AtMost(2), "tokens.max_active", Administrator;
    /// Time for which the former secret of a rotated token holds, at most a day; a rotation may ask for less.
    tokens_rotation_grace: Duration = hours(24), "tokens.rotation_grace", Administrator;
    /// How long a secret must have held before the token can be rotated.
    tokens_rotation_min_interval: Duration = Duration::ZERO, "tokens.rotation_min_interval", Administrator;
    /// Restriction of rotation to tokens with an expiry.
    tokens_rotation_requires_expiry: Toggle = Toggle::Off, "tokens.rotation_requires_expiry", Administrator;
    /// Format of user names.
    user_name_format: UserNameFormat = UserNameFormat::Any, "user_name.format", Administrator;
}
