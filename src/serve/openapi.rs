//! The description of the API in JSON, which needs no token, as reflection.

use axum::{Router, response::IntoResponse, routing::get};
use http::header;

/// Time for which others may keep it: it changes with the version alone.
const KEPT: &str = "public, max-age=300";

/// The route of the OpenAPI document.
pub(super) fn route() -> Router {
    Router::new().route("/api/openapi.json", get(answer))
}

async fn answer() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, KEPT),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, grpc_server::openapi())
}
