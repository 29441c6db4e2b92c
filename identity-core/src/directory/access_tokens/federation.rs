//! The keys of other issuers, fetched through a port and kept for a while.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use jsonwebtoken::jwk::{Jwk, JwkSet};

use crate::{
    error::{Error, Result},
    platform::Timestamp,
};

/// How long fetched keys are believed.
const FRESH_MICROS: i64 = 60 * 60 * 1_000_000;
/// How long after a fetch an unknown key is not looked for again: whoever sends made-up keys costs the issuer no more than this.
const PAUSE_MICROS: i64 = 60 * 1_000_000;
/// Addresses whose keys are kept.
const MAX_ADDRESSES: usize = 1_000;
/// Keys that are taken of one address.
const MAX_KEYS: usize = 100;

/// Where key sets come from. The core fetches nothing itself; the program gives it this.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Refuses an address that is never fetched from, with the rule that it breaks.
    fn check(&self, address: &str) -> std::result::Result<(), &'static str>;
    /// The bytes behind an address, within limits of size and time, without following it elsewhere.
    async fn fetch(&self, address: &str) -> std::result::Result<Vec<u8>, FetchError>;
}

/// Why nothing was fetched; for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// A source without keys, for those who never federate.
#[derive(Clone, Copy, Debug)]
pub struct NoKeySource;

#[async_trait]
impl KeySource for NoKeySource {
    fn check(&self, _: &str) -> std::result::Result<(), &'static str> {
        Err("cannot be fetched by this program")
    }

    async fn fetch(&self, _: &str) -> std::result::Result<Vec<u8>, FetchError> {
        Err(FetchError("there is no key source".to_owned()))
    }
}

/// The keys of other issuers, by address.
pub(in crate::directory) struct FederatedKeys {
    source: Arc<dyn KeySource>,
    kept: Mutex<HashMap<String, Kept>>,
}

/// The keys of an address. Kept in this process: another instance may know newer ones, and then fetches them as this one would.
#[derive(Clone)]
struct Kept {
    keys: Arc<Vec<Jwk>>,
    /// When `keys` were fetched; `None`: never.
    fetched_at: Option<Timestamp>,
    /// When a fetch was last tried.
    tried_at: Timestamp,
}

impl fmt::Debug for FederatedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FederatedKeys(…)")
    }
}

impl FederatedKeys {
    pub(in crate::directory) fn new(source: Arc<dyn KeySource>) -> Self {
        Self {
            source,
            kept: Mutex::default(),
        }
    }

    /// Refuses an address that is never fetched from.
    pub(in crate::directory) fn check(&self, address: &str) -> Result<()> {
        self.source
            .check(address)
            .map_err(|rule| Error::invalid("federation.jwks_uri", rule))
    }

    /// The key of this id behind an address that an admin set.
    pub(super) async fn find(&self, address: &str, kid: &str, now: Timestamp) -> Result<Jwk> {
        let kept = self.lock().get(address).cloned();
        if let Some(kept) = &kept {
            let is_fresh = kept.fetched_at.is_some_and(|at| now.0 - at.0 < FRESH_MICROS);
            if let Some(key) = of_kid(&kept.keys, kid).filter(|_| is_fresh) {
                return Ok(key.clone());
            }
            if now.0 - kept.tried_at.0 < PAUSE_MICROS {
                let was_answered = kept.fetched_at == Some(kept.tried_at);
                return Err(if was_answered { UNKNOWN } else { away() });
            }
        }
        let keys = self.refresh(address, kept, now).await?;
        of_kid(&keys, kid).cloned().ok_or(UNKNOWN)
    }

    async fn refresh(&self, address: &str, kept: Option<Kept>, now: Timestamp) -> Result<Arc<Vec<Jwk>>> {
        let old = kept.map(|kept| (kept.keys, kept.fetched_at));
        let (keys, fetched_at) = old.unwrap_or_default();
        // Before the fetch, so that others who come meanwhile do not fetch too.
        self.keep(address, Arc::clone(&keys), fetched_at, now);
        let fetched = match self.source.fetch(address).await {
            Ok(bytes) => parse(&bytes),
            Err(cause) => Err(cause.to_string()),
        };
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.keep(address, Arc::clone(&keys), Some(now), now);
                Ok(keys)
            }
            Err(cause) => {
                tracing::warn!(address, cause, "the keys of another issuer cannot be fetched");
                Err(away())
            }
        }
    }

    fn keep(&self, address: &str, keys: Arc<Vec<Jwk>>, fetched_at: Option<Timestamp>, tried_at: Timestamp) {
        let mut kept = self.lock();
        if kept.len() >= MAX_ADDRESSES && !kept.contains_key(address) {
            kept.clear();
        }
        let entry = Kept {
            keys,
            fetched_at,
            tried_at,
        };
        kept.insert(address.to_owned(), entry);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const UNKNOWN: Error =
    Error::Unauthenticated("the assertion is signed by a key that its issuer does not publish");

fn away() -> Error {
    Error::Unavailable("the keys of another issuer cannot be fetched".into())
}

fn of_kid<'a>(keys: &'a [Jwk], kid: &str) -> Option<&'a Jwk> {
    keys.iter().find(|key| key.common.key_id.as_deref() == Some(kid))
}

fn parse(bytes: &[u8]) -> std::result::Result<Vec<Jwk>, String> {
    let set: JwkSet = serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?;
    Ok(set.keys.into_iter().take(MAX_KEYS).collect())
}
