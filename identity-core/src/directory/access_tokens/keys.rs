//! The keys of the deployment: read, made when there are none, replaced.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    access_token::{KeySet, kid},
    caller::{Call, Intent},
    directory::{Directory, Inner, organization_context::require_root},
    error::{Error, Result},
    platform::Timestamp,
    signing::{SigningAlgorithm, SigningKey, generate},
    store::{Cost, Query, Reader, Transaction, Unit, Write},
};

/// How long a new key is published before it signs, so that verifiers that keep a key set find it there.
const PUBLISHED_AHEAD: Duration = Duration::from_mins(10);
/// How long a replaced key is published after it has signed for the last time: longer than what it signed.
const PUBLISHED_AFTER: Duration = Duration::from_mins(65);
/// The age at which a key is replaced by the service itself.
const MAX_AGE: Duration = Duration::from_hours(90 * 24);

/// Why a key is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// As a matter of course: both keys hold for a while.
    Planned,
    /// Somebody else may know a key: all former ones end at once, with what they signed.
    Compromised,
}

impl Directory {
    /// The issuer, and the public keys that verify its access tokens (RFC 7517). Needs no caller.
    #[crate::boxed]
    pub async fn key_set(&self) -> Result<(String, serde_json::Value)> {
        let inner = &self.inner;
        let keys = inner.signing_set(inner.platform.now()).await?;
        Ok((inner.access_tokens.issuer.clone(), keys.jwks()))
    }

    /// Lists the signing keys, oldest first, ended ones included. For root.
    #[crate::boxed]
    pub async fn list_signing_keys(&self, call: &Call) -> Result<Vec<SigningKey>> {
        require_root(call)?;
        self.inner.store.read(ListKeys).await
    }

    /// Makes a signing key that takes the place of the others. For root. `algorithm` as before where none is given.
    #[crate::boxed]
    pub async fn rotate_signing_key(
        &self,
        call: &Call,
        algorithm: Option<SigningAlgorithm>,
        replacement: Replacement,
    ) -> Result<SigningKey> {
        require_root(call)?;
        let now = self.inner.platform.now();
        self.inner
            .replace_key(algorithm, replacement, call.intent, now)
            .await
    }

    /// Replaces a signing key that has become old; answers whether. To be called now and then.
    #[crate::boxed]
    pub async fn replace_old_signing_key(&self) -> Result<bool> {
        let inner = &self.inner;
        let limit = Timestamp(inner.platform.now().0.saturating_sub(micros(MAX_AGE)));
        let newest = inner
            .store
            .read(ListKeys)
            .await?
            .into_iter()
            .max_by_key(|key| key.id);
        if newest.is_none_or(|key| key.created_at > limit) {
            return Ok(false);
        }
        let made = inner.replace_key(None, Replacement::Planned, Intent::Commit, inner.platform.now());
        made.await.map(|_| true)
    }
}

impl Inner {
    /// The keys that are published now.
    pub(super) async fn key_set(&self, now: Timestamp) -> Result<Arc<KeySet>> {
        match self.remembered.signing_keys.get(&(), now) {
            Ok(keys) => Ok(keys),
            Err(_) => self.read_keys(now).await,
        }
    }

    /// The keys, among them the one that signed this token if it is one of ours. Another instance may have made it a moment ago.
    pub(super) async fn key_set_for(&self, token: &str, now: Timestamp) -> Result<Arc<KeySet>> {
        let keys = self.key_set(now).await?;
        if keys.has(&kid(token)?) {
            return Ok(keys);
        }
        self.read_keys(now).await
    }

    /// The keys, among them one that signs.
    pub(super) async fn signing_set(&self, now: Timestamp) -> Result<Arc<KeySet>> {
        let keys = self.key_set(now).await?;
        if keys.signs(now) {
            return Ok(keys);
        }
        // From the moment of the call on: a key that signs from a later one would not sign for this call.
        self.replace_key(None, Replacement::Planned, Intent::Commit, now)
            .await?;
        self.read_keys(now).await
    }

    async fn read_keys(&self, now: Timestamp) -> Result<Arc<KeySet>> {
        let begun = self.remembered.signing_keys.get(&(), now).err();
        let keys = self.store.read(ListKeys).await?;
        let keys = Arc::new(KeySet::new(keys, &self.access_tokens.sealing, now)?);
        if let Some(begun) = begun {
            self.remembered
                .signing_keys
                .put(begun, (), Arc::clone(&keys), now);
        }
        Ok(keys)
    }

    async fn replace_key(
        &self,
        algorithm: Option<SigningAlgorithm>,
        replacement: Replacement,
        intent: Intent,
        now: Timestamp,
    ) -> Result<SigningKey> {
        let sealing = &self.access_tokens.sealing;
        let keys = self.store.read(ListKeys).await?;
        let newest = keys.iter().max_by_key(|key| key.id);
        let algorithm = algorithm.or(newest.map(|key| key.algorithm)).unwrap_or_default();
        let set = KeySet::new(keys.clone(), sealing, now)?;
        let waits = set.signs(now) && replacement == Replacement::Planned;
        let ahead = if waits { micros(PUBLISHED_AHEAD) } else { 0 };
        let key = generate(algorithm, Timestamp(now.0 + ahead), &*self.platform, sealing)?;
        if intent == Intent::Validate {
            return Ok(key);
        }
        let unit = ReplaceKey {
            key: key.clone(),
            others_end_at: match replacement {
                Replacement::Planned => Timestamp(key.signs_from.0 + micros(PUBLISHED_AFTER)),
                Replacement::Compromised => now,
            },
        };
        self.write_new(unit).await?;
        // No change log is the deployment's own, so the program's log tells of it.
        tracing::info!(kid = %key.id, algorithm = algorithm.name(), ?replacement, "made a signing key");
        Ok(key)
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// All keys, oldest first.
pub(super) struct ListKeys;

#[async_trait]
impl Query for ListKeys {
    type Output = Vec<SigningKey>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.signing_keys().await
    }
}

/// Adds a key; the others end, those sooner that end sooner already.
struct ReplaceKey {
    key: SigningKey,
    others_end_at: Timestamp,
}

#[async_trait]
impl Unit for ReplaceKey {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        if transaction.organization.is_some() {
            return Err(Error::Internal("signing keys are of no organization".into()));
        }
        let others = transaction.reader.signing_keys().await?;
        let writes = &mut transaction.writes;
        for key in others {
            if key.ends_at.is_none_or(|end| end > self.others_end_at) {
                writes.push(Write::EndSigningKey(key.id, self.others_end_at));
            }
        }
        writes.push(Write::InsertSigningKey(Box::new(self.key.clone())));
        Ok(())
    }
}
