//! From metadata to a caller.

use identity_core::{
    caller::Caller,
    directory::Directory,
    error::{Error, Result},
};
use tonic::metadata::MetadataMap;

const AUTHORIZATION: &str = "authorization";
const SCHEME: &str = "bearer";

/// Who calls, by the bearer token in the metadata.
pub(crate) async fn authenticate(directory: &Directory, metadata: &MetadataMap) -> Result<Caller> {
    directory.authenticate(bearer(metadata)?).await
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

    use super::bearer;

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
    fn anything_but_a_bearer_token_is_refused() {
        assert!(bearer(&MetadataMap::new()).is_err());
        for text in ["", "rst_x", "Basic cm9vdDo=", "Bearerrst_x"] {
            assert!(bearer(&metadata(text)).is_err(), "{text}");
        }
    }
}
