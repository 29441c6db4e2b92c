//! Access tokens: short-lived JWTs (RFC 9068) that others can verify without asking, and what they say.

use std::fmt;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode, jwk::Jwk,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    signing::{SealingKeys, SigningKey, encoding_key},
};

/// A token longer than this is not ours.
pub const MAX_BYTES: usize = 8 * 1024;
/// How an exchange names this service itself as the audience.
pub const SELF_AUDIENCE: &str = "self";
/// The scope of a SCIM client's token.
pub const SCIM_SCOPE: &str = "scim";
/// RFC 9068, section 2.1.
const TYPE: &str = "at+jwt";
/// How far the clocks of two instances may be apart.
const SKEW_SECONDS: i64 = 5;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// Claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: this deployment.
    pub iss: String,
    /// Subject: the id of a user, a service account, a service token or a connection.
    pub sub: String,
    /// For whom it is; never empty.
    pub aud: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// From when on it holds.
    pub nbf: i64,
    /// When it was made.
    pub iat: i64,
    /// Its id.
    pub jti: Id,
    /// Client that asked for it: the subject, or the caller that exchanged the subject's token.
    pub client_id: String,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// The organization.
    #[serde(rename = "org")]
    pub organization: Id,
    /// Kind of subject.
    pub kind: SubjectKind,
    /// Credential that it was made from: a token, or the connection where there was none. The end of the
    /// credential ends this token.
    #[serde(rename = "cid")]
    pub credential: Id,
    /// The organization's revision when it was made. A change-log entry of a later revision that ends the credential or the subject
    /// ends this token for those who verify it offline.
    #[serde(rename = "rev")]
    pub revision: i64,
    /// The roles of a person when it was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The projects that it is limited to; none: it is not limited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<Id>,
    /// Actor for the subject (RFC 8693, section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// The access tokens from which it was made by exchanges, oldest first. A revoked one ends this one.
    #[serde(rename = "anc", default, skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<Id>,
    /// Digest of what it was made from: a secret, or the pins of the connection that an assertion signed in. A secret that holds no
    /// more and other pins end this token.
    #[serde(rename = "src", default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl Claims {
    /// Its id, behind those of its ancestors.
    pub(crate) fn lineage(&self) -> Vec<Id> {
        self.ancestors.iter().copied().chain([self.jti]).collect()
    }
}

/// Actor on behalf of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Its id, as in [`Claims::sub`].
    pub sub: String,
}

/// Kind of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A person.
    User,
    /// An internal service.
    Service,
    /// An identity provider's connection.
    Scim,
}

impl SubjectKind {
    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Scim => "scim",
        }
    }
}

/// Tells whether a bearer text may be an access token: it has three parts, as no secret of a token has.
pub fn looks_like_one(bearer: &str) -> bool {
    bearer.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Seconds since 1970.
pub(crate) fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(MICROS_PER_SECOND)
}

/// The time of so many seconds since 1970.
pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(MICROS_PER_SECOND))
}

/// The keys of the deployment that are published now.
pub(crate) struct KeySet(Vec<Published>);

struct Published {
    key: SigningKey,
    jwk: Value,
    public: DecodingKey,
    /// `None`: it cannot be opened with the secret keys given, so it only verifies.
    private: Option<EncodingKey>,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({} keys)", self.0.len())
    }
}

impl KeySet {
    /// Of all keys, those that have not ended.
    pub(crate) fn new(keys: Vec<SigningKey>, sealing: &SealingKeys, now: Timestamp) -> Result<Self> {
        let alive = keys
            .into_iter()
            .filter(|key| key.ends_at.is_none_or(|end| end > now));
        alive
            .map(|key| Published::new(key, sealing))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// RFC 7517: the public halves.
    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<&Value> = self.0.iter().map(|published| &published.jwk).collect();
        serde_json::json!({ "keys": keys })
    }

    /// Tells whether it has a key of this id.
    pub(crate) fn has(&self, kid: &str) -> bool {
        self.find(kid).is_some()
    }

    fn find(&self, kid: &str) -> Option<&Published> {
        let kid = Id::parse(kid)?;
        self.0.iter().find(|published| published.key.id == kid)
    }

    /// The newest key that signs now.
    fn signer(&self, now: Timestamp) -> Option<(&SigningKey, &EncodingKey)> {
        let signing = self.0.iter().filter(|published| published.key.signs_from <= now);
        let usable = signing.filter_map(|published| Some((&published.key, published.private.as_ref()?)));
        usable.max_by_key(|(key, _)| (key.signs_from, key.id))
    }

    /// Tells whether it has a key to sign with now.
    pub(crate) fn signs(&self, now: Timestamp) -> bool {
        self.signer(now).is_some()
    }

    /// The token that says this.
    pub(crate) fn sign(&self, claims: &Claims, now: Timestamp) -> Result<String> {
        let (key, private) = self
            .signer(now)
            .ok_or_else(|| Error::Internal("there is no key to sign with".into()))?;
        let mut header = Header::new(key.algorithm.jose());
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.to_string());
        encode(&header, claims, private).map_err(|error| Error::Internal(error.into()))
    }

    /// Verifies a token of this deployment, the `issuer`, and returns its claims if it holds now; the caller
    /// checks the audience.
    pub(crate) fn verify(&self, token: &str, issuer: &str, now: Timestamp) -> Result<Claims> {
        let kid = kid(token)?;
        let published = self.find(&kid).ok_or(UNKNOWN_KEY)?;
        let algorithm = published.key.algorithm.jose();
        let claims = verified::<Claims>(token, &published.public, algorithm)?;
        if claims.iss != issuer {
            return Err(Error::Unauthenticated("the access token is of another issuer"));
        }
        let now = seconds(now);
        if claims.exp <= now {
            return Err(Error::Unauthenticated("the access token has expired"));
        }
        if claims.nbf > now.saturating_add(SKEW_SECONDS) {
            return Err(Error::Unauthenticated("the access token does not hold yet"));
        }
        Ok(claims)
    }
}

impl Published {
    fn new(key: SigningKey, sealing: &SealingKeys) -> Result<Self> {
        let broken = |error: serde_json::Error| Error::Internal(error.into());
        let parsed: Jwk = serde_json::from_str(&key.public_jwk).map_err(broken)?;
        let private = sealing.open(key.id, &key.sealed);
        Ok(Self {
            jwk: serde_json::from_str(&key.public_jwk).map_err(broken)?,
            public: DecodingKey::from_jwk(&parsed).map_err(|error| Error::Internal(error.into()))?,
            private: private.map(|private| encoding_key(key.algorithm, &private)),
            key,
        })
    }
}

const MALFORMED: Error = Error::Unauthenticated("the access token is malformed");
const UNKNOWN_KEY: Error = Error::Unauthenticated("the access token is signed by an unknown key");

/// Returns the id of the key that a token of this deployment names. Nothing else in the header is trusted:
/// keys and their addresses in it are ignored, and a token with critical parameters (RFC 7515, section
/// 4.1.11) is refused.
pub(crate) fn kid(token: &str) -> Result<String> {
    if token.len() > MAX_BYTES {
        return Err(MALFORMED);
    }
    let header = decode_header(token).map_err(|_| MALFORMED)?;
    // RFC 9068, section 4: a JWT that was made for something else is no access token.
    let is_ours = header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE));
    if !is_ours || header.crit.is_some() {
        return Err(MALFORMED);
    }
    header.kid.ok_or(UNKNOWN_KEY)
}

/// The claims of a token whose signature is good. The algorithm is the key's, whatever the header says, and time is left to the caller:
/// it is a parameter here, and the library asks the machine's clock.
pub(crate) fn verified<C: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<C> {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode(token, key, &validation)
        .map(|data| data.claims)
        .map_err(|_| Error::Unauthenticated("the token's signature or form is wrong"))
}

#[cfg(test)]
#[path = "access_token_tests.rs"]
mod tests;
