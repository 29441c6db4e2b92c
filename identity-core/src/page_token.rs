//! Tokens of pages: where a list goes on, signed, so that a client cannot make them up. What one holds can be read.
//!
//! A token is a JWT (HS256) that holds a position in a list and is bound to what was listed. No server keeps anything about it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, PageFault, Result},
    id::Id,
    platform::Timestamp,
};

/// How long a token is good for.
pub const TTL_SECONDS: i64 = 24 * 60 * 60;
/// Tokens longer than this are not ours. The longest key that a position holds is a folded text of 1,024 characters.
const MAX_BYTES: usize = 64 * 1024;
/// The same for permanent ones, which may hold a position for each of very many organizations.
const MAX_PERMANENT_BYTES: usize = 8 * 1024 * 1024;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// List, organization and query that a token is bound to; it is refused for any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    list: &'static str,
    organization: Option<Id>,
    query: String,
}

impl Binding {
    /// `list` names the kind of list; `query` is all that chooses and orders its items (filter, order, parent), known by its debug
    /// form, so tokens do not survive a change of its type.
    pub fn new(list: &'static str, organization: Option<Id>, query: &impl fmt::Debug) -> Self {
        let digest = Sha256::digest(format!("{query:?}"));
        Self {
            list,
            organization,
            query: BASE64URL_NOPAD.encode(&digest),
        }
    }
}

/// The claims of a token; names are short, as every page carries them.
#[derive(Serialize, Deserialize)]
struct Claims<P> {
    #[serde(rename = "l")]
    list: String,
    #[serde(rename = "o")]
    organization: Option<Id>,
    #[serde(rename = "q")]
    query: String,
    #[serde(rename = "p")]
    position: P,
    exp: i64,
}

/// The keys: the first signs, each of them is accepted.
#[derive(Clone)]
pub struct PageTokens {
    keys: Vec<(EncodingKey, DecodingKey)>,
}

impl PageTokens {
    /// At least one key; the second one of two is the former, still accepted while its tokens live.
    pub fn new(secret_keys: &[String]) -> Self {
        let keys = secret_keys.iter().map(|key| {
            let key = key.as_bytes();
            (EncodingKey::from_secret(key), DecodingKey::from_secret(key))
        });
        Self { keys: keys.collect() }
    }

    /// A token for the page that begins after `position`.
    pub fn sign<P: Serialize>(&self, binding: &Binding, position: P, now: Timestamp) -> Result<String> {
        self.sign_until(binding, position, seconds(now).saturating_add(TTL_SECONDS))
    }

    /// A token that does not end by itself: what it is good for, the data behind it decides.
    pub fn sign_permanent<P: Serialize>(&self, binding: &Binding, position: P) -> Result<String> {
        self.sign_until(binding, position, i64::MAX)
    }

    fn sign_until<P: Serialize>(&self, binding: &Binding, position: P, exp: i64) -> Result<String> {
        let claims = Claims {
            list: binding.list.to_owned(),
            organization: binding.organization,
            query: binding.query.clone(),
            position,
            exp,
        };
        let (key, _) = self
            .keys
            .first()
            .ok_or_else(|| Error::Internal("there is no secret key".into()))?;
        encode(&Header::new(Algorithm::HS256), &claims, key).map_err(|error| Error::Internal(error.into()))
    }

    /// The position that a token of ours holds, if it was made for this list and is not too old.
    pub fn open<P: DeserializeOwned>(&self, token: &str, binding: &Binding, now: Timestamp) -> Result<P> {
        if token.len() > MAX_BYTES {
            return Err(Error::InvalidPage(PageFault::Malformed));
        }
        self.position(token, binding, now)
    }

    /// The position that a permanent token of ours holds.
    pub fn open_permanent<P: DeserializeOwned>(
        &self,
        token: &str,
        binding: &Binding,
        now: Timestamp,
    ) -> Result<P> {
        if token.len() > MAX_PERMANENT_BYTES {
            return Err(Error::InvalidPage(PageFault::Malformed));
        }
        self.position(token, binding, now)
    }

    fn position<P: DeserializeOwned>(&self, token: &str, binding: &Binding, now: Timestamp) -> Result<P> {
        let refuse = |fault| Err(Error::InvalidPage(fault));
        // First without the position, as only the right list knows its form.
        let Some(claims) = self.claims::<serde_json::Value>(token) else {
            return refuse(PageFault::Malformed);
        };
        if claims.exp <= seconds(now) {
            return refuse(PageFault::Expired);
        }
        let bound_to_this = claims.list == binding.list
            && claims.organization == binding.organization
            && claims.query == binding.query;
        if !bound_to_this {
            return refuse(PageFault::OtherQuery);
        }
        serde_json::from_value(claims.position).or_else(|_| refuse(PageFault::Malformed))
    }

    fn claims<P: DeserializeOwned + Clone>(&self, token: &str) -> Option<Claims<P>> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Time is a parameter here, and the library asks the machine's clock.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let mut keys = self.keys.iter();
        keys.find_map(|(_, key)| decode(token, key, &validation).ok())
            .map(|data| data.claims)
    }
}

impl fmt::Debug for PageTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageTokens(…)")
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(MICROS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn tokens(keys: &[&str]) -> PageTokens {
        PageTokens::new(&keys.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn binding() -> Binding {
        Binding::new("users", None, &("filter", "order"))
    }

    fn fault(result: Result<u32>) -> PageFault {
        match result {
            Err(Error::InvalidPage(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_gives_its_place_back() {
        let tokens = tokens(&["one"]);
        let token = tokens.sign(&binding(), 7_u32, NOW).unwrap();
        assert_eq!(tokens.open::<u32>(&token, &binding(), NOW).unwrap(), 7);
    }

    #[test]
    fn a_former_key_is_still_accepted_and_no_longer_signs() {
        let old = tokens(&["old"]).sign(&binding(), 7_u32, NOW).unwrap();
        let both = tokens(&["new", "old"]);
        assert_eq!(both.open::<u32>(&old, &binding(), NOW).unwrap(), 7);
        let new = both.sign(&binding(), 7_u32, NOW).unwrap();
        assert_eq!(
            fault(tokens(&["old"]).open(&new, &binding(), NOW)),
            PageFault::Malformed
        );
    }

    #[test]
    fn a_token_is_good_for_a_day() {
        let tokens = tokens(&["one"]);
        let token = tokens.sign(&binding(), 7_u32, NOW).unwrap();
        let after = |seconds| Timestamp(NOW.0 + seconds * MICROS_PER_SECOND);
        assert!(
            tokens
                .open::<u32>(&token, &binding(), after(TTL_SECONDS - 1))
                .is_ok()
        );
        assert_eq!(
            fault(tokens.open(&token, &binding(), after(TTL_SECONDS))),
            PageFault::Expired
        );
    }

    #[test]
    fn a_permanent_token_does_not_end() {
        let tokens = tokens(&["one"]);
        let token = tokens.sign_permanent(&binding(), 7_u32).unwrap();
        let much_later = Timestamp(NOW.0 + 1000 * TTL_SECONDS * MICROS_PER_SECOND);
        assert_eq!(
            tokens
                .open_permanent::<u32>(&token, &binding(), much_later)
                .unwrap(),
            7
        );
    }

    #[test]
    fn a_token_belongs_to_one_query() {
        let tokens = tokens(&["one"]);
        let token = tokens.sign(&binding(), 7_u32, NOW).unwrap();
        let organization = Some(Id(uuid::Uuid::nil()));
        for other in [
            Binding::new("groups", None, &("filter", "order")),
            Binding::new("users", organization, &("filter", "order")),
            Binding::new("users", None, &("filter", "other order")),
        ] {
            assert_eq!(fault(tokens.open(&token, &other, NOW)), PageFault::OtherQuery);
        }
    }

    #[test]
    fn what_is_no_token_of_ours_is_malformed() {
        let tokens = tokens(&["one"]);
        let token = tokens.sign(&binding(), 7_u32, NOW).unwrap();
        let (head, signature) = token.rsplit_once('.').unwrap();
        let unsigned = "eyJhbGciOiJub25lIn0.e30.";
        let long = "a".repeat(MAX_BYTES + 1);
        for text in ["", "x", head, signature, unsigned, &format!("{head}."), &long] {
            assert_eq!(
                fault(tokens.open(text, &binding(), NOW)),
                PageFault::Malformed,
                "{text}"
            );
        }
    }
}
