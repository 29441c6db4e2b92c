//! From metadata to a caller.

use identity_core::{
    caller::Caller,
    directory::Directory,
    error::{Error, Result},
};
use tonic::metadata::MetadataMap;

const AUTHORIZATION: &str = "authorization";
const SCHEME: &str = "bearer";
/// Carries the reason why a caller overrides the policy.
const BREAK_GLASS: &str = "x-break-glass";

/// Who calls, by the bearer token in the metadata.
pub(crate) async fn authenticate(directory: &Directory, metadata: &MetadataMap) -> Result<Caller> {
    directory.authenticate(bearer(metadata)?).await
}

/// Why the caller overrides the policy, if it says that it does.
pub(crate) fn break_glass(metadata: &MetadataMap) -> Result<Option<&str>> {
    let reason = metadata.get(BREAK_GLASS).map(|value| value.to_str());
    let wrong = |_| Error::invalid(BREAK_GLASS, "must be printable ASCII");
    reason.transpose().map_err(wrong)
}

fn bearer(metadata: &MetadataMap) -> Result<&str> {
    let header = metadata
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
    use tonic::metadata::MetadataMap;

    use super::{bearer, break_glass};

    fn metadata(authorization: &'static str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", authorization.parse().unwrap());
        metadata
    }

    #[test]
    fn the_scheme_has_no_case() {
        for text in ["Bearer rst_x", "bearer rst_x", "BEARER  rst_x"] {
            assert_eq!(bearer(&metadata(text)).unwrap(), "rst_x");
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
        assert!(bearer(&MetadataMap::new()).is_err());
        for text in ["", "rst_x", "Basic cm9vdDo=", "Bearerrst_x"] {
            assert!(bearer(&metadata(text)).is_err(), "{text}");
        }
    }
}
