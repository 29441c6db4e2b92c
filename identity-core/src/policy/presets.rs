//! The presets: what each of the five products wants, and the letter of the RFCs.

use std::time::Duration;

use super::{
    Policy,
    enums::{
        Adopt, AttributeProfile, CustomAttributes, DeactivationEffect, DeleteMode, DeletedThenGet,
        EmailTrust, EmptyRoles, FirstLogin, GroupTarget, Invites, LicenseSource, ManualUpdates, MatchKey,
        Omitted, PrimaryEmail, RepeatedPrimary, ReplaceMissing, Restore, Revive, RolesSource, Teardown,
        UnknownMembers, UnknownValues, UserNameFormat,
    },
    settings::hours,
    value::{Limit, NameList, Toggle, setting_enums},
};
use crate::connection::IdpKind;

setting_enums! {
    /// A name for a whole policy.
    Preset {
        /// Settings that suit most identity providers.
        Default = "default",
        /// Lightdash.
        Lightdash = "lightdash",
        /// The dbt platform.
        Dbt = "dbt",
        /// Lightrun.
        Lightrun = "lightrun",
        /// The client platform.
        ClientPlatform = "client_platform",
        /// The default, but to the letter of the RFCs.
        StrictRfc = "strict_rfc",
    }
}

impl Policy {
    /// The policy of this name.
    pub fn of(preset: Preset) -> Self {
        match preset {
            Preset::Default => Self::default(),
            Preset::Lightdash => lightdash(),
            Preset::Dbt => dbt(),
            Preset::Lightrun => lightrun(),
            Preset::ClientPlatform => client_platform(),
            Preset::StrictRfc => strict_rfc(),
        }
    }
}

fn lightdash() -> Policy {
    Policy {
        preset: Preset::Lightdash,
        adopt: Adopt::OnMatch,
        attributes_profile: AttributeProfile::Minimal,
        deactivation_effect: DeactivationEffect::Strip,
        email_primary_rule: PrimaryEmail::MustEqualUserName,
        extensions_legacy_role_urn: names(&["urn:lightdash:params:scim:schemas:extension:2.0:User"]),
        groups_unknown_members: UnknownMembers::IgnoreOnCreate,
        manual_updates: ManualUpdates::AllowUntilNextSync,
        match_order: vec![MatchKey::UserName],
        put_omitted: Omitted::Keep,
        reactivation_restore: Restore::None,
        roles_max_per_scope: Limit::AtMost(1),
        roles_unknown_values: UnknownValues::Reject,
        tokens_max_active: Limit::Unlimited,
        tokens_rotation_grace: Duration::ZERO,
        tokens_rotation_min_interval: hours(1),
        tokens_rotation_requires_expiry: Toggle::On,
        user_name_format: UserNameFormat::Email,
        ..Policy::default()
    }
}

fn dbt() -> Policy {
    Policy {
        preset: Preset::Dbt,
        adopt: Adopt::AllOnEnable,
        attributes_profile: AttributeProfile::Minimal,
        create_revive: Revive::Deleted,
        delete_then_get: DeletedThenGet::InactiveResource,
        email_primary_rule: PrimaryEmail::MustEqualUserName,
        email_trust: EmailTrust::Untrusted,
        groups_adopt_by_name: Toggle::On,
        idp_kind: vec![IdpKind::Okta, IdpKind::Entra],
        invites: Invites::Deny,
        license_attribute: names(&["urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User:licenseType"]),
        license_catalog: names(&["it", "analyst", "developer", "read_only"]),
        license_idp_kinds: vec![IdpKind::Okta],
        license_source: LicenseSource::Mapping,
        list_include_deleted: Toggle::On,
        match_order: vec![MatchKey::UserName],
        roles_catalog: NameList::default(),
        roles_source: RolesSource::Groups,
        roles_unknown_values: UnknownValues::Reject,
        sso_required_for_scim: Toggle::On,
        tokens_max_active: Limit::Unlimited,
        tokens_rotation_grace: Duration::ZERO,
        user_name_format: UserNameFormat::Email,
        ..Policy::default()
    }
}

fn lightrun() -> Policy {
    Policy {
        preset: Preset::Lightrun,
        attributes_custom: CustomAttributes::Off,
        create_revive: Revive::Deleted,
        defaults_apply_to_scim_users: Toggle::On,
        defaults_pool: names(&["default"]),
        groups_project_to: vec![GroupTarget::Groups, GroupTarget::Pools],
        groups_require_rbac: Toggle::On,
        groups_sync: Toggle::Off,
        roles_catalog: names(&["basic", "manager"]),
        roles_default_org: Some("basic".to_owned()),
        roles_max_per_scope: Limit::AtMost(1),
        roles_unknown_values: UnknownValues::Reject,
        sso_required_for_scim: Toggle::On,
        tokens_max_active: Limit::Unlimited,
        tokens_rotation_grace: Duration::ZERO,
        ..Policy::default()
    }
}

fn client_platform() -> Policy {
    Policy {
        preset: Preset::ClientPlatform,
        adopt: Adopt::OnMatch,
        attributes_custom: CustomAttributes::Off,
        attributes_profile: AttributeProfile::Standard,
        create_revive: Revive::InactiveAndDeleted,
        delete_mode: DeleteMode::Deactivate,
        delete_then_get: DeletedThenGet::InactiveResource,
        first_login: FirstLogin::PasswordReset,
        groups_project_to: vec![GroupTarget::Roles],
        manual_updates: ManualUpdates::AllowUntilNextSync,
        roles_catalog: NameList::default(),
        roles_default_org: None,
        roles_put_empty: EmptyRoles::Keep,
        roles_source: RolesSource::Groups,
        teardown: Teardown::Deactivate,
        tokens_max_active: Limit::AtMost(1),
        tokens_rotation_grace: Duration::ZERO,
        ..Policy::default()
    }
}

fn strict_rfc() -> Policy {
    Policy {
        preset: Preset::StrictRfc,
        groups_unique_names: Toggle::Off,
        groups_unknown_members: UnknownMembers::Reject,
        lists_second_primary: RepeatedPrimary::Reject,
        patch_replace_missing: ReplaceMissing::NoTarget,
        roles_put_omitted: Omitted::Clear,
        ..Policy::default()
    }
}

fn names(names: &[&str]) -> NameList {
    NameList(names.iter().map(|&name| name.to_owned()).collect())
}
