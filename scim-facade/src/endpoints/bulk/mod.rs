//! `/Bulk`, RFC 7644, section 3.7: many changes in one request, each on its own.

mod references;
mod request;
mod run;

use axum::body::Body;
use http::StatusCode;
use serde_json::json;

use self::request::BulkRequest;
use crate::{answer::Answer, error::Result, exchange::Exchange};

/// `POST /Bulk`. The answers stand in the order of the operations, also when references made another order necessary.
pub(crate) async fn run(exchange: Exchange, body: Body) -> Result<Answer> {
    let body = exchange.read_object(body).await;
    let request = exchange
        .session
        .or_unauthorized(body.and_then(BulkRequest::read))
        .await?;
    // Nothing may need a call of the core, so a bad token has to be found out here.
    exchange.session.context().await?;
    let results = run::all(&exchange, request).await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": results,
    });
    Answer::json(StatusCode::OK, &body)
}
