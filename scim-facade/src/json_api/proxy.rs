//! The core's API in JSON: requests go on to the core as they are, which translates and decides.

use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use tokio::time::Instant;
use tonic::Code;
use tower::ServiceExt as _;

use super::{API, ApiError, REQUEST_ID, RequestMeta};
use crate::{client::CoreService, outer_layer};

/// Begin of the paths of calls.
const BASE: &str = "/api/roster.identity.v1.";
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-client-address");
const TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
/// The headers of a client that the core is to see. That of its address is not among them, nor what would make the call one of gRPC.
const PASSED: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    HeaderName::from_static("connect-protocol-version"),
    TIMEOUT,
    HeaderName::from_static("x-break-glass"),
];
const GRPC: &[u8] = b"application/grpc";

/// Passes a request on to the core, and its answer back.
pub(super) async fn pass_on(
    State(core): State<CoreService>,
    Extension(request_meta): Extension<RequestMeta>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if !parts.uri.path().starts_with(BASE) {
        return outer_layer::not_found().await;
    }
    let Ok(uri) = parts.uri.path()[API.len() - 1..].parse() else {
        return outer_layer::not_found().await;
    };
    let mut call = http::Request::new(tonic::body::Body::new(body));
    *call.method_mut() = parts.method;
    *call.uri_mut() = uri;
    *call.version_mut() = Version::HTTP_2;
    *call.headers_mut() = headers(&parts.headers, &request_meta);
    match core.oneshot(call).await {
        Ok(answer) => answer.map(Body::new),
        Err(cause) => {
            tracing::warn!(%cause, "the core did not answer");
            ApiError::new(Code::Unavailable, "the service is not available, try again").into_response()
        }
    }
}

/// The headers that the core sees.
fn headers(sent: &HeaderMap, request_meta: &RequestMeta) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(PASSED.len() + 2);
    for name in PASSED {
        // More than one of a kind are for the core to refuse.
        for value in sent.get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
    let is_grpc = |value: &HeaderValue| value.as_bytes().to_ascii_lowercase().starts_with(GRPC);
    if headers.get(header::CONTENT_TYPE).is_some_and(is_grpc) {
        headers.remove(header::CONTENT_TYPE);
    }
    let left = request_meta.deadline.saturating_duration_since(Instant::now());
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let asked = headers
        .get(TIMEOUT)
        .map(|value| value.to_str().unwrap_or_default().parse::<u64>());
    // What is no number is for the core to refuse.
    if asked.is_none_or(|asked| asked.is_ok_and(|asked| asked > left)) {
        headers.insert(TIMEOUT, left.into());
    }
    headers.insert(REQUEST_ID, request_meta.request_id.clone());
    if let Some(address) = &request_meta.address {
        headers.insert(CLIENT_ADDRESS, address.clone());
    }
    headers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn passed(sent: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, value.parse().unwrap());
        }
        let request_meta = RequestMeta {
            request_id: HeaderValue::from_static("r-1"),
            deadline: Instant::now() + Duration::from_secs(50),
            address: Some(HeaderValue::from_static("192.0.2.7")),
        };
        super::headers(&headers, &request_meta)
    }

    #[test]
    fn what_a_client_says_about_its_address_does_not_reach_the_core() {
        let headers = passed(&[
            ("x-client-address", "10.0.0.1"),
            ("x-forwarded-for", "10.0.0.1"),
            ("roster-protocol", "scim"),
            ("grpc-timeout", "1n"),
            ("content-type", "application/grpc+proto"),
        ]);
        assert_eq!(
            headers.get_all(CLIENT_ADDRESS).iter().collect::<Vec<_>>(),
            ["192.0.2.7"]
        );
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["connect-timeout-ms", "x-client-address", "x-request-id"]);
    }

    #[test]
    fn no_call_lasts_longer_than_the_facade_waits() {
        let timeout = |sent: &[(&'static str, &str)]| {
            let value = passed(sent)[TIMEOUT].to_str().unwrap().to_owned();
            value.parse::<u64>().map_err(|_| value)
        };
        assert_eq!(timeout(&[("connect-timeout-ms", "250")]), Ok(250));
        assert!((49_000..=50_000).contains(&timeout(&[]).unwrap()));
        assert!(timeout(&[("connect-timeout-ms", "9999999")]).unwrap() <= 50_000);
        assert_eq!(timeout(&[("connect-timeout-ms", "soon")]), Err("soon".to_owned()));
    }
}
