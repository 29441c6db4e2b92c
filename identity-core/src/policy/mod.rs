//! The provisioning policy: how an organization wants to be provisioned.

mod change;
mod enums;
mod presets;
mod settings;
mod stored;
#[cfg(test)]
mod tests;
mod value;

pub use enums::{
    Adopt, AttributeProfile, CustomAttributes, DeactivationEffect, DeleteMode, DeletedThenGet, Drift,
    EmailTrust, EmptyRoles, Feature, FirstLogin, GroupTarget, Invites, LicenseSource, ListScope,
    ManualUpdates, MatchKey, Omitted, PrimaryEmail, RepeatedPrimary, ReplaceMissing, Restore, Revive,
    RolesSource, Teardown, UnknownAttributes, UnknownMembers, UnknownValues, UserNameFormat,
};
pub use presets::Preset;
pub use settings::{Policy, SETTINGS, Setter, Setting};
pub use value::{Limit, NameList, Quota, Toggle};
