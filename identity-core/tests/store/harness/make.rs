//! Records to store, each different from the last.

use std::sync::atomic::{AtomicU64, Ordering};

use identity_core::{
    call_effect::CallEffect,
    caller::Intent,
    change::{Action, Actor, Detail},
    connection::{Connection, ConnectionStatus, IdpKind},
    deactivation_safeguard::DeactivationSafeguard,
    error::Resource,
    group::Group,
    id::Id,
    organization::{Facts, Organization, OrganizationStatus},
    platform::{Platform, Timestamp},
    policy::Policy,
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
    store::Entry,
    token::{Token, TokenGrant},
    user::{Profile, User},
};

/// 2026-01-01 in microseconds, and some.
const START: u64 = 1_767_225_600_123_456;

/// Makes records. Its clock goes on by a second and a microsecond with each look at it.
#[derive(Default)]
pub(crate) struct Maker {
    looks: AtomicU64,
}

impl Platform for Maker {
    fn now(&self) -> Timestamp {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        Timestamp(i64::try_from(START + looks * 1_000_001).unwrap())
    }

    fn random(&self, bytes: &mut [u8]) {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        for (byte, random) in bytes.iter_mut().rev().zip(looks.to_le_bytes()) {
            *byte = random;
        }
    }
}

impl Maker {
    pub(crate) fn id(&self) -> Id {
        Id::generate(self)
    }

    pub(crate) fn organization(&self, slug: &str) -> Organization {
        let at = self.now();
        Organization {
            id: self.id(),
            slug: slug.into(),
            name: format!("The {slug} company"),
            status: OrganizationStatus::Active,
            facts: Facts {
                plan: "team".into(),
                seats: 25,
                sso_enabled: true,
                rbac_enabled: false,
                verified_domains: vec!["acme.example".into()],
            },
            version: 1,
            revision: 1,
            user_count: 0,
            group_count: 0,
            active_user_count: 0,
            break_glass_count: 0,
            policy: Policy::default(),
            policy_version: 1,
            policy_updated_at: at,
            created_at: at,
            updated_at: at,
            has_other_grants: false,
            has_ceilings: false,
            deleted_at: None,
        }
    }

    pub(crate) fn user(&self, organization: Id, user_name: &str) -> User {
        let at = self.now();
        User {
            id: self.id(),
            organization_id: organization,
            version: 1,
            user_name: user_name.into(),
            external_id: None,
            active: true,
            organization_role: None,
            managed_by: None,
            break_glass: false,
            predecessor_id: None,
            created_at: at,
            updated_at: at,
            deleted_at: None,
            profile: Profile::default(),
        }
    }

    pub(crate) fn group(&self, organization: Id, display_name: &str) -> Group {
        let at = self.now();
        Group {
            kind: identity_core::group::GroupKind::default(),
            id: self.id(),
            organization_id: organization,
            version: 1,
            display_name: display_name.into(),
            external_id: None,
            extensions: serde_json::Map::new(),
            member_count: 0,
            managed_by: None,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }

    pub(crate) fn connection(&self, organization: Id, name: &str) -> Connection {
        let at = self.now();
        Connection {
            id: self.id(),
            organization_id: organization,
            name: name.into(),
            idp_kind: IdpKind::Okta,
            status: ConnectionStatus::Enabled,
            safeguard: DeactivationSafeguard::default(),
            version: 1,
            created_at: at,
            updated_at: at,
            max_role: None,
            roles_read_at: None,
            federation: None,
        }
    }

    pub(crate) fn token(&self, organization: Id, grant: TokenGrant) -> Token {
        let id = self.id();
        let mut digest = [7; 32];
        digest[..16].copy_from_slice(id.0.as_bytes());
        Token {
            id,
            organization_id: organization,
            grant,
            name: "a token".into(),
            digest,
            secret_prefix: "rst_abcd".into(),
            expires_at: Some(self.now()),
            last_used_at: None,
            created_at: self.now(),
            rotated_at: None,
            projects: Vec::new(),
            former_ends_at: None,
            expiry_noted_at: None,
        }
    }

    pub(crate) fn schema(&self, organization: Id, urn: &str) -> ExtensionSchema {
        let at = self.now();
        ExtensionSchema {
            urn: urn.into(),
            organization_id: organization,
            name: "Badge".into(),
            description: "What opens doors".into(),
            extends: ExtendedType::User,
            attributes: vec![SchemaAttribute {
                name: "badge".into(),
                kind: AttributeType::String,
                multi_valued: false,
                description: "Its number".into(),
                required: false,
                canonical_values: Vec::new(),
                case_exact: true,
                sub_attributes: Vec::new(),
            }],
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    pub(crate) fn entry(&self, resource: Resource, resource_id: &dyn ToString, action: Action) -> Entry {
        Entry {
            resource,
            resource_id: resource_id.to_string(),
            action,
            detail: Detail::default(),
            actor: Actor::Root,
            at: self.now(),
            request_id: "request".into(),
            intent: Intent::Commit,
            effect: CallEffect::default(),
        }
    }
}
