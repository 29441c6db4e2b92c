//! THE table: from the core's errors to what a gRPC client sees.

use std::{collections::HashMap, error::Error as StdError, time::Duration};

use identity_core::{
    deactivation_safeguard::RETRY_HELD,
    error::{Error, PageFault, Rule},
};
use identity_proto::v1::ErrorReason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every reason.
const DOMAIN: &str = "roster.identity.v1";
/// Prefix that every reason's name has in the proto, and nowhere else.
const REASON_PREFIX: &str = "ERROR_REASON_";
/// When to repeat a call that met a busy or absent store.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);
/// Bytes of a message. A status travels in headers, whose size clients limit (often to 16 KiB), and what the client sent
/// can be far longer.
const MAX_MESSAGE_BYTES: usize = 512;
/// Bytes of a value in the metadata, for the same reason.
const MAX_VALUE_BYTES: usize = 256;

/// Code, reason and further details that the table gives for an error, beside its message.
#[derive(Debug)]
struct Refusal {
    code: Code,
    reason: ErrorReason,
    metadata: HashMap<String, String>,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn new(code: Code, reason: ErrorReason) -> Self {
        Self {
            code,
            reason,
            metadata: HashMap::new(),
            retry_after: None,
        }
    }

    fn with(mut self, key: &str, value: &impl ToString) -> Self {
        self.metadata
            .insert(key.to_owned(), clip(value.to_string(), MAX_VALUE_BYTES));
        self
    }

    fn retry_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }
}

fn refusal(error: &Error) -> Refusal {
    use ErrorReason as Reason;
    match error {
        Error::NotFound { resource, id } => Refusal::new(Code::NotFound, Reason::ResourceNotFound)
            .with("resource", &resource.name())
            .with("id", id),
        Error::AlreadyExists { resource, field } => {
            Refusal::new(Code::AlreadyExists, Reason::ResourceAlreadyExists)
                .with("resource", &resource.name())
                .with("field", field)
        }
        Error::Invalid { field, rule: _ } => {
            Refusal::new(Code::InvalidArgument, Reason::FieldInvalid).with("field", field)
        }
        Error::InvalidFilter { attribute, why: _ } => {
            let refusal = Refusal::new(Code::InvalidArgument, Reason::FilterInvalid);
            match attribute {
                Some(attribute) => refusal.with("attribute", attribute),
                None => refusal,
            }
        }
        Error::InvalidPage(fault) => {
            Refusal::new(Code::InvalidArgument, Reason::PageInvalid).with("why", &page_fault(*fault))
        }
        Error::ReadOnly { field } => {
            Refusal::new(Code::InvalidArgument, Reason::FieldReadOnly).with("field", field)
        }
        Error::Managed { resource, by, name } => {
            Refusal::new(Code::FailedPrecondition, Reason::ManagedElsewhere)
                .with("resource", &resource.name())
                .with("managed_by", by)
                .with("connection", name)
        }
        Error::RuleBroken(rule) => broken_rule(rule),
        Error::VersionMismatch { expected, actual } => Refusal::new(Code::Aborted, Reason::VersionMismatch)
            .with("expected", expected)
            .with("actual", actual),
        Error::ResyncRequired { after, current } => Refusal::new(Code::OutOfRange, Reason::ResyncRequired)
            .with("after_revision", after)
            .with("current_revision", current),
        Error::TooMany {
            limit,
            maximum,
            retry_after,
        } => Refusal::new(Code::ResourceExhausted, Reason::LimitExceeded)
            .with("limit", limit)
            .with("maximum", maximum)
            .retry_after(*retry_after),
        Error::Unauthenticated(_) => Refusal::new(Code::Unauthenticated, Reason::TokenInvalid),
        Error::Forbidden(scope) => {
            Refusal::new(Code::PermissionDenied, Reason::ScopeMissing).with("scope", scope)
        }
        Error::ScopesMissing(scopes) => {
            Refusal::new(Code::PermissionDenied, Reason::ScopeMissing).with("scope", &scopes.join(","))
        }
        Error::CallerNotAllowed(_) => Refusal::new(Code::PermissionDenied, Reason::CallerNotAllowed),
        Error::SecretAlreadyShown { id } => {
            Refusal::new(Code::AlreadyExists, Reason::SecretAlreadyShown).with("id", id)
        }
        Error::RequestIdReused(id) => {
            Refusal::new(Code::InvalidArgument, Reason::RequestIdReused).with("request_id", id)
        }
        Error::Unavailable(_) => {
            Refusal::new(Code::Unavailable, Reason::TryAgain).retry_after(Some(RETRY_UNAVAILABLE))
        }
        Error::Internal(_) => Refusal::new(Code::Internal, Reason::Internal),
    }
}

fn broken_rule(rule: &Rule) -> Refusal {
    use ErrorReason as Reason;
    let refusal = |reason| Refusal::new(Code::FailedPrecondition, reason);
    match rule {
        Rule::LastAdmin => refusal(Reason::LastAdmin),
        Rule::OrganizationSuspended => refusal(Reason::OrganizationSuspended),
        Rule::PlanLacksFeature(feature) => refusal(Reason::PlanLacksFeature).with("feature", feature),
        Rule::PlanLacksLicense(license) => refusal(Reason::PlanLacksFeature)
            .with("feature", &"licenses")
            .with("license", license),
        Rule::PolicyForbids(setting) => refusal(Reason::PolicyForbids).with("setting", setting),
        Rule::TokenNeverEnds => {
            refusal(Reason::PolicyForbids).with("setting", &"tokens.rotation_requires_expiry")
        }
        Rule::AddressNotAllowed(address) => {
            let refusal = refusal(Reason::PolicyForbids).with("setting", &"network.ip_allowlist");
            match address {
                Some(address) => refusal.with("address", address),
                None => refusal,
            }
        }
        Rule::GroupCycle(id) => refusal(Reason::GroupCycle).with("member_id", id),
        Rule::ConnectionDisabled(id) => refusal(Reason::ConnectionDisabled).with("connection_id", id),
        Rule::RoleCeiling { role, ceiling } => refusal(Reason::RoleCeiling)
            .with("role", role)
            .with("ceiling", ceiling),
        Rule::SeveralUsers(key) => refusal(Reason::SeveralUsers).with("key", key),
        Rule::SeatsExhausted(seats) => refusal(Reason::SeatsExhausted).with("seats", seats),
        Rule::QuotaExhausted(setting, maximum) => refusal(Reason::QuotaExhausted)
            .with("setting", setting)
            .with("maximum", maximum),
        Rule::BreakGlassAccount => refusal(Reason::BreakGlassAccount),
        Rule::NotManagedHere(resource) => refusal(Reason::NotManagedHere).with("resource", &resource.name()),
        Rule::BrakeHeld => {
            Refusal::new(Code::ResourceExhausted, Reason::BrakeHeld).retry_after(Some(RETRY_HELD))
        }
        Rule::BrakeRejected => refusal(Reason::BrakeRejected),
    }
}

fn page_fault(fault: PageFault) -> &'static str {
    match fault {
        PageFault::Size => "page_size",
        PageFault::Malformed => "malformed",
        PageFault::Expired => "expired",
        PageFault::OtherQuery => "other_query",
    }
}

/// The field of the request that is at fault, and why.
fn violation(error: &Error) -> Option<(String, String)> {
    let field = match error {
        Error::Invalid { field, rule } => return Some((field.clone(), rule.clone())),
        Error::ReadOnly { field } => field.as_str(),
        Error::InvalidFilter { .. } => "filter",
        Error::InvalidPage(PageFault::Size) => "page_size",
        Error::InvalidPage(_) => "page_token",
        Error::RequestIdReused(_) => "request_id",
        _ => return None,
    };
    Some((field.to_owned(), error.to_string()))
}

/// The status of a refused call. The cause of a defect or an outage goes to the log, under the request's id, and no further.
pub(crate) fn refuse(error: &Error, request_id: &str) -> Status {
    if let Error::Internal(source) = error {
        tracing::error!(request_id, cause = causes(source.as_ref()), "a defect");
    }
    if let Error::Unavailable(source) = error {
        tracing::warn!(
            request_id,
            cause = causes(source.as_ref()),
            "the store is busy or not reachable"
        );
    }
    let refusal = refusal(error);
    let mut details = ErrorDetails::with_error_info(name(refusal.reason), DOMAIN, refusal.metadata);
    if let Some((field, rule)) = violation(error) {
        details.add_bad_request_violation(clip(field, MAX_VALUE_BYTES), clip(rule, MAX_MESSAGE_BYTES));
    }
    if let Some(wait) = refusal.retry_after {
        details.set_retry_info(Some(wait));
    }
    Status::with_error_details(refusal.code, clip(error.to_string(), MAX_MESSAGE_BYTES), details)
}

/// The status of a call whose deadline passed.
pub(crate) fn deadline_exceeded() -> Status {
    let reason = name(ErrorReason::DeadlineExceeded);
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::<String, String>::new());
    let message = "the deadline passed before the answer was there";
    Status::with_error_details(Code::DeadlineExceeded, message, details)
}

fn name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix(REASON_PREFIX).unwrap_or(name)
}

fn causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// The text, cut at a character if it is longer than so many bytes.
fn clip(mut text: String, max: usize) -> String {
    text.truncate(text.floor_char_boundary(max));
    text
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use identity_core::{
        error::{Error, PageFault, Resource, Rule},
        id::Id,
    };
    use identity_proto::v1::ErrorReason;
    use tonic::Status;
    use tonic_types::StatusExt;
    use uuid::Uuid;

    use super::{DOMAIN, deadline_exceeded, name, refuse};

    /// No reason has a number as large as this; there are gaps below.
    const NUMBERS: i32 = 1000;
    const USER: Resource = Resource::User;
    const ID: Id = Id(Uuid::nil());

    /// One error of every kind, with the code, the reason and the metadata's keys that a client sees.
    fn table() -> Vec<(Error, &'static str)> {
        let not_found = Error::not_found(USER, "7");
        let invalid = Error::invalid("emails[2].value", "is odd");
        let mut table = vec![
            (not_found, "NotFound RESOURCE_NOT_FOUND id resource"),
            (exists(), "AlreadyExists RESOURCE_ALREADY_EXISTS field resource"),
            (invalid, "InvalidArgument FIELD_INVALID field"),
            (filter(), "InvalidArgument FILTER_INVALID attribute"),
            (
                Error::InvalidPage(PageFault::Size),
                "InvalidArgument PAGE_INVALID why",
            ),
            (read_only(), "InvalidArgument FIELD_READ_ONLY field"),
            (
                managed(),
                "FailedPrecondition MANAGED_ELSEWHERE connection managed_by resource",
            ),
            (mismatch(), "Aborted VERSION_MISMATCH actual expected"),
            (
                Error::ResyncRequired { after: 1, current: 9 },
                "OutOfRange RESYNC_REQUIRED after_revision current_revision",
            ),
            (too_many(), "ResourceExhausted LIMIT_EXCEEDED limit maximum"),
            (Error::Unauthenticated("expired"), "Unauthenticated TOKEN_INVALID"),
            (
                Error::Forbidden("users:read"),
                "PermissionDenied SCOPE_MISSING scope",
            ),
            (
                Error::ScopesMissing(vec!["users:read", "users:write"]),
                "PermissionDenied SCOPE_MISSING scope",
            ),
            (
                Error::CallerNotAllowed("no"),
                "PermissionDenied CALLER_NOT_ALLOWED",
            ),
            (
                Error::SecretAlreadyShown { id: ID },
                "AlreadyExists SECRET_ALREADY_SHOWN id",
            ),
            (
                Error::RequestIdReused("r".into()),
                "InvalidArgument REQUEST_ID_REUSED request_id",
            ),
            (Error::Unavailable("pool".into()), "Unavailable TRY_AGAIN"),
            (Error::Internal("driver".into()), "Internal INTERNAL"),
        ];
        table.extend(rules().map(|(rule, expected)| (Error::RuleBroken(rule), expected)));
        table
    }

    fn rules() -> [(Rule, &'static str); 14] {
        [
            (Rule::LastAdmin, "FailedPrecondition LAST_ADMIN"),
            (
                Rule::OrganizationSuspended,
                "FailedPrecondition ORGANIZATION_SUSPENDED",
            ),
            (
                Rule::PlanLacksFeature("scim"),
                "FailedPrecondition PLAN_LACKS_FEATURE feature",
            ),
            (
                Rule::PolicyForbids("a.b"),
                "FailedPrecondition POLICY_FORBIDS setting",
            ),
            (
                Rule::QuotaExhausted("a.b", 5),
                "FailedPrecondition QUOTA_EXHAUSTED maximum setting",
            ),
            (Rule::GroupCycle(ID), "FailedPrecondition GROUP_CYCLE member_id"),
            (
                Rule::ConnectionDisabled(ID),
                "FailedPrecondition CONNECTION_DISABLED connection_id",
            ),
            (
                Rule::RoleCeiling {
                    role: "admin".into(),
                    ceiling: "editor".into(),
                },
                "FailedPrecondition ROLE_CEILING ceiling role",
            ),
            (
                Rule::SeveralUsers("email"),
                "FailedPrecondition SEVERAL_USERS key",
            ),
            (
                Rule::SeatsExhausted(5),
                "FailedPrecondition SEATS_EXHAUSTED seats",
            ),
            (Rule::BreakGlassAccount, "FailedPrecondition BREAK_GLASS_ACCOUNT"),
            (
                Rule::NotManagedHere(USER),
                "FailedPrecondition NOT_MANAGED_HERE resource",
            ),
            (Rule::BrakeHeld, "ResourceExhausted BRAKE_HELD"),
            (Rule::BrakeRejected, "FailedPrecondition BRAKE_REJECTED"),
        ]
    }

    fn exists() -> Error {
        let field = "user_name";
        Error::AlreadyExists {
            resource: USER,
            field,
        }
    }

    fn filter() -> Error {
        let (attribute, why) = (Some("shoe_size".into()), "is unknown".into());
        Error::InvalidFilter { attribute, why }
    }

    fn read_only() -> Error {
        Error::ReadOnly { field: "id".into() }
    }

    fn managed() -> Error {
        Error::Managed {
            resource: USER,
            by: ID,
            name: "okta".into(),
        }
    }

    fn mismatch() -> Error {
        let (expected, actual) = ("1".into(), "2".into());
        Error::VersionMismatch { expected, actual }
    }

    fn too_many() -> Error {
        Error::TooMany {
            limit: "members in one change",
            maximum: 5,
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    /// The code, the reason and the metadata's keys in order.
    fn seen(status: &Status) -> String {
        let info = status.get_details_error_info().expect("an ErrorInfo");
        assert_eq!(info.domain, DOMAIN);
        let keys: BTreeSet<_> = info.metadata.into_keys().collect();
        let words = [format!("{:?}", status.code()), info.reason]
            .into_iter()
            .chain(keys);
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_error_has_its_code_its_reason_and_its_metadata() {
        for (error, expected) in table() {
            assert_eq!(seen(&refuse(&error, "r-1")), expected);
        }
        assert_eq!(seen(&deadline_exceeded()), "DeadlineExceeded DEADLINE_EXCEEDED");
    }

    #[test]
    fn every_declared_reason_is_given() {
        let statuses = table().into_iter().map(|(error, _)| refuse(&error, ""));
        let given: BTreeSet<_> = statuses
            .chain([deadline_exceeded()])
            .map(|status| status.get_details_error_info().unwrap().reason)
            .collect();
        let declared: BTreeSet<_> = (1..NUMBERS)
            .filter_map(|number| ErrorReason::try_from(number).ok())
            .map(|reason| name(reason).to_owned())
            .collect();
        assert_eq!(given, declared);
    }

    #[test]
    fn causes_stay_in_the_process() {
        for error in [
            Error::Unavailable("secret host".into()),
            Error::Internal("secret row".into()),
        ] {
            let status = refuse(&error, "r-1");
            assert!(!format!("{status:?}").contains("secret"));
            assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
        }
    }

    #[test]
    fn a_field_at_fault_is_told_as_a_bad_request() {
        let status = refuse(
            &Error::invalid("emails[2].value", "must be an e-mail address"),
            "",
        );
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "emails[2].value");
        assert_eq!(violations[0].description, "must be an e-mail address");
    }

    #[test]
    fn what_may_be_repeated_says_when() {
        for (error, seconds) in [(too_many(), 7), (Error::Unavailable("x".into()), 1)] {
            let delay = refuse(&error, "").get_details_retry_info().unwrap().retry_delay;
            assert_eq!(delay, Some(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn a_status_fits_into_headers_whatever_was_sent() {
        let long = "\u{1f600}".repeat(1 << 20);
        for error in [
            Error::not_found(Resource::User, &long),
            Error::invalid(long.clone(), long.clone()),
        ] {
            let headers = refuse(&error, "").into_http::<()>().into_parts().0.headers;
            let bytes: usize = headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len())
                .sum();
            assert!(bytes < 8 << 10, "{bytes}");
        }
    }
}
