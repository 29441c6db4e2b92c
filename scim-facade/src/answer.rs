//! Answers that are no refusals.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    error::{Result, ScimError},
    etag::entity_tag,
    headers::SCIM_JSON,
    work,
};

/// Most users fit, so that most answers grow no buffer.
const USUAL_BYTES: usize = 1024;

/// Answer to a client.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Option<Vec<u8>>,
    location: Option<String>,
    etag: Option<String>,
}

impl Answer {
    /// With a JSON body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut bytes, body).map_err(|error| {
            // What serializes has texts alone to tell why it does not.
            if error.to_string() == work::TOO_MUCH {
                return work::too_much();
            }
            tracing::error!(%error, "an answer cannot be written");
            ScimError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
        })?;
        Ok(Self {
            body: Some(bytes),
            ..Self::empty(status)
        })
    }

    /// Without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: None,
            location: None,
            etag: None,
        }
    }

    /// Says where the resource is.
    #[must_use]
    pub(crate) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Says which version of the resource this is; the text is the core's etag.
    #[must_use]
    pub(crate) fn version(mut self, etag: &str) -> Self {
        self.etag = Some(entity_tag(etag));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let has_body = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if has_body {
            headers.insert(header::CONTENT_TYPE, SCIM_JSON);
        }
        // Ids and versions come from the core and are plain ASCII; one that is not cannot stand in a header.
        if let Some(location) = self.location.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if let Some(etag) = self.etag.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}
