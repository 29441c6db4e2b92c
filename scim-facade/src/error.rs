//! Everything that is refused, in SCIM's form (RFC 7644, section 3.12), and the one table from the core's reasons.

use std::{borrow::Cow, ops::Deref};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use identity_proto::v1::ErrorReason;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{headers, naming};

/// The URN of an error body.
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// How long a client should wait when the core does not say: seconds.
const DEFAULT_RETRY_AFTER: u64 = 1;

/// How the core names the limits that are about the size of a request.
const REQUEST_SIZES: [&str; 2] = ["in one change", "in one message"];

/// The detail error keywords of RFC 7644, table 9, and of RFC 9865, section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter does not parse, or the attribute and comparison do not fit.
    InvalidFilter,
    /// The filter yields more than the server is willing to process.
    TooMany,
    /// Another resource has the value already.
    Uniqueness,
    /// The attribute cannot be changed.
    Mutability,
    /// The body does not have the form of the request.
    InvalidSyntax,
    /// The path of a PATCH operation is malformed or names nothing that exists.
    InvalidPath,
    /// The path selects no element that could be changed.
    NoTarget,
    /// A value is missing or does not suit its attribute.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// The request holds what must not stand in a URI.
    Sensitive,
    /// The cursor is damaged or belongs to another query.
    InvalidCursor,
    /// The cursor is too old.
    ExpiredCursor,
    /// The count is out of range.
    InvalidCount,
}

impl ScimType {
    /// The keyword on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Uniqueness => StatusCode::CONFLICT,
            Self::Sensitive => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A refusal: what a client gets instead of what it asked for. One pointer wide, since the good case is the hot one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimError(Box<Refusal>);

/// Content of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The keyword, where the RFCs have one.
    pub scim_type: Option<ScimType>,
    /// Description of the problem and its place, for people.
    pub detail: Cow<'static, str>,
    /// Whole seconds to wait before a repeat has a chance.
    pub retry_after: Option<u64>,
    /// Reason of the core, for the log; absent if the facade refused by itself.
    pub reason: Option<ErrorReason>,
    /// Organization and connection that the core recognized, for the log.
    pub caller: Option<Box<CallerIds>>,
}

/// Ids of a connection that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIds {
    /// The organization.
    pub organization: String,
    /// The connection.
    pub connection: String,
}

/// A refusal beside its answer, for the logs.
#[derive(Clone, Debug)]
pub(crate) struct LoggedRefusal {
    /// Keyword, where the RFCs have one.
    pub(crate) scim_type: Option<&'static str>,
    /// Reason, where the core refused.
    pub(crate) reason: Option<ErrorReason>,
    /// Description, which may hold values of the request; the core leaves them out.
    pub(crate) detail: Cow<'static, str>,
    /// Connection that the core recognized.
    pub(crate) caller: Option<Box<CallerIds>>,
}

impl LoggedRefusal {
    /// The refusal for the logs.
    pub(crate) fn of(error: ScimError) -> Self {
        let Refusal {
            scim_type,
            reason,
            detail,
            caller,
            ..
        } = *error.0;
        Self {
            scim_type: scim_type.map(ScimType::name),
            reason,
            detail,
            caller,
        }
    }

    /// Name of the reason.
    pub(crate) fn reason_name(&self) -> Option<&'static str> {
        let reason = self.reason?;
        Some(reason.as_str_name().trim_start_matches("ERROR_REASON_"))
    }
}

/// The result of everything in the facade that can be refused.
pub type Result<T, E = ScimError> = std::result::Result<T, E>;

impl Deref for ScimError {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl ScimError {
    /// A refusal with a keyword; the status is the keyword's own.
    pub fn new(scim_type: ScimType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Refusal {
            status: scim_type.status(),
            scim_type: Some(scim_type),
            detail: detail.into(),
            retry_after: None,
            reason: None,
            caller: None,
        }))
    }

    /// A refusal for which the RFCs have no keyword.
    pub fn plain(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Refusal {
            status,
            scim_type: None,
            detail: detail.into(),
            retry_after: None,
            reason: None,
            caller: None,
        }))
    }

    /// A refusal that time heals.
    pub fn later(status: StatusCode, detail: impl Into<Cow<'static, str>>, seconds: u64) -> Self {
        let mut error = Self::plain(status, detail);
        error.0.retry_after = Some(seconds);
        error
    }

    /// The same refusal, saying which part of the request it is about.
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        self.0.detail = format!("{part}: {}", self.detail).into();
        self
    }

    /// The body. RFC 7644, section 3.12: `status` is a string.
    pub fn body(&self) -> serde_json::Value {
        let mut body = json!({
            "schemas": [ERROR_SCHEMA],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.name().into();
        }
        body
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, headers::SCIM_JSON);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // RFC 7694, section 3: only where the coding is what is wrong.
        if self.detail == headers::NO_CODING {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(LoggedRefusal::of(self));
        response
    }
}

impl From<Status> for ScimError {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let Some(info) = details.error_info() else {
            return from_transport(&status);
        };
        let reason = format!("ERROR_REASON_{}", info.reason);
        let reason = ErrorReason::from_str_name(&reason).unwrap_or(ErrorReason::Unspecified);
        let (http, scim_type) = table(reason, &details);
        // What a client did wrong is no news for the operator; an outage and a defect have their causes in the core's log.
        if http.is_server_error() {
            tracing::warn!(code = ?status.code(), reason = info.reason, "the core failed");
        }
        let detail = match info
            .metadata
            .get("field")
            .or_else(|| info.metadata.get("attribute"))
        {
            Some(field) => status.message().replacen(field, &naming::scim_path(field), 1),
            None => status.message().to_owned(),
        };
        Self(Box::new(Refusal {
            status: http,
            scim_type,
            detail: detail.into(),
            retry_after: retry_after(http, &details),
            reason: Some(reason),
            caller: caller(&status).map(Box::new),
        }))
    }
}

/// The connection that the core recognized before it refused.
fn caller(status: &Status) -> Option<CallerIds> {
    let id = |name| Some(status.metadata().get(name)?.to_str().ok()?.to_owned());
    Some(CallerIds {
        organization: id("roster-organization")?,
        connection: id("roster-connection")?,
    })
}

/// The HTTP status and keyword of each reason. A reason that this build does not know is a defect, so a 500.
fn table(reason: ErrorReason, details: &ErrorDetails) -> (StatusCode, Option<ScimType>) {
    use StatusCode as Http;
    match reason {
        ErrorReason::ResourceNotFound => (Http::NOT_FOUND, None),
        ErrorReason::ResourceAlreadyExists => (Http::CONFLICT, Some(ScimType::Uniqueness)),
        ErrorReason::FilterInvalid => (Http::BAD_REQUEST, Some(ScimType::InvalidFilter)),
        ErrorReason::PageInvalid => (Http::BAD_REQUEST, Some(page_fault(details))),
        // RFC 7644, section 3.12: "mutability" is also for a resource whose state does not allow the change. Not 403 for what the
        // connection does not manage: one user must not stop the others.
        ErrorReason::FieldReadOnly | ErrorReason::NotManagedHere => {
            (Http::BAD_REQUEST, Some(ScimType::Mutability))
        }
        ErrorReason::VersionMismatch => (Http::PRECONDITION_FAILED, None),
        ErrorReason::LimitExceeded => limit(details),
        // A value of one user is wrong, and not what the client may do: see the last admin, below.
        ErrorReason::PlanLacksFeature if !metadata(details, "license").is_empty() => {
            (Http::BAD_REQUEST, Some(ScimType::InvalidValue))
        }
        ErrorReason::TokenInvalid => (Http::UNAUTHORIZED, None),
        ErrorReason::TryAgain | ErrorReason::DeadlineExceeded => (Http::SERVICE_UNAVAILABLE, None),
        // Not 403 for the last admin, for seats and quotas: Entra takes 401 and 403 for bad credentials and stops the whole provisioning.
        ErrorReason::FieldInvalid
        | ErrorReason::LastAdmin
        | ErrorReason::SeatsExhausted
        | ErrorReason::QuotaExhausted
        // No SCIM request asks for one user by such a key.
        | ErrorReason::SeveralUsers
        | ErrorReason::GroupCycle
        | ErrorReason::RequestIdReused
        // No SCIM request reads the change log; a value out of bounds it is all the same.
        | ErrorReason::ResyncRequired => (Http::BAD_REQUEST, Some(ScimType::InvalidValue)),
        ErrorReason::BrakeHeld => (Http::TOO_MANY_REQUESTS, None),
        ErrorReason::ManagedElsewhere
        | ErrorReason::BreakGlassAccount
        | ErrorReason::BrakeRejected
        | ErrorReason::ScopeMissing
        | ErrorReason::CallerNotAllowed
        | ErrorReason::OrganizationSuspended
        | ErrorReason::PlanLacksFeature
        | ErrorReason::PolicyForbids
        | ErrorReason::ConnectionDisabled
        | ErrorReason::RoleCeiling => (Http::FORBIDDEN, None),
        ErrorReason::SecretAlreadyShown => (Http::CONFLICT, None),
        ErrorReason::Internal | ErrorReason::Unspecified => (Http::INTERNAL_SERVER_ERROR, None),
    }
}

/// RFC 9865, section 2.1.
fn page_fault(details: &ErrorDetails) -> ScimType {
    match metadata(details, "why") {
        "expired" => ScimType::ExpiredCursor,
        "page_size" => ScimType::InvalidCount,
        _ => ScimType::InvalidCursor,
    }
}

/// A limit that time heals is 429, one on the size of the request 413, any other a value out of bounds.
fn limit(details: &ErrorDetails) -> (StatusCode, Option<ScimType>) {
    if details.retry_info().is_some() {
        (StatusCode::TOO_MANY_REQUESTS, None)
    } else if REQUEST_SIZES
        .iter()
        .any(|size| metadata(details, "limit").contains(size))
    {
        (StatusCode::PAYLOAD_TOO_LARGE, None)
    } else {
        (StatusCode::BAD_REQUEST, Some(ScimType::InvalidValue))
    }
}

fn metadata<'a>(details: &'a ErrorDetails, key: &str) -> &'a str {
    details
        .error_info()
        .and_then(|info| info.metadata.get(key))
        .map_or("", String::as_str)
}

/// Okta understands whole seconds alone, so a fraction is rounded up, and nothing is a second, too.
fn retry_after(status: StatusCode, details: &ErrorDetails) -> Option<u64> {
    let waits = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    waits.then(|| {
        let delay = details.retry_info().and_then(|info| info.retry_delay);
        delay.map_or(DEFAULT_RETRY_AFTER, |delay| {
            (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).max(DEFAULT_RETRY_AFTER)
        })
    })
}

/// A status that no code of the core made: the connection to it failed, or tonic refused a message.
fn from_transport(status: &Status) -> ScimError {
    tracing::warn!(
        code = ?status.code(),
        message = status.message(),
        "the core did not answer"
    );
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => away(),
        // What the core says of itself always has details; these come from a connection that broke under a call.
        Code::Unknown | Code::Internal if std::error::Error::source(status).is_some() => away(),
        Code::OutOfRange | Code::ResourceExhausted => ScimError::plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the request or its answer is too large",
        ),
        _ => ScimError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    }
}

/// The core cannot be reached.
pub(crate) fn away() -> ScimError {
    let detail = "the service is not available, try again";
    ScimError::later(StatusCode::SERVICE_UNAVAILABLE, detail, DEFAULT_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use super::*;

    fn refused(reason: &str, metadata: &[(&str, &str)]) -> ScimError {
        let metadata: HashMap<String, String> = metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let details = ErrorDetails::with_error_info(reason, "roster.identity.v1", metadata);
        Status::with_error_details(Code::Unknown, "user_name: must not be empty", details).into()
    }

    /// The names come from the enum's numbers, so a reason that is added to the proto is tested without a line here.
    #[test]
    fn every_reason_of_the_proto_has_its_own_line_in_the_table() {
        for reason in (1..1000).filter_map(|number| ErrorReason::try_from(number).ok()) {
            let name = reason.as_str_name().trim_start_matches("ERROR_REASON_");
            let error = refused(name, &[]);
            let is_500 = error.status == StatusCode::INTERNAL_SERVER_ERROR;
            assert_eq!(
                is_500,
                reason == ErrorReason::Internal,
                "{name} → {}",
                error.status
            );
        }
    }

    #[test]
    fn an_unknown_reason_is_a_defect() {
        assert_eq!(
            refused("FROM_THE_FUTURE", &[]).status,
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }

    #[test]
    fn the_detail_names_the_attribute_as_scim_does() {
        let error = refused("FIELD_INVALID", &[("field", "user_name")]);
        assert_eq!(error.detail, "userName: must not be empty");
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    }

    #[test]
    fn a_cursor_too_old_and_one_damaged_are_told_apart() {
        let expired = refused("PAGE_INVALID", &[("why", "expired")]);
        let damaged = refused("PAGE_INVALID", &[("why", "malformed")]);
        assert_eq!(expired.scim_type, Some(ScimType::ExpiredCursor));
        assert_eq!(damaged.scim_type, Some(ScimType::InvalidCursor));
    }

    #[test]
    fn a_limit_on_the_size_of_a_request_is_413() {
        let status = |limit| refused("LIMIT_EXCEEDED", &[("limit", limit)]).status;
        assert_eq!(
            status("ids in one change of members"),
            StatusCode::PAYLOAD_TOO_LARGE
        );
        assert_eq!(status("bytes in one message"), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(status("schemas in one organization"), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn retry_after_is_whole_seconds_rounded_up() {
        let mut details =
            ErrorDetails::with_error_info("LIMIT_EXCEEDED", "roster.identity.v1", HashMap::new());
        details.set_retry_info(Some(Duration::from_millis(1_200)));
        let status = Status::with_error_details(Code::ResourceExhausted, "slow down", details);
        let error = ScimError::from(status);
        assert_eq!(error.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "2");
    }

    #[test]
    fn a_core_that_cannot_be_reached_is_503_and_says_when_to_try_again() {
        let error = ScimError::from(Status::unavailable("tcp connect error"));
        assert_eq!(
            (error.status, error.retry_after),
            (StatusCode::SERVICE_UNAVAILABLE, Some(1))
        );
        assert!(!error.detail.contains("tcp"));
    }

    #[test]
    fn an_error_body_has_its_status_as_text() {
        let body = ScimError::new(ScimType::Uniqueness, "userName is taken").body();
        assert_eq!(body["status"], "409");
        assert_eq!(body["scimType"], "uniqueness");
        assert_eq!(body["schemas"][0], ERROR_SCHEMA);
    }
}
