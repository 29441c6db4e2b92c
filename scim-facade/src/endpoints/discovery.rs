//! What a client can find out (RFC 7644, section 4).
//!
//! These answer without a token too: several IdPs read them before they have one. Without a token there are only the
//! schemas of the RFCs. A token that is sent must be good, so that a connection test that asks nothing else tells the truth.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    attributes::Tables,
    error::{Result, ScimError},
    exchange::Visit,
    limits,
    schemas::{self, BulkLimits, Capabilities, Support},
    server::Facade,
};

/// `GET /ServiceProviderConfig`.
pub(crate) async fn config(visit: Visit, State(facade): State<Arc<Facade>>) -> Result<Answer> {
    tables(&visit, &facade).await?;
    Answer::json(StatusCode::OK, &schemas::service_provider_config(&CAPABILITIES, &visit.base))
}

/// `GET /ResourceTypes`.
pub(crate) async fn resource_types(visit: Visit, State(facade): State<Arc<Facade>>) -> Result<Answer> {
    let tables = tables(&visit, &facade).await?;
    all(&visit, &schemas::resource_types(&tables, &visit.base))
}

/// `GET /ResourceTypes/{name}`.
pub(crate) async fn resource_type(
    Path(name): Path<String>,
    visit: Visit,
    State(facade): State<Arc<Facade>>,
) -> Result<Answer> {
    let tables = tables(&visit, &facade).await?;
    one(schemas::resource_type(&tables, &visit.base, &name), "resource type")
}

/// `GET /Schemas`.
pub(crate) async fn all_schemas(visit: Visit, State(facade): State<Arc<Facade>>) -> Result<Answer> {
    let tables = tables(&visit, &facade).await?;
    all(&visit, &schemas::schemas(&tables, &visit.base))
}

/// `GET /Schemas/{urn}`.
pub(crate) async fn schema(
    Path(urn): Path<String>,
    visit: Visit,
    State(facade): State<Arc<Facade>>,
) -> Result<Answer> {
    let tables = tables(&visit, &facade).await?;
    one(schemas::schema(&tables, &visit.base, &urn), "schema")
}

const CAPABILITIES: Capabilities = Capabilities {
    bulk: Some(BulkLimits {
        max_operations: limits::MAX_BULK_OPERATIONS as u32,
        max_payload_size: limits::MAX_BODY_BYTES as u32,
    }),
    sort: Support::Supported,
    cursor: Support::Supported,
    max_results: limits::MAX_RESULTS as u32,
    default_page_size: limits::DEFAULT_RESULTS as u32,
    cursor_timeout: limits::CURSOR_TIMEOUT.as_secs() as u32,
};

async fn tables(visit: &Visit, facade: &Facade) -> Result<Arc<Tables>> {
    match &visit.session {
        Some(session) => Ok(Arc::clone(&session.context().await?.tables)),
        None => Ok(Arc::clone(&facade.builtin)),
    }
}

/// RFC 7644, section 4: a filter here is 403, so that nobody takes the whole list for a filtered one.
fn all(visit: &Visit, resources: &[Value]) -> Result<Answer> {
    if visit.query.get("filter")?.is_some() {
        return Err(ScimError::plain(StatusCode::FORBIDDEN, "filter: is not supported here"));
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
        None => Err(ScimError::plain(StatusCode::NOT_FOUND, format!("there is no such {what}"))),
    }
}
