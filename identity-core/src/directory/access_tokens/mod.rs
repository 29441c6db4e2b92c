//! Access tokens: made from other tokens, asked about, revoked.

mod assertion;
mod exchange;
mod federation;
mod grounds;
mod introspect;
mod keys;
mod recognize;
mod revoke;

pub use exchange::{AccessToken, Exchange};
pub use federation::{FetchError, KeySource, NoKeySource};
pub use introspect::Introspection;
pub use keys::Replacement;

pub(super) use federation::FederatedKeys;

use crate::signing::SealingKeys;

/// Settings and keys that access tokens need beside the store.
pub(super) struct AccessTokens {
    /// This deployment, as access tokens name it.
    pub(super) issuer: String,
    pub(super) sealing: SealingKeys,
    pub(super) federated: FederatedKeys,
}
