//! Headers that every answer has, and the files beside the pages.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

/// Nothing is loaded from elsewhere, nothing runs, no other site shows a page in a frame, and forms go to this console alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// Gives an answer the headers; one that has its own rule for caches keeps it.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

const STYLE: &str = include_str!("../static/style.css");
const ICON: &str = include_str!("../static/icon.svg");
/// Serves the style sheet.
pub(crate) async fn style(request: Request) -> Response {
    file(&request, "text/css; charset=utf-8", STYLE)
}

/// Serves the icon.
pub(crate) async fn icon(request: Request) -> Response {
    file(&request, "image/svg+xml", ICON)
}

fn file(request: &Request, media_type: &'static str, content: &'static str) -> Response {
    let digest = Sha256::digest(content);
    let etag = format!("\"{}\"", HEXLOWER.encode(&digest[..8]));
    let known = request.headers().get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, content).into_response()
}
