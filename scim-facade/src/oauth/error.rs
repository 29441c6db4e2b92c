//! Refusals in the form of RFC 6749, section 5.2, and the table from the core's reasons.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{error::LoggedRefusal, headers::JSON};

/// Seconds that a client should wait.
const RETRY_AFTER: u64 = 1;

/// The result of everything here that can be refused.
pub(super) type Result<T> = std::result::Result<T, OAuthError>;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) status: StatusCode,
    /// The keyword of the RFC.
    pub(super) error: &'static str,
    /// For people.
    pub(super) description: String,
    /// Whole seconds to wait before a repeat has a chance.
    retry_after: Option<u64>,
}

impl OAuthError {
    pub(super) fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            retry_after: None,
        }
    }

    /// The request itself is wrong.
    pub(super) fn request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// The client did not say well who it is.
    pub(super) fn client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// A refusal that time heals.
    pub(super) fn later(status: StatusCode, description: impl Into<String>) -> Self {
        Self {
            retry_after: Some(RETRY_AFTER),
            ..Self::new(status, "temporarily_unavailable", description)
        }
    }

    /// A defect.
    pub(super) fn server() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "internal error",
        )
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        // RFC 6749, section 5.2: printable ASCII without quote and backslash.
        let fits = |c: &char| (' '..='~').contains(c) && *c != '"' && *c != '\\';
        let description: String = self.description.chars().filter(fits).collect();
        let body = json!({ "error": self.error, "error_description": description });
        let mut response = (self.status, body.to_string()).into_response();
        response.extensions_mut().insert(LoggedRefusal {
            scim_type: Some(self.error),
            reason: None,
            detail: description.into(),
            caller: None,
        });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        if self.status == StatusCode::UNAUTHORIZED {
            // A client may have tried either, and both would do.
            headers.append(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"roster\""),
            );
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Status> for OAuthError {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let Some(info) = details.error_info() else {
            tracing::warn!(code = ?status.code(), "the core did not answer");
            return Self::later(
                StatusCode::SERVICE_UNAVAILABLE,
                "the service is not available, try again",
            );
        };
        let field = info.metadata.get("field").map_or("", String::as_str);
        let (http, error) = table(&info.reason, field);
        if http.is_server_error() {
            tracing::warn!(code = ?status.code(), reason = info.reason, "the core failed");
        }
        match (http, details.retry_info()) {
            (StatusCode::SERVICE_UNAVAILABLE, _) => Self::later(http, status.message()),
            // A limit that time heals.
            (StatusCode::BAD_REQUEST, Some(_)) => {
                Self::later(StatusCode::TOO_MANY_REQUESTS, status.message())
            }
            _ => Self::new(http, error, status.message()),
        }
    }
}

/// The HTTP status and keyword of each reason that the calls made here can be refused with; whatever else comes is a defect.
fn table(reason: &str, field: &str) -> (StatusCode, &'static str) {
    let field = field.split(['[', '.']).next().unwrap_or(field);
    match (reason, field) {
        ("TOKEN_INVALID", _) | ("FIELD_INVALID", "client_id") => (StatusCode::UNAUTHORIZED, "invalid_client"),
        ("FIELD_INVALID", "scopes") => (StatusCode::BAD_REQUEST, "invalid_scope"),
        // RFC 8693, section 2.2.2.
        ("FIELD_INVALID", "audience") => (StatusCode::BAD_REQUEST, "invalid_target"),
        ("FIELD_INVALID" | "RESOURCE_NOT_FOUND" | "LIMIT_EXCEEDED", _) => {
            (StatusCode::BAD_REQUEST, "invalid_request")
        }
        ("CONNECTION_DISABLED" | "ORGANIZATION_SUSPENDED" | "POLICY_FORBIDS" | "PLAN_LACKS_FEATURE", _) => {
            (StatusCode::BAD_REQUEST, "unauthorized_client")
        }
        // RFC 6750, section 3.1.
        ("SCOPE_MISSING" | "CALLER_NOT_ALLOWED", _) => (StatusCode::FORBIDDEN, "insufficient_scope"),
        ("TRY_AGAIN" | "DEADLINE_EXCEEDED", _) => {
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_the_keyword_of_its_rfc() {
        assert_eq!(table("TOKEN_INVALID", "").1, "invalid_client");
        assert_eq!(table("FIELD_INVALID", "scopes[1]").1, "invalid_scope");
        assert_eq!(table("FIELD_INVALID", "audience").1, "invalid_target");
        assert_eq!(table("FIELD_INVALID", "subject_token").1, "invalid_request");
        assert_eq!(table("SCOPE_MISSING", "").0, StatusCode::FORBIDDEN);
        assert_eq!(table("FROM_THE_FUTURE", "").0, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_description_holds_no_character_that_the_rfc_forbids() {
        let error = OAuthError::request("\"quoted\" \\ and ümlaut\n");
        assert_eq!(error.into_response().status(), StatusCode::BAD_REQUEST);
    }
}
