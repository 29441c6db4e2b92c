//! Signing a connection in by an assertion of another issuer (RFC 7523, section 2.2): nothing secret is stored anywhere.

use async_trait::async_trait;
use jsonwebtoken::{
    Algorithm, DecodingKey, decode_header,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::exchange::{AccessToken, Exchange};
use crate::{
    access_token::{SELF_AUDIENCE, seconds, timestamp, verified},
    caller::{Bearer, Caller, Intent},
    connection::{Connection, ConnectionStatus, Federation},
    directory::Directory,
    error::{Error, Result, Rule},
    id::Id,
    organization::OrganizationStatus,
    platform::Timestamp,
    store::{Cost, Query, Reader, Transaction, Unit, Write},
};

/// An assertion longer than this is not read.
const MAX_BYTES: usize = 16 * 1024;
/// How far the clocks of others may be apart from ours.
const SKEW_SECONDS: i64 = 60;
/// How far ahead an assertion may end, and how old it may be: Entra's live for a day at most.
const MAX_LIFE_SECONDS: i64 = 24 * 60 * 60;
/// Algorithms that issuers sign with. None is symmetric: the keys are public.
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

const NO_CLIENT: Error = Error::Unauthenticated("the client is unknown or does not sign in by assertions");

/// Claims of an assertion.
#[derive(Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    jti: Option<String>,
}

impl Directory {
    /// Makes an access token for SCIM from an assertion. `client` is the connection's client id. Needs no caller: the assertion tells
    /// who it is.
    #[crate::boxed]
    pub async fn exchange_assertion(
        &self,
        client: &str,
        assertion: &str,
        scopes: Vec<String>,
        intent: Intent,
    ) -> Result<AccessToken> {
        let inner = &self.inner;
        let now = inner.platform.now();
        let (organization, id) = Connection::parse_client_id(client).ok_or(NO_CLIENT)?;
        let connection = inner.store.read(FindClient { organization, id }).await?;
        let connection = connection.ok_or(NO_CLIENT)?;
        let federation = connection.federation.as_ref().ok_or(NO_CLIENT)?;
        let (kid, algorithm) = head(assertion)?;
        let key = inner
            .access_tokens
            .federated
            .find(&federation.jwks_uri, &kid, now)
            .await?;
        let claims: Claims = verified(assertion, &fitting(&key, algorithm)?, algorithm)?;
        check(&claims, federation, now)?;
        let unit = UseAssertion {
            intent,
            organization,
            id,
            digest: digest(assertion, &claims),
            federation: federation.clone(),
            ends_at: timestamp(claims.exp.saturating_add(SKEW_SECONDS)),
            now,
        };
        inner.write(&Caller::Root, organization, unit).await?;
        let subject = Caller::Scim {
            organization_id: organization,
            token_id: id,
            connection_id: id,
            bearer: Bearer {
                origin: Some(federation.digest()),
                ..Bearer::default()
            },
        };
        let asked = Exchange {
            audience: vec![SELF_AUDIENCE.to_owned()],
            scopes,
            ..Exchange::default()
        };
        let mut made = inner.issue(&subject, &asked, None).await?;
        if intent == Intent::Validate {
            // The token of a dry run opens nothing.
            made.token.0.clear();
        }
        Ok(made)
    }
}

/// Returns the id of the key that signed it, and the algorithm. Nothing else in the header is trusted, least
/// of all an address of keys.
fn head(assertion: &str) -> Result<(String, Algorithm)> {
    let malformed = Error::Unauthenticated("the assertion is malformed");
    if assertion.len() > MAX_BYTES {
        return Err(malformed);
    }
    let Ok(header) = decode_header(assertion) else {
        return Err(malformed);
    };
    if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
        return Err(Error::Unauthenticated(
            "the assertion is signed in a way that is not accepted",
        ));
    }
    match header.kid {
        Some(kid) => Ok((kid, header.alg)),
        None => Err(Error::Unauthenticated("the assertion names no key")),
    }
}

/// The key, if it may be used like this.
fn fitting(key: &Jwk, algorithm: Algorithm) -> Result<DecodingKey> {
    let misfit = || Error::Unauthenticated("the assertion's key is not one for its algorithm");
    let common = &key.common;
    let named = common.key_algorithm;
    let is_named_so = named.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    if !is_named_so || !signs {
        return Err(misfit());
    }
    DecodingKey::from_jwk(key).map_err(|_| misfit())
}

/// Everything that an admin pinned must be so, and the time must be right.
fn check(claims: &Claims, pinned: &Federation, now: Timestamp) -> Result<()> {
    let refuse = |why| Err(Error::Unauthenticated(why));
    let now = seconds(now);
    if claims.iss != pinned.issuer {
        return refuse("the assertion is of another issuer");
    }
    if claims.sub != pinned.subject {
        return refuse("the assertion is about another subject");
    }
    let is_meant = match &claims.aud {
        Value::String(audience) => *audience == pinned.audience,
        Value::Array(audiences) => audiences.iter().any(|audience| *audience == *pinned.audience),
        _ => false,
    };
    if !is_meant {
        return refuse("the assertion is for another audience");
    }
    if claims.exp <= now.saturating_sub(SKEW_SECONDS) {
        return refuse("the assertion has expired");
    }
    if claims.exp > now.saturating_add(MAX_LIFE_SECONDS + SKEW_SECONDS) {
        return refuse("the assertion lives too long");
    }
    if claims
        .nbf
        .is_some_and(|from| from > now.saturating_add(SKEW_SECONDS))
    {
        return refuse("the assertion does not hold yet");
    }
    let age = |made: i64| now.saturating_sub(made);
    if claims
        .iat
        .is_some_and(|made| !(-SKEW_SECONDS..=MAX_LIFE_SECONDS).contains(&age(made)))
    {
        return refuse("the assertion is too old or from the future");
    }
    Ok(())
}

/// By what a repeat is known: the issuer's own id of it, else what was signed. The signature is left out, as one text can have several.
fn digest(assertion: &str, claims: &Claims) -> [u8; 32] {
    let signed = assertion.rsplit_once('.').map_or(assertion, |(signed, _)| signed);
    let hash = Sha256::new().chain_update(&claims.iss).chain_update([0]);
    match &claims.jti {
        Some(jti) => hash.chain_update("jti\0").chain_update(jti).finalize().into(),
        None => hash.chain_update(signed).finalize().into(),
    }
}

/// A connection that may sign in.
struct FindClient {
    organization: Id,
    id: Id,
}

#[async_trait]
impl Query for FindClient {
    type Output = Option<Connection>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        if reader.organization(self.organization).await?.is_none() {
            return Ok(None);
        }
        reader.connection(self.organization, self.id).await
    }
}

/// Uses an assertion up. Under the organization's lock, so that of two that come at once one is refused.
struct UseAssertion {
    intent: Intent,
    organization: Id,
    id: Id,
    digest: [u8; 32],
    /// The pins that it met.
    federation: Federation,
    ends_at: Timestamp,
    now: Timestamp,
}

#[async_trait]
impl Unit for UseAssertion {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        if transaction.organization()?.status == OrganizationStatus::Suspended {
            return Err(Error::RuleBroken(Rule::OrganizationSuspended));
        }
        let reader = &mut *transaction.reader;
        let connection = reader.connection(self.organization, self.id).await?;
        match connection {
            Some(found) if found.status == ConnectionStatus::Disabled => {
                return Err(Error::RuleBroken(Rule::ConnectionDisabled(self.id)));
            }
            Some(found) if found.federation.as_ref() == Some(&self.federation) => {}
            _ => return Err(NO_CLIENT),
        }
        if reader.assertion_used(self.organization, &self.digest).await? {
            return Err(Error::Unauthenticated("the assertion was used before"));
        }
        if self.intent == Intent::Validate {
            return Ok(());
        }
        transaction.writes.push(Write::UseAssertion {
            organization: self.organization,
            digest: self.digest,
            ends_at: self.ends_at,
            now: self.now,
        });
        Ok(())
    }
}
