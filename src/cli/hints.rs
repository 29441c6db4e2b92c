//! Next steps after a refusal.

use identity_proto::v1::{Group, User};
use tonic::{Code, Status};
use tonic_types::{ErrorInfo, StatusExt as _};

use super::{output::field_names, suggest::did_you_mean};

/// Commands that list things, by the name that errors have for them.
const LISTS: [(&str, &str); 9] = [
    ("organization", "roster org list"),
    ("user", "roster user list"),
    ("group", "roster group list"),
    ("connection", "roster connection list"),
    ("project", "roster project list"),
    ("role", "roster role permissions"),
    ("token", "roster token list --ids"),
    ("mapping_rule", "roster mapping list"),
    ("service_account", "roster service-account list"),
];

/// Steps that help, by the reason of the refusal.
const STEPS: [(&str, &str); 22] = [
    (
        "RESOURCE_ALREADY_EXISTS",
        "choose another name, or change the one that there is",
    ),
    (
        "MANAGED_ELSEWHERE",
        "change it in the identity provider, or give --break-glass REASON",
    ),
    (
        "NOT_MANAGED_HERE",
        "roster connection adopt CONNECTION --preview shows what it could take over",
    ),
    (
        "BREAK_GLASS_ACCOUNT",
        "roster user break-glass USER off makes it a user like others",
    ),
    ("TOKEN_INVALID", "ROSTER_TOKEN holds the token"),
    ("SCOPE_MISSING", "roster whoami shows the token's scopes"),
    ("CALLER_NOT_ALLOWED", "roster whoami shows whose token calls"),
    (
        "ORGANIZATION_SUSPENDED",
        "root serves it again by roster org update --status active",
    ),
    ("CONNECTION_DISABLED", "roster connection enable serves it again"),
    (
        "SEATS_EXHAUSTED",
        "deactivate users, or let root give more by roster org update --seats N",
    ),
    (
        "QUOTA_EXHAUSTED",
        "delete what is not needed, or let root allow more: roster policy list shows the quota settings",
    ),
    (
        "PLAN_LACKS_FEATURE",
        "root changes the plan by roster org update --plan NAME",
    ),
    ("LAST_ADMIN", "make another user an administrator first"),
    (
        "ROLE_CEILING",
        "roster connection update --max-role ROLE lets the connection give more",
    ),
    ("GROUP_CYCLE", "take the outer group out of the inner one first"),
    (
        "BRAKE_HELD",
        "roster connection brake release lets the deactivations pass",
    ),
    ("BRAKE_REJECTED", "roster connection brake reset counts anew"),
    ("SEVERAL_USERS", "give the id, which roster user list --ids shows"),
    (
        "SECRET_ALREADY_SHOWN",
        "rotate the token with another --request-id",
    ),
    ("RESYNC_REQUIRED", "read the lists anew, and watch from now on"),
    ("VERSION_MISMATCH", "repeat the command"),
    ("TRY_AGAIN", "repeat the command"),
];

/// Settings that ask for a fact of the organization, which may be what is missing.
const OF_FACTS: [(&str, &str); 1] = [(
    "sso.required_for_scim",
    "root says that the organization has SSO by roster org update --sso on",
)];

/// The step that helps after this refusal; none: its text says it all.
fn next_step(status: &Status) -> Option<String> {
    if status.message() == "Timeout expired" {
        return Some("the service did not answer in time; --timeout gives it longer".to_owned());
    }
    if status.message() == "transport error" {
        return Some("the service ended the connection; if it speaks TLS, use https://".to_owned());
    }
    let info = status.get_details_error_info()?;
    match info.reason.as_str() {
        "FIELD_INVALID" => field_step(&info),
        "FILTER_INVALID" => Some(attribute_step(&info)),
        "POLICY_FORBIDS" => {
            let setting = info.metadata.get("setting")?;
            let fact = OF_FACTS.iter().find(|(name, _)| name == setting);
            Some(format!(
                "{}roster policy get {setting} shows the setting, roster policy set {setting}=VALUE changes it",
                fact.map_or(String::new(), |(_, step)| format!("{step}; "))
            ))
        }
        "RESOURCE_NOT_FOUND" => {
            let resource = info.metadata.get("resource")?;
            let (_, list) = LISTS.iter().find(|(name, _)| *name == resource.as_str())?;
            Some(format!("{list} shows those that there are"))
        }
        reason => {
            let (_, step) = STEPS.iter().find(|(known, _)| *known == reason)?;
            Some((*step).to_owned())
        }
    }
}

/// The attribute that was probably meant.
fn attribute_step(info: &ErrorInfo) -> String {
    let named = info
        .metadata
        .get("attribute")
        .map(String::as_str)
        .unwrap_or_default();
    let known = [field_names::<User>(), field_names::<Group>()].concat();
    let hint = did_you_mean(named, known);
    match hint.strip_prefix("; ") {
        Some(hint) => hint.to_owned(),
        None => "attributes are named as in the API, for example user_name, emails.value or display_name"
            .to_owned(),
    }
}

/// The option that gives the field.
fn field_step(info: &ErrorInfo) -> Option<String> {
    let field = info.metadata.get("field")?;
    let step = match field.as_str() {
        "organization" => "give --org, or set ROSTER_ORG".to_owned(),
        "user_name" | "user.user_name" => "--user-name gives it".to_owned(),
        "display_name" | "group.display_name" => "--name or --display-name gives it".to_owned(),
        field if field.starts_with("settings[") => {
            "roster policy get shows settings and allowed values".to_owned()
        }
        "role" | "grant.role" => {
            "roster role permissions shows the roles, and where each can be held".to_owned()
        }
        _ => return None,
    };
    Some(step)
}

/// The text of a refusal with the name of the connection in the place of its id.
fn named(status: &Status) -> String {
    let text = status.message().to_owned();
    let Some(info) = status.get_details_error_info() else {
        return text;
    };
    match (info.metadata.get("managed_by"), info.metadata.get("connection")) {
        (Some(id), Some(name)) if !id.is_empty() && !name.is_empty() => text.replace(id, name),
        _ => text,
    }
}

/// The text of a refusal for a person: what was refused, and the step that helps.
pub(crate) fn told(status: &Status) -> String {
    let text = match named(status) {
        text if text.is_empty() => status.code().description().to_lowercase(),
        text => text,
    };
    let step = next_step(status).or_else(|| {
        let unauthenticated = status.code() == Code::Unauthenticated;
        unauthenticated.then(|| "ROSTER_TOKEN holds the token".to_owned())
    });
    match step {
        Some(step) => format!("{text}; {step}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use identity_proto::v1::ErrorReason;
    use tonic_types::ErrorDetails;

    use super::*;

    type Metadata<'a> = &'a [(&'a str, &'a str)];

    fn refusal(reason: &str, metadata: Metadata<'_>) -> Status {
        let metadata: HashMap<_, _> = metadata
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        let details = ErrorDetails::with_error_info(reason, "roster.identity.v1", metadata);
        Status::with_error_details(
            Code::FailedPrecondition,
            "user 7 is managed by connection 9",
            details,
        )
    }

    #[test]
    fn a_refusal_has_its_next_step() {
        let cases: [(&str, Metadata<'_>, &str); 9] = [
            (
                "FILTER_INVALID",
                &[("attribute", "user_nam")],
                "did you mean \"user_name\"?",
            ),
            ("FILTER_INVALID", &[("attribute", "shoe_size")], "emails.value"),
            (
                "POLICY_FORBIDS",
                &[("setting", "connections.max")],
                "roster policy set connections.max=VALUE",
            ),
            ("FIELD_INVALID", &[("field", "organization")], "--org"),
            (
                "RESOURCE_NOT_FOUND",
                &[("resource", "project")],
                "roster project list",
            ),
            ("SEATS_EXHAUSTED", &[], "--seats"),
            ("QUOTA_EXHAUSTED", &[], "roster policy list"),
            ("SCOPE_MISSING", &[("scope", "users:read")], "roster whoami"),
            ("ORGANIZATION_SUSPENDED", &[], "--status active"),
        ];
        for (reason, metadata, step) in cases {
            let told = told(&refusal(reason, metadata));
            assert!(told.contains(step), "{reason}: {told}");
        }
    }

    #[test]
    fn every_reason_has_a_next_step_or_says_it_all() {
        let by_what_it_is_about = [
            "FIELD_INVALID",
            "FILTER_INVALID",
            "POLICY_FORBIDS",
            "RESOURCE_NOT_FOUND",
        ];
        let says_it_all = [
            "PAGE_INVALID",
            "FIELD_READ_ONLY",
            "LIMIT_EXCEEDED",
            "INTERNAL",
            "REQUEST_ID_REUSED",
            "DEADLINE_EXCEEDED",
        ];
        let known: Vec<&str> = STEPS.iter().map(|(reason, _)| *reason).collect();
        let known = [&known[..], &by_what_it_is_about, &says_it_all].concat();
        let all = (1..100).filter_map(|number| ErrorReason::try_from(number).ok());
        let all: Vec<_> = all
            .filter_map(|reason| reason.as_str_name().strip_prefix("ERROR_REASON_"))
            .collect();
        let missing: Vec<_> = all.iter().filter(|reason| !known.contains(reason)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(known.len(), all.len());
    }

    #[test]
    fn a_connection_is_named_in_a_refusal() {
        let status = refusal(
            "MANAGED_ELSEWHERE",
            &[("managed_by", "9"), ("connection", "okta")],
        );
        let told = told(&status);
        assert!(
            told.starts_with("user 7 is managed by connection okta; "),
            "{told}"
        );
    }

    #[test]
    fn a_refusal_without_details_is_told_as_it_is() {
        assert_eq!(told(&Status::not_found("nothing")), "nothing");
        assert_eq!(
            told(&Status::not_found("")),
            "some requested entity was not found"
        );
        assert!(told(&Status::unauthenticated("no")).contains("ROSTER_TOKEN"));
    }
}
