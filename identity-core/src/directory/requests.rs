//! Request ids on creates (AIP-155): a repeat within a day gets the answer of the first call and changes nothing.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    caller::Caller,
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::{Reader, StoredRequest, Write},
    validate,
};

/// How long a request id is remembered.
pub(super) const RETENTION_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A request that may carry an id. One that carries none is never a repeat and leaves no trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Request(Option<Identified>);

#[derive(Clone, Debug)]
struct Identified {
    id: String,
    digest: [u8; 32],
}

impl Request {
    /// `id` empty: the request carries none. `body` must hold all that the request asks for.
    pub(super) fn new(
        id: &str,
        method: &'static str,
        caller: &Caller,
        body: impl FnOnce() -> Result<Value>,
    ) -> Result<Self> {
        if id.is_empty() {
            return Ok(Self(None));
        }
        validate::request_id(id)?;
        let whole = json!([method, caller_name(caller), body()?]);
        Ok(Self(Some(Identified {
            id: id.to_owned(),
            digest: Sha256::digest(whole.to_string()).into(),
        })))
    }

    /// Tells whether it carries an id.
    pub(super) fn is_repeatable(&self) -> bool {
        self.0.is_some()
    }

    /// The id of what the first call made, if this is a repeat of it.
    pub(super) async fn repeats(
        &self,
        reader: &mut dyn Reader,
        organization: Id,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let Some(Identified { id, digest }) = &self.0 else {
            return Ok(None);
        };
        match reader.request(organization, id).await? {
            Some(first) if now.0 - first.at.0 >= RETENTION_MICROS => Ok(None),
            Some(first) if first.digest == *digest => Ok(Some(first.resource_id)),
            Some(_) => Err(Error::RequestIdReused(id.clone())),
            None => Ok(None),
        }
    }

    /// Leaves what its repeats need, in the transaction of what it makes.
    pub(super) fn remember(
        &self,
        writes: &mut Vec<Write>,
        organization: Id,
        resource_id: &impl ToString,
        at: Timestamp,
    ) {
        if let Some(Identified { id, digest }) = &self.0 {
            let stored = StoredRequest {
                digest: *digest,
                resource_id: resource_id.to_string(),
                at,
            };
            writes.push(Write::InsertRequest(organization, id.clone(), stored));
        }
    }
}

/// One text for each caller: two callers who happen to choose the same id do not see each other's answers.
fn caller_name(caller: &Caller) -> String {
    caller
        .token_id()
        .map_or_else(|| "root".to_owned(), |token| token.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Identified, Request};
    use crate::caller::Caller;

    fn request(id: &str, body: &str) -> Option<Identified> {
        let request = Request::new(id, "create_user", &Caller::Root, || Ok(json!(body)));
        request.expect("a fit id").0
    }

    #[test]
    fn a_request_without_an_id_is_never_a_repeat() {
        assert!(request("", "a").is_none());
    }

    #[test]
    fn the_digest_tells_bodies_apart() {
        let digest = |body| request("r", body).expect("an id").digest;
        assert_eq!(digest("a"), digest("a"));
        assert_ne!(digest("a"), digest("b"));
    }

    #[test]
    fn a_request_id_has_at_most_128_characters() {
        let long = "ü".repeat(129);
        assert!(Request::new(&long, "create_user", &Caller::Root, || Ok(json!(0))).is_err());
        assert!(request(&long[..256], "a").is_some());
    }
}
