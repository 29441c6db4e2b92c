//! Recognition of the caller behind a bearer secret.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{
    Directory, Inner,
    credential::{self, By, FindCredential, Recognized, refuse_ended},
};
use crate::{
    access_token::looks_like_one,
    caller::Caller,
    error::{Error, Result},
    platform::Timestamp,
    secret,
};

/// The operator's tokens, as digests: comparing digests tells nothing about the length of what was sent.
pub(super) struct RootTokens(Vec<[u8; 32]>);

impl RootTokens {
    pub(super) fn new(tokens: &[String]) -> Self {
        // An empty setting must not make a caller without a token root.
        let tokens = tokens.iter().filter(|token| !token.is_empty());
        Self(tokens.map(|token| Sha256::digest(token).into()).collect())
    }

    /// Looks at every token and every byte, so that the time taken tells nothing.
    fn contain(&self, digest: &[u8; 32]) -> bool {
        let none = Choice::from(0);
        let found = self.0.iter().fold(none, |found, root| found | root.ct_eq(digest));
        found.into()
    }
}

impl Directory {
    /// Finds out who holds a bearer secret. Reasons to refuse: malformed, unknown, expired, connection disabled, organization suspended.
    #[crate::boxed]
    pub async fn authenticate(&self, bearer: &str) -> Result<Caller> {
        let digest: [u8; 32] = Sha256::digest(bearer).into();
        if self.inner.roots.contain(&digest) {
            return Ok(Caller::Root);
        }
        let now = self.inner.platform.now();
        let recognized = match self.inner.remembered.callers.get(&digest, now) {
            Ok(recognized) => recognized,
            Err(begun) => {
                let recognized = self.inner.look_up(bearer, digest, now).await?;
                let (answer, until) = (recognized.clone(), recognized.until);
                self.inner
                    .remembered
                    .callers
                    .put_until(begun, digest, answer, now, until);
                recognized
            }
        };
        let ends_at = recognized.caller.bearer().and_then(|bearer| bearer.ends_at);
        refuse_ended(ends_at, now)?;
        Ok(recognized.caller)
    }
}

/// Refusal of a token that is none of ours by its form.
pub(super) const MALFORMED: Error = Error::Unauthenticated("the token is malformed");

impl Inner {
    async fn look_up(&self, bearer: &str, digest: [u8; 32], now: Timestamp) -> Result<Recognized> {
        if looks_like_one(bearer) {
            return self.look_up_access_token(bearer, now).await;
        }
        let organization = secret::organization_of(bearer).ok_or(MALFORMED)?;
        let found = self
            .store
            .read(FindCredential {
                organization,
                by: By::Secret(digest),
                at: now,
            })
            .await?
            .ok_or(credential::UNKNOWN)?;
        let recognized = found.recognize(now)?;
        if let Some(token_id) = recognized.caller.token_id() {
            self.last_uses.note(organization, token_id, now);
        }
        Ok(recognized)
    }
}
