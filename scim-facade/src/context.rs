//! Declarations of the organization behind a token: the policy settings that the facade needs, and its
//! extension schemas.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use identity_proto::v1::{ExtensionSchema, Policy};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::{
    attributes::{Dialect, Tables},
    call::Call,
    error::{CallerIds, Result},
    limits::{CONTEXT_TTL, MAX_CONTEXTS},
    patch::ReplaceMissing,
};

/// One organization's declarations, as read with a caller's own token.
#[derive(Debug)]
pub(crate) struct Context {
    /// The built-in attributes and the declared ones.
    pub tables: Arc<Tables>,
    /// The setting `patch.replace_missing`.
    pub replace_missing: ReplaceMissing,
    /// Set if roles that a client gives have effect (`roles.source`).
    pub roles_have_effect: bool,
    /// The caller itself.
    pub caller: Arc<CallerIds>,
    /// The licenses that there are (`license.catalog`), none if they come from nowhere (`license.source`).
    pub licenses: Vec<String>,
    declared: Vec<ExtensionSchema>,
    shape: Shape,
}

/// Further settings that decide on the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    dialect: Dialect,
    roles: RolesPerPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RolesPerPlace {
    One,
    Any,
}

impl Shape {
    const BUILTIN: Self = Self {
        dialect: Dialect::Draft,
        roles: RolesPerPlace::Any,
    };

    fn of(policy: &Policy, idp_kind: &str) -> Self {
        Self {
            dialect: if idp_kind == "okta" {
                Dialect::Okta
            } else {
                Dialect::Draft
            },
            roles: if setting(policy, "roles.max_per_scope") == Some("1") {
                RolesPerPlace::One
            } else {
                RolesPerPlace::Any
            },
        }
    }

    fn tables(self, declared: &[ExtensionSchema]) -> Tables {
        let tables = Tables::with_declared(declared).in_dialect(self.dialect);
        match self.roles {
            RolesPerPlace::One => tables.with_one_role_per_place(),
            RolesPerPlace::Any => tables,
        }
    }
}

/// Token and address of the client and what it asks for, since the core may serve it here and not there. As a digest: a dump of this process shows no token
/// that could be used.
type Key = [u8; 32];

/// The contexts of the last second, by token. Nothing here decides who may do what: each call is authorized by the core.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    entries: Mutex<HashMap<Key, (Instant, Arc<Context>)>>,
}

impl Contexts {
    /// The context of the caller, asked for at most once in `CONTEXT_TTL`. Refused with what the core says to the token.
    pub(crate) async fn get(&self, call: &Call, builtin: &Arc<Tables>) -> Result<Arc<Context>> {
        let mut digest = Sha256::new_with_prefix(call.bearer());
        digest.update(call.address());
        digest.update(b" ");
        digest.update(call.protocol());
        let key: Key = digest.finalize().into();
        let now = Instant::now();
        let before = self.lookup(&key);
        if let Some((read_at, context)) = &before
            && now.duration_since(*read_at) < CONTEXT_TTL
        {
            return Ok(Arc::clone(context));
        }
        let ((policy, idp_kind, connection), declared) =
            tokio::try_join!(call.get_policy(), call.list_schemas())?;
        let shape = Shape::of(&policy, &idp_kind);
        let tables = match before {
            _ if declared.is_empty() && shape == Shape::BUILTIN => Arc::clone(builtin),
            Some((_, old)) if old.declared == declared && old.shape == shape => Arc::clone(&old.tables),
            _ => Arc::new(shape.tables(&declared)),
        };
        let context = Arc::new(Context {
            tables,
            replace_missing: replace_missing(&policy),
            roles_have_effect: matches!(setting(&policy, "roles.source"), None | Some("scim_roles")),
            licenses: licenses(&policy),
            caller: Arc::new(CallerIds {
                organization: policy.organization_id,
                connection,
            }),
            declared,
            shape,
        });
        self.keep(key, now, Arc::clone(&context));
        Ok(context)
    }

    fn lookup(&self, key: &Key) -> Option<(Instant, Arc<Context>)> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(key)
            .map(|(read_at, context)| (*read_at, Arc::clone(context)))
    }

    fn keep(&self, key: Key, now: Instant, context: Arc<Context>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_CONTEXTS {
            entries.retain(|_, (read_at, _)| now.saturating_duration_since(*read_at) < CONTEXT_TTL);
        }
        if entries.len() >= MAX_CONTEXTS {
            entries.clear();
        }
        entries.insert(key, (now, context));
    }
}

fn setting<'p>(policy: &'p Policy, key: &str) -> Option<&'p str> {
    let found = policy.settings.iter().find(|setting| setting.key == key);
    found.map(|setting| setting.value.as_str())
}

fn replace_missing(policy: &Policy) -> ReplaceMissing {
    match setting(policy, "patch.replace_missing") {
        Some("no_target") => ReplaceMissing::NoTarget,
        _ => ReplaceMissing::Create,
    }
}

/// Lists the licenses of the catalog that the plan has; no subset of the plan means all.
fn licenses(policy: &Policy) -> Vec<String> {
    if matches!(setting(policy, "license.source"), None | Some("none")) {
        return Vec::new();
    }
    let names = |key| {
        setting(policy, key)
            .unwrap_or_default()
            .split(',')
            .filter(|name| !name.is_empty())
    };
    let is_in_plan =
        |name: &&str| names("plan.licenses").next().is_none() || names("plan.licenses").any(|it| it == *name);
    names("license.catalog")
        .filter(is_in_plan)
        .map(str::to_owned)
        .collect()
}
