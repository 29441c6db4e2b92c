//! `/Bulk`, RFC 7644, section 3.7: many changes in one request, each on its own.

mod references;
mod request;
mod run;

use axum::{Extension, body::Body};
use http::StatusCode;
use serde_json::json;

use self::request::BulkRequest;
use crate::{
    answer::Answer,
    error::Result,
    scim_request::{RequestMeta, ScimRequest},
};

/// `POST /Bulk`. The answers stand in the order of the operations, also when references made another order necessary.
pub(crate) async fn run(
    Extension(request_meta): Extension<RequestMeta>,
    scim_request: ScimRequest,
    body: Body,
) -> Result<Answer> {
    let body = scim_request.read_object(body).await;
    let request = scim_request
        .session
        .or_unauthorized(body.and_then(BulkRequest::read))
        .await?;
    // Nothing may need a call of the core, so a bad token has to be found out here.
    scim_request.session.context().await?;
    request_meta.notes.operations(request.operations.len());
    let results = run::all(&scim_request, request, request_meta.recorded).await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": results,
    });
    Answer::json(StatusCode::OK, &body)
}
