//! What the organization behind a token declared: the policy settings that the facade needs, and its extension schemas.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use identity_proto::v1::{ExtensionSchema, Policy};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::{
    attributes::Tables,
    call::Call,
    error::Result,
    limits::{CONTEXT_LIFE, MAX_CONTEXTS},
    patch::ReplaceMissing,
};

/// One organization's declarations, as read with a caller's own token.
#[derive(Debug)]
pub(crate) struct Context {
    /// The built-in attributes and the declared ones.
    pub tables: Arc<Tables>,
    /// The setting `patch.replace_missing`.
    pub replace_missing: ReplaceMissing,
    declared: Vec<ExtensionSchema>,
}

/// Tokens are kept as digests: a dump of this process shows none that could be used.
type Key = [u8; 32];

/// The contexts of the last second, by token. Nothing here decides who may do what: each call is authorized by the core.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    entries: Mutex<HashMap<Key, (Instant, Arc<Context>)>>,
}

impl Contexts {
    /// The context of the caller, asked for at most once in `CONTEXT_LIFE`. Refused with what the core says to the token.
    pub(crate) async fn get(&self, call: &Call, builtin: &Arc<Tables>) -> Result<Arc<Context>> {
        let key: Key = Sha256::digest(call.bearer()).into();
        let now = Instant::now();
        let before = self.lookup(&key);
        if let Some((read_at, context)) = &before
            && now.duration_since(*read_at) < CONTEXT_LIFE
        {
            return Ok(Arc::clone(context));
        }
        let (policy, declared) = tokio::try_join!(call.get_policy(), call.list_schemas())?;
        let tables = match before {
            _ if declared.is_empty() => Arc::clone(builtin),
            Some((_, old)) if old.declared == declared => Arc::clone(&old.tables),
            _ => Arc::new(Tables::with_declared(&declared)),
        };
        let context = Arc::new(Context {
            tables,
            replace_missing: replace_missing(&policy),
            declared,
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
            entries.retain(|_, (read_at, _)| now.saturating_duration_since(*read_at) < CONTEXT_LIFE);
        }
        if entries.len() >= MAX_CONTEXTS {
            entries.clear();
        }
        entries.insert(key, (now, context));
    }
}

fn replace_missing(policy: &Policy) -> ReplaceMissing {
    let setting = policy
        .settings
        .iter()
        .find(|setting| setting.key == "patch.replace_missing");
    match setting.map(|setting| setting.value.as_str()) {
        Some("no_target") => ReplaceMissing::NoTarget,
        _ => ReplaceMissing::Create,
    }
}
