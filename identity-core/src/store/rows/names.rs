//! The names under which values of closed sets lie in the tables.

use crate::{
    change::Action,
    connection::{ConnectionStatus, IdpKind},
    connection_health::HealthState,
    deactivation_safeguard::SafeguardState,
    error::{Error, Resource, Result},
    group::{GroupKind, MemberKind, Source},
    organization::OrganizationStatus,
    project::{ProjectKind, ProjectStatus},
    provisioning_log::{ProvisioningAction, ProvisioningOutcome},
    role::RoleKind,
    schema::ExtendedType,
    signing::SigningAlgorithm,
};

/// A value of a closed set.
pub(in crate::store) trait Named: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The name in the tables.
    fn stored(self) -> &'static str;

    /// The value of a name that a table holds.
    fn read(stored: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|value| value.stored() == stored)
            .ok_or_else(|| {
                let kind = std::any::type_name::<Self>();
                Error::Internal(format!("{stored:?} in a table is no {kind}").into())
            })
    }
}

/// Names of our own for a set that has none elsewhere.
macro_rules! named {
    ($type:ty { $($value:ident = $name:literal),+ $(,)? }) => {
        impl Named for $type {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn stored(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }
        }
    };
}

named!(OrganizationStatus { Active = "active", Suspended = "suspended" });
named!(SafeguardState {
    Ready = "ready",
    Held = "held",
    Released = "released",
    Rejected = "rejected",
});
named!(ConnectionStatus { Enabled = "enabled", Disabled = "disabled" });
named!(GroupKind { Group = "group", Pool = "pool" });
named!(MemberKind { User = "user", Group = "group" });
named!(ExtendedType { User = "user", Group = "group" });
named!(Action {
    Created = "created",
    Updated = "updated",
    Deleted = "deleted",
    Ignored = "ignored",
    Rotated = "rotated",
    ExpiresSoon = "expires_soon",
    Revoked = "revoked",
    Undeleted = "undeleted",
    Erased = "erased",
    HealthChanged = "health_changed",
});
named!(Resource {
    Organization = "organization",
    User = "user",
    Group = "group",
    Connection = "connection",
    MappingRule = "mapping_rule",
    Token = "token",
    ServiceAccount = "service_account",
    SigningKey = "signing_key",
    Schema = "schema",
    Policy = "policy",
    Project = "project",
    Role = "role",
    Grant = "grant",
});

impl Named for SigningAlgorithm {
    const ALL: &'static [Self] = &Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for IdpKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for Source {
    const ALL: &'static [Self] = &Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for ProjectKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for ProjectStatus {
    const ALL: &'static [Self] = &Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for RoleKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for ProvisioningAction {
    const ALL: &'static [Self] = Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for ProvisioningOutcome {
    const ALL: &'static [Self] = Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}

impl Named for HealthState {
    const ALL: &'static [Self] = Self::ALL;

    fn stored(self) -> &'static str {
        self.name()
    }
}
