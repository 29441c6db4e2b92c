//! The operations of the service, which the APIs call.
//!
//! Every method takes the [`Call`] it serves and checks what its caller may do. `organization` is an id or a
//! slug; empty means the caller's own, and root must name one. An organization that is not the caller's does not exist for it.
//!
//! Each area has a folder or file with the methods it adds to [`Directory`], its write units and its queries.

mod access_tokens;
mod adoption;
mod authentication;
mod cache;
mod change_context;
mod changes;
mod checks;
mod connection_health;
mod connections;
mod credential;
mod erasure;
mod groups;
mod guarded_unit;
pub mod input;
mod last_use;
mod licenses;
mod listing;
mod management;
mod manual_changes;
mod mappings;
mod organization_context;
mod organizations;
mod paging;
mod policies;
mod powers;
mod preview;
mod projects;
mod provisioning_access;
mod provisioning_log;
mod prune;
mod quotas;
mod record;
mod remembered;
mod requests;
mod revert;
mod roles;
mod schemas;
mod service_accounts;
mod tokens;
mod user_export;
mod users;
mod version;
mod visibility;
mod watch;

pub use revert::{Conflict, Revert, RevertedResource};
pub use roles::{AssignableRole, EffectiveAccess, ScopeAccess, TracedGrant};

use std::{fmt, sync::Arc};

pub use access_tokens::{
    AccessToken, Exchange, FetchError, Introspection, KeySource, NoKeySource, Replacement,
};

use access_tokens::{AccessTokens, FederatedKeys};
use authentication::RootTokens;
pub use cache::CacheStats;
use cache::TtlCache;
use checks::Question;
pub use checks::{Explanation, MAX_CHECKS, scope_of};
use guarded_unit::GuardedUnit;
use last_use::LastUses;
use provisioning_log::Strangers;
use remembered::Remembered;
pub use user_export::UserExport;
use watch::ChangeFeed;
pub use watch::{Watch, WatchEvent};

use crate::{
    access::Decided,
    caller::{Call, Caller, Intent},
    error::{Error, Resource, Result},
    id::Id,
    page_token::PageTokens,
    platform::{Platform, Timestamp},
    secret::TokenSecret,
    signing::SealingKeys,
    store::{self, Store, Unit},
};

/// The operations of the service. Clones share everything.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    platform: Arc<dyn Platform>,
    roots: RootTokens,
    page_tokens: PageTokens,
    remembered: Arc<Remembered>,
    decisions: TtlCache<Question, Decided>,
    last_uses: LastUses,
    feed: ChangeFeed,
    /// When connections last asked which roles there are.
    role_reads: LastUses,
    access_tokens: AccessTokens,
    strangers: Strangers,
    scim_base_url: String,
}

/// Environment that the program gives the operations beside store, platform and secrets.
pub struct Environment {
    /// This deployment as access tokens name it, a URL.
    pub issuer: String,
    /// Where identity providers find the SCIM facade; empty: not known.
    pub scim_base_url: String,
    /// Where the keys of other issuers come from.
    pub key_source: Arc<dyn KeySource>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            issuer: "http://localhost".to_owned(),
            scim_base_url: String::new(),
            key_source: Arc::new(NoKeySource),
        }
    }
}

/// Figures of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// Figures of its store.
    pub store: store::Stats,
    /// Look-ups in each of its caches.
    pub caches: [(&'static str, CacheStats); 4],
}

/// A secret that was just made. Shown once; its `Debug` hides it.
pub struct Secret(pub String);

impl Secret {
    /// The secret for the answer to a call; empty if the call was a dry run, which made nothing that it could open.
    fn shown(call: &Call, secret: TokenSecret) -> Self {
        Self(match call.intent {
            Intent::Commit => secret.reveal(),
            Intent::Validate => String::new(),
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Directory {
    /// The operations on a store that is open and migrated. Each of the root tokens is accepted; page tokens are signed with the
    /// first of the secret keys and accepted from all.
    pub fn new(
        store: Store,
        platform: Arc<dyn Platform>,
        root_tokens: &[String],
        secret_keys: &[String],
    ) -> Self {
        Self::with_environment(Environment::default(), store, platform, root_tokens, secret_keys)
    }

    /// The same within its environment.
    pub fn with_environment(
        environment: Environment,
        store: Store,
        platform: Arc<dyn Platform>,
        root_tokens: &[String],
        secret_keys: &[String],
    ) -> Self {
        let access_tokens = AccessTokens {
            issuer: environment.issuer,
            sealing: SealingKeys::new(secret_keys),
            federated: FederatedKeys::new(environment.key_source),
        };
        Self {
            inner: Arc::new(Inner {
                store,
                platform,
                roots: RootTokens::new(root_tokens),
                page_tokens: PageTokens::new(secret_keys),
                remembered: Arc::new(Remembered::new()),
                decisions: TtlCache::new(),
                last_uses: LastUses::default(),
                feed: ChangeFeed::default(),
                role_reads: LastUses::default(),
                access_tokens,
                strangers: Strangers::default(),
                scim_base_url: environment.scim_base_url,
            }),
        }
    }

    /// Where identity providers find the SCIM facade; empty: not known.
    pub fn scim_base_url(&self) -> &str {
        &self.inner.scim_base_url
    }

    /// Returns the figures of this moment, for an operator's graphs.
    pub fn stats(&self) -> Stats {
        let remembered = &self.inner.remembered;
        Stats {
            store: self.inner.store.stats(),
            caches: [
                ("callers", remembered.callers.stats()),
                ("organizations", remembered.organizations.stats()),
                ("decisions", self.inner.decisions.stats()),
                ("signing_keys", remembered.signing_keys.stats()),
            ],
        }
    }

    /// Checks that calls can be served: the database answers.
    #[crate::boxed]
    pub async fn ready(&self) -> Result<()> {
        self.inner.store.ping().await
    }

    /// Writes down when tokens were last used. To be called about once a minute and before the store is closed.
    #[crate::boxed]
    pub async fn flush_last_used(&self) -> Result<()> {
        self.flush_role_reads().await?;
        let uses = self.inner.last_uses.take();
        if uses.is_empty() {
            return Ok(());
        }
        let outcome = self.inner.store.touch_tokens(uses.clone()).await;
        if outcome.is_err() {
            for (organization, token, at) in uses {
                self.inner.last_uses.note(organization, token, at);
            }
        }
        outcome
    }

    async fn flush_role_reads(&self) -> Result<()> {
        let reads = self.inner.role_reads.take();
        if reads.is_empty() {
            return Ok(());
        }
        let outcome = self.inner.store.note_role_reads(reads.clone()).await;
        if outcome.is_err() {
            for (organization, connection, at) in reads {
                self.inner.role_reads.note(organization, connection, at);
            }
        }
        outcome
    }

    /// Forgets request ids that no repeat can refer to any more; answers how many. To be called now and then.
    #[crate::boxed]
    pub async fn forget_old_requests(&self) -> Result<usize> {
        let now = self.inner.platform.now();
        let before = Timestamp(now.0 - requests::RETENTION_MICROS);
        self.inner.store.forget_requests(before).await
    }
}

/// The id that a client names a resource by; text that is no id is the id of nothing.
fn id_of(resource: Resource, text: &str) -> Result<Id> {
    Id::parse(text).ok_or_else(|| Error::not_found(resource, text))
}

impl Inner {
    fn new_id(&self) -> Id {
        Id::generate(&*self.platform)
    }

    /// Runs a unit of a caller that changes an organization. One that hands out what the caller
    /// lacks is refused, and what this process remembers and the unit made wrong is forgotten before
    /// the answer.
    async fn write<U: Unit>(&self, caller: &Caller, organization: Id, unit: U) -> Result<U::Output> {
        let caller = caller.clone();
        let (unit, invalidation) = GuardedUnit::new(unit, caller, Some(organization), &self.remembered);
        let outcome = self.store.write(organization, unit).await;
        invalidation.forget();
        outcome?
    }

    /// Runs a unit of the operator that has no organization to lock, in the same way.
    async fn write_new<U: Unit>(&self, unit: U) -> Result<U::Output> {
        let (unit, invalidation) = GuardedUnit::new(unit, Caller::Root, None, &self.remembered);
        let outcome = self.store.write_new(unit).await;
        invalidation.forget();
        outcome?
    }
}
