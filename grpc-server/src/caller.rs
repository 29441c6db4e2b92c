//! From metadata to a caller.

use http::HeaderMap;
use identity_core::{
    caller::Caller,
    directory::Directory,
    error::{Error, Result},
};
use tonic::metadata::MetadataMap;

use crate::methods::Method;

const AUTHORIZATION: &str = "authorization";
const SCHEME: &str = "bearer";
/// Carries the reason why a caller overrides the policy.
const BREAK_GLASS: &str = "x-break-glass";
/// Says which protocol a facade translates. It only takes power away, so that everybody's word is good enough.
const PROTOCOL: &str = "roster-protocol";
const SCIM: &str = "scim";

/// Finds out who holds the bearer token of a call.
#[tonic::async_trait]
pub(crate) trait Authenticate: Send + Sync {
    /// Refuses a token that holds no more.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller>;
}

#[tonic::async_trait]
impl Authenticate for Directory {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller> {
        Self::authenticate(self, bearer(headers)?).await
    }
}

/// Finds out who calls, and refuses whom the RPC does not serve.
pub(crate) async fn authorize(
    directory: &dyn Authenticate,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller> {
    let caller = directory.authenticate(headers).await?;
    require_served(&caller, method, headers)?;
    Ok(caller)
}

/// Refuses a caller whom the RPC does not serve.
pub(crate) fn require_served(caller: &Caller, method: &Method, headers: &HeaderMap) -> Result<()> {
    if headers.get(PROTOCOL).is_some_and(|protocol| protocol == SCIM) {
        caller.require_connection()?;
    }
    method.authorize(caller)
}

/// Why the caller overrides the policy, if it says that it does.
pub(crate) fn break_glass(metadata: &MetadataMap) -> Result<Option<&str>> {
    let reason = metadata.get(BREAK_GLASS).map(|value| value.to_str());
    let wrong = |_| Error::invalid(BREAK_GLASS, "must be printable ASCII");
    reason.transpose().map_err(wrong)
}

/// The bearer token that a call presents.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str> {
    let header = headers
        .get(AUTHORIZATION)
        .ok_or(Error::Unauthenticated("a bearer token is required"))?;
    let text = header.to_str().unwrap_or_default();
    match text.split_once(' ') {
        // RFC 9110, section 11.1: the scheme has no case.
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(secret.trim()),
        _ => Err(Error::Unauthenticated("authorization must be a bearer token")),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use tonic::metadata::MetadataMap;

    use super::{bearer, break_glass};

    fn headers(authorization: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        headers
    }

    #[test]
    fn the_scheme_has_no_case() {
        for text in ["Bearer rst_x", "bearer rst_x", "BEARER  rst_x"] {
            assert_eq!(bearer(&headers(text)).unwrap(), "rst_x");
        }
    }

    #[test]
    fn who_breaks_glass_says_why() {
        let mut metadata = MetadataMap::new();
        assert_eq!(break_glass(&metadata).unwrap(), None);
        metadata.insert("x-break-glass", "the IdP is down".parse().unwrap());
        assert_eq!(break_glass(&metadata).unwrap(), Some("the IdP is down"));
    }

    #[test]
    fn anything_but_a_bearer_token_is_refused() {
        assert!(bearer(&HeaderMap::new()).is_err());
        for text in ["", "rst_x", "Basic cm9vdDo=", "Bearerrst_x"] {
            assert!(bearer(&headers(text)).is_err(), "{text}");
        }
    }
}
