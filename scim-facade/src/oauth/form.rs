//! The body of a request: a form, read once.

use axum::body::Body;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use tokio::time::timeout;

use super::error::{OAuthError, Result};
use crate::{
    limits::{MAX_TRUSTED_BODY_TIME, TOO_SLOW},
    query::Query,
};

/// The largest form: a client assertion of 16 KiB, a subject token, and room. It is read from anybody.
const MAX_FORM_BYTES: usize = 32 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters of a request.
pub(super) struct Form(Query);

impl Form {
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case(FORM) {
            return Err(OAuthError::request(format!("Content-Type must be {FORM}")));
        }
        let reading = Limited::new(body, MAX_FORM_BYTES).collect();
        let too_slow = |_| OAuthError::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", TOO_SLOW);
        let body = timeout(MAX_TRUSTED_BODY_TIME, reading).await.map_err(too_slow)?;
        let bytes = body
            .map_err(|_| OAuthError::request("the body is too long or was cut off"))?
            .to_bytes();
        let text = std::str::from_utf8(&bytes).map_err(|_| OAuthError::request("the body is not UTF-8"))?;
        let query = Query::parse(Some(text)).map_err(|_| OAuthError::request("the body is no form"))?;
        Ok(Self(query))
    }

    /// A parameter. RFC 6749, section 3.2: one without a value is absent, and none comes twice.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.0.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(OAuthError::request(format!("{name} is given twice")));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str> {
        self.get(name)?
            .ok_or_else(|| OAuthError::request(format!("{name} is required")))
    }

    /// A parameter that may come more than once.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.all(name).filter(|value| !value.is_empty());
        values.map(str::to_owned).collect()
    }

    /// Words with blanks between.
    pub(super) fn space_separated(&self, name: &str) -> Result<Vec<String>> {
        let text = self.get(name)?.unwrap_or_default();
        Ok(text.split_ascii_whitespace().map(str::to_owned).collect())
    }
}
