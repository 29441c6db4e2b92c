//! The host that a request names.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, Version, header, uri::Authority};

use crate::error::ScimError;

/// Refuses a request over HTTP/1.1 that does not name one host (RFC 9112, section 3.2): whoever stands in front may have taken another
/// one for its own decision.
pub async fn check_host(request: Request, next: Next) -> Response {
    if names_one_host(request.version(), request.headers()) {
        return next.run(request).await;
    }
    ScimError::plain(StatusCode::BAD_REQUEST, "Host: must be there once, a host").into_response()
}

/// Tells whether a request names one host, as far as its version of HTTP wants that in a header.
pub fn names_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        // HTTP/1.0 knows no such header, and HTTP/2 has the host elsewhere.
        (None, _) => version != Version::HTTP_11,
        (Some(host), None) => {
            host.is_empty()
                || Authority::try_from(host.as_bytes()).is_ok_and(|host| !host.as_str().contains('@'))
        }
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn is_taken(version: Version, hosts: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_static(host));
        }
        names_one_host(version, &headers)
    }

    #[test]
    fn a_request_names_one_host() {
        for host in ["id.example", "127.0.0.1:8080", "[::1]:8080", ""] {
            assert!(is_taken(Version::HTTP_11, &[host]), "{host}");
        }
        for hosts in [&[][..], &["a", "b"], &["a", "a"], &["a/b"], &["u@a"], &["a b"]] {
            assert!(!is_taken(Version::HTTP_11, hosts), "{hosts:?}");
        }
        assert!(is_taken(Version::HTTP_10, &[]) && is_taken(Version::HTTP_2, &[]));
        assert!(!is_taken(Version::HTTP_2, &["a", "b"]));
    }
}
