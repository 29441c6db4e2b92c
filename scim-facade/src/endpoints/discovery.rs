//! Discovery of the service by clients (RFC 7644, section 4).
//!
//! Discovery needs a token as everything else: `/Schemas` and `/ResourceTypes` tell what the caller's organization declared,
//! and a connection test that asks nothing else should find out that its token is bad.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    error::{Result, ScimError},
    limits, openapi,
    schemas::{self, BulkLimits, Capabilities, Support},
    scim_request::ScimRequest,
    server::Facade,
};

/// `GET /ServiceProviderConfig`.
pub(crate) async fn config(State(facade): State<Arc<Facade>>, scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    scim_request.session.context().await?;
    let origin = &facade.options.origin;
    let config = schemas::service_provider_config(&CAPABILITIES, &scim_request.base, origin);
    Answer::json(StatusCode::OK, &config)
}

/// `GET /ResourceTypes`.
pub(crate) async fn resource_types(scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let context = scim_request.session.context().await?;
    all(
        &scim_request,
        &schemas::resource_types(&context.tables, &scim_request.base),
    )
}

/// `GET /ResourceTypes/{name}`.
pub(crate) async fn resource_type(Path(name): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let context = scim_request.session.context().await?;
    one(
        schemas::resource_type(&context.tables, &scim_request.base, &name),
        "resource type",
    )
}

/// `GET /Schemas`.
pub(crate) async fn all_schemas(scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let context = scim_request.session.context().await?;
    all(
        &scim_request,
        &schemas::schemas(&context.tables, &scim_request.base),
    )
}

/// `GET /Schemas/{urn}`.
pub(crate) async fn schema(Path(urn): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let context = scim_request.session.context().await?;
    one(
        schemas::schema(&context.tables, &scim_request.base, &urn),
        "schema",
    )
}

/// `GET /openapi.json`.
pub(crate) async fn openapi(State(facade): State<Arc<Facade>>, scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let context = scim_request.session.context().await?;
    let origin = &facade.options.origin;
    let document = openapi::document(&context.tables, &scim_request.base, origin);
    Answer::json(StatusCode::OK, &document)
}

const CAPABILITIES: Capabilities = Capabilities {
    bulk: Some(BulkLimits {
        max_operations: published(limits::MAX_BULK_OPERATIONS as u64),
        max_payload_size: published(limits::MAX_BODY_BYTES as u64),
    }),
    sort: Support::Supported,
    cursor: Support::Supported,
    max_results: limits::MAX_RESULTS.unsigned_abs(),
    default_page_size: limits::DEFAULT_RESULTS.unsigned_abs(),
    cursor_timeout: published(limits::CURSOR_TIMEOUT.as_secs()),
};

/// Checked at compile time: these are constants.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the line above refuses what would be cut off"
)]
const fn published(limit: u64) -> u32 {
    assert!(limit <= u32::MAX as u64);
    limit as u32
}

/// RFC 7644, section 4: a filter here is 403, so that nobody takes the whole list for a filtered one.
fn all(scim_request: &ScimRequest, resources: &[Value]) -> Result<Answer> {
    if scim_request.query.get("filter")?.is_some() {
        return Err(ScimError::plain(
            StatusCode::FORBIDDEN,
            "filter: is not supported here",
        ));
    }
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    Answer::json(StatusCode::OK, &body)
}

fn one(resource: Option<Value>, what: &str) -> Result<Answer> {
    match resource {
        Some(resource) => Answer::json(StatusCode::OK, &resource),
        None => Err(ScimError::plain(
            StatusCode::NOT_FOUND,
            format!("there is no such {what}"),
        )),
    }
}
