//! THE table of settings: field, type, default, key, whether it has an effect, and what it decides.

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
    value::{Limit, NameList, Plans, Toggle, Value},
};
use crate::{connection::IdpKind, role::OrganizationRole};

/// One setting of the table.
pub struct Setting {
    /// Its name in every API.
    pub key: &'static str,
    /// What it decides, in a sentence.
    pub description: &'static str,
    /// Whether it decides it yet.
    pub support: Support,
    pub(super) allowed: fn() -> String,
    pub(super) get: fn(&Policy) -> String,
    pub(super) set: fn(&mut Policy, &str) -> Option<()>,
}

/// Whether a setting has an effect in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It has.
    Effective,
    /// Not yet; it cannot be changed.
    Planned,
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
    ($(#[doc = $description:literal] $field:ident: $type:ty = $default:expr, $key:literal, $support:ident;)+) => {
        /// How an organization wants to be provisioned: one value for every setting.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Policy {
            /// What it was last filled from.
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
            support: Support::$support,
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
    adopt: Adopt = Adopt::Explicit, "adopt", Effective;
    /// Whether attributes of extension schemas are kept.
    attributes_custom: CustomAttributes = CustomAttributes::Declared, "attributes.custom", Effective;
    /// Which attributes of users are kept.
    attributes_profile: AttributeProfile = AttributeProfile::Extended, "attributes.profile", Effective;
    /// What happens to attributes that no schema knows.
    attributes_unknown: UnknownAttributes = UnknownAttributes::Ignore, "attributes.unknown", Effective;
    /// How many connections the organization may have.
    connections_max: Limit = Limit::AtMost(1), "connections.max", Effective;
    /// Whether creating a user brings an earlier record of the same name back.
    create_revive: Revive = Revive::Never, "create.revive", Effective;
    /// What a deactivated user loses.
    deactivation_effect: DeactivationEffect = DeactivationEffect::Suspend, "deactivation.effect", Effective;
    /// Whether provisioned users get the default pool and groups.
    defaults_apply_to_scim_users: Toggle = Toggle::Off, "defaults.apply_to_scim_users", Effective;
    /// The groups that new users are put into.
    defaults_groups: NameList = NameList::default(), "defaults.groups", Effective;
    /// The pool that new users are put into.
    defaults_pool: NameList = NameList::default(), "defaults.pool", Effective;
    /// What deleting a user does.
    delete_mode: DeleteMode = DeleteMode::Soft, "delete.mode", Effective;
    /// What a provisioning client gets that asks for a deleted user.
    delete_then_get: DeletedThenGet = DeletedThenGet::NotFound, "delete.then_get", Effective;
    /// What happens to values set by hand when the provisioning client sends others.
    drift: Drift = Drift::Overwrite, "drift", Effective;
    /// Ties the primary e-mail address to the user name: addresses that are sent must agree, and without any it is the one.
    email_primary_rule: PrimaryEmail = PrimaryEmail::Independent, "email.primary_rule", Effective;
    /// Whether an e-mail address may tie accounts together.
    email_trust: EmailTrust = EmailTrust::ByIdpKind, "email.trust", Effective;
    /// Schemas whose attribute `role` is taken as the organization role.
    extensions_legacy_role_urn: NameList = NameList::default(), "extensions.legacy_role_urn", Effective;
    /// Forbids two users, or two groups, of a connection to have the same external id.
    external_id_unique: Toggle = Toggle::Off, "external_id.unique", Effective;
    /// How a new user signs in for the first time.
    first_login: FirstLogin = FirstLogin::SsoOnly, "first_login", Effective;
    /// Whether creating a group takes over an existing one of the same name.
    groups_adopt_by_name: Toggle = Toggle::Off, "groups.adopt_by_name", Effective;
    /// What groups of the identity provider are here.
    groups_project_to: Vec<GroupTarget> = vec![GroupTarget::Groups], "groups.project_to", Effective;
    /// Whether groups are provisioned only with role-based access control.
    groups_require_rbac: Toggle = Toggle::Off, "groups.require_rbac", Effective;
    /// Whether calls about groups have an effect.
    groups_sync: Toggle = Toggle::On, "groups.sync", Effective;
    /// Whether no two groups may share a name, without case.
    groups_unique_names: Toggle = Toggle::On, "groups.unique_names", Effective;
    /// What happens to members of a group that are neither a user nor a group.
    groups_unknown_members: UnknownMembers = UnknownMembers::Ignore, "groups.unknown_members", Effective;
    /// The kinds of identity provider that are expected; each connection states its own.
    idp_kind: Vec<IdpKind> = vec![IdpKind::Generic], "idp.kind", Effective;
    /// Whether people can be invited beside provisioning.
    invites: Invites = Invites::Allow, "invites", Effective;
    /// The attribute that holds a user's license.
    license_attribute: NameList = NameList::default(), "license.attribute", Effective;
    /// The licenses that there are.
    license_catalog: NameList = NameList::default(), "license.catalog", Effective;
    /// The kinds of identity provider that may send licenses; none means any.
    license_idp_kinds: Vec<IdpKind> = Vec::new(), "license.idp_kinds", Effective;
    /// Where licenses come from.
    license_source: LicenseSource = LicenseSource::None, "license.source", Effective;
    /// Whether lists for provisioning clients hold deleted users.
    list_include_deleted: Toggle = Toggle::Off, "list.include_deleted", Effective;
    /// Which users and groups a provisioning client sees.
    list_scope: ListScope = ListScope::All, "list.scope", Effective;
    /// Treats a list in which a provisioning client marks several elements as primary.
    lists_second_primary: RepeatedPrimary = RepeatedPrimary::LastWins, "lists.second_primary", Effective;
    /// Whether managed users and groups can be changed by hand.
    manual_updates: ManualUpdates = ManualUpdates::Deny, "manual_updates", Effective;
    /// By which values a person is found again, first to last.
    match_order: Vec<MatchKey> = vec![MatchKey::ExternalId, MatchKey::UserName], "match.order", Effective;
    /// The networks that provisioning clients may call from.
    network_ip_allowlist: Vec<IpNet> = Vec::new(), "network.ip_allowlist", Effective;
    /// What a SCIM PATCH does that replaces a value in an element that is not there.
    patch_replace_missing: ReplaceMissing = ReplaceMissing::Create, "patch.replace_missing", Effective;
    /// Features of each plan: the organization's plan, if it is set, selects from it; none means plan.features alone.
    plan_catalog: Plans = Plans::default(), "plan.catalog", Effective;
    /// The parts of the product that the plan has; set by the plan's name where plan.catalog names plans.
    plan_features: Vec<Feature> = vec![Feature::Scim, Feature::Groups, Feature::Licenses], "plan.features", Effective;
    /// The licenses that the plan has; none means all of the catalog.
    plan_licenses: NameList = NameList::default(), "plan.licenses", Effective;
    /// What happens to attributes that a replacement leaves out, but for roles and `active`.
    put_omitted: Omitted = Omitted::Clear, "put.omitted", Effective;
    /// What a reactivated user gets back.
    reactivation_restore: Restore = Restore::Previous, "reactivation.restore", Effective;
    /// The roles that the product has, weakest first, the administrator's last; none means the built-in ones.
    roles_catalog: NameList = organization_roles(), "roles.catalog", Effective;
    /// The organization role of those who hold none explicitly.
    roles_default_org: Option<String> = Some(OrganizationRole::Member.name().to_owned()), "roles.default_org", Effective;
    /// How many roles a user may hold in one scope.
    roles_max_per_scope: Limit = Limit::Unlimited, "roles.max_per_scope", Effective;
    /// What an empty list of roles means in a replacement.
    roles_put_empty: EmptyRoles = EmptyRoles::Keep, "roles.put_empty", Effective;
    /// What happens to roles when a replacement leaves them out.
    roles_put_omitted: Omitted = Omitted::Keep, "roles.put_omitted", Effective;
    /// Where roles come from.
    roles_source: RolesSource = RolesSource::ScimRoles, "roles.source", Effective;
    /// What happens to roles that this service does not know.
    roles_unknown_values: UnknownValues = UnknownValues::Keep, "roles.unknown_values", Effective;
    /// Whether provisioning needs single sign-on to be set up.
    sso_required_for_scim: Toggle = Toggle::Off, "sso.required_for_scim", Effective;
    /// What happens to the users of a deleted connection.
    teardown: Teardown = Teardown::Release, "teardown", Effective;
    /// How many SCIM tokens that have not expired a connection may have.
    tokens_max_active: Limit = Limit::AtMost(2), "tokens.max_active", Effective;
    /// Time for which the former secret of a rotated token holds, at most a day; a rotation may ask for less.
    tokens_rotation_grace: Duration = hours(24), "tokens.rotation_grace", Effective;
    /// How long a secret must have held before the token can be rotated.
    tokens_rotation_min_interval: Duration = Duration::ZERO, "tokens.rotation_min_interval", Effective;
    /// Whether only tokens with an expiry can be rotated.
    tokens_rotation_requires_expiry: Toggle = Toggle::Off, "tokens.rotation_requires_expiry", Effective;
    /// What a user name is.
    user_name_format: UserNameFormat = UserNameFormat::Any, "user_name.format", Effective;
}
