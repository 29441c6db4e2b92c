//! Who holds a bearer secret.

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{Directory, Inner};
use crate::{
    caller::Caller,
    connection::{Connection, ConnectionStatus},
    error::{Error, Result, Rule},
    id::Id,
    organization::OrganizationStatus,
    platform::Timestamp,
    secret,
    store::{Authentication, Cost, Query, Reader},
    token::{Token, TokenGrant},
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

/// A caller that was found, and until when its token holds.
#[derive(Clone)]
pub(super) struct Recognized {
    caller: Caller,
    expires_at: Option<Timestamp>,
}

impl Directory {
    /// Finds out who holds a bearer secret. Reasons to refuse: malformed, unknown, expired, connection disabled, organization suspended.
    pub async fn authenticate(&self, bearer: &str) -> Result<Caller> {
        let digest: [u8; 32] = Sha256::digest(bearer).into();
        if self.inner.roots.contain(&digest) {
            return Ok(Caller::Root);
        }
        let now = self.inner.platform.now();
        let recognized = match self.inner.callers.get(&digest, now) {
            Ok(recognized) => recognized,
            Err(begun) => {
                let recognized = self.inner.look_up(bearer, digest, now).await?;
                self.inner.callers.put(begun, digest, recognized.clone(), now);
                recognized
            }
        };
        refuse_expired(recognized.expires_at, now)?;
        Ok(recognized.caller)
    }
}

impl Inner {
    async fn look_up(&self, bearer: &str, digest: [u8; 32], now: Timestamp) -> Result<Recognized> {
        let organization =
            secret::organization_of(bearer).ok_or(Error::Unauthenticated("the token is malformed"))?;
        let found = self
            .store
            .read(FindToken { organization, digest })
            .await?
            .ok_or(Error::Unauthenticated("the token is unknown or revoked"))?;
        let token_id = found.token.id;
        let recognized = recognize(found, now)?;
        self.last_uses.note(organization, token_id, now);
        Ok(recognized)
    }
}

/// Refuses in this order: a token that ended, an organization that is not served, a connection that is not.
fn recognize(found: Authentication, now: Timestamp) -> Result<Recognized> {
    refuse_expired(found.token.expires_at, now)?;
    if found.organization_status == OrganizationStatus::Suspended {
        return Err(Error::RuleBroken(Rule::OrganizationSuspended));
    }
    let disabled = |connection: &&Connection| connection.status == ConnectionStatus::Disabled;
    if let Some(connection) = found.connection.as_ref().filter(disabled) {
        return Err(Error::RuleBroken(Rule::ConnectionDisabled(connection.id)));
    }
    Ok(Recognized {
        expires_at: found.token.expires_at,
        caller: caller(found.token),
    })
}

fn refuse_expired(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match expires_at {
        Some(end) if end <= now => Err(Error::Unauthenticated("the token has expired")),
        Some(_) | None => Ok(()),
    }
}

fn caller(token: Token) -> Caller {
    match token.grant {
        TokenGrant::Scim { connection_id } => Caller::Scim {
            organization_id: token.organization_id,
            token_id: token.id,
            connection_id,
        },
        TokenGrant::Service { scopes } => Caller::Service {
            organization_id: token.organization_id,
            token_id: token.id,
            scopes,
        },
    }
}

struct FindToken {
    organization: Id,
    digest: [u8; 32],
}

#[async_trait]
impl Query for FindToken {
    type Output = Option<Authentication>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.authentication(self.organization, &self.digest).await
    }
}
