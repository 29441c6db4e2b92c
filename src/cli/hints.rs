//! What to do about a refusal.

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

/// The step that helps after this refusal; none: its text says it all.
fn next_step(status: &Status) -> Option<String> {
    if status.message() == "Timeout expired" {
        return Some("the service did not answer in time; --timeout gives it longer".to_owned());
    }
    let info = status.get_details_error_info()?;
    let step = match info.reason.as_str() {
        "FIELD_INVALID" => return field_step(&info),
        "FILTER_INVALID" => return Some(attribute_step(&info)),
        "POLICY_FORBIDS" => {
            let setting = info.metadata.get("setting")?;
            return Some(format!(
                "roster policy get {setting} shows the setting, roster policy set {setting}=VALUE changes it"
            ));
        }
        "RESOURCE_NOT_FOUND" => {
            let resource = info.metadata.get("resource")?;
            let (_, list) = LISTS.iter().find(|(name, _)| *name == resource.as_str())?;
            return Some(format!("{list} shows those that there are"));
        }
        "MANAGED_ELSEWHERE" => "change it in the identity provider, or give --break-glass REASON",
        "TOKEN_INVALID" => "ROSTER_TOKEN holds the token",
        "SCOPE_MISSING" => "roster whoami shows the token's scopes",
        "CALLER_NOT_ALLOWED" => "roster whoami shows whose token calls",
        "ORGANIZATION_SUSPENDED" => "root serves it again by roster org update --status active",
        "CONNECTION_DISABLED" => "roster connection enable serves it again",
        "SEATS_EXHAUSTED" => "deactivate users, or let root give more by roster org update --seats N",
        "PLAN_LACKS_FEATURE" => "root changes the plan by roster org update --plan NAME",
        "LAST_ADMIN" => "make another user an administrator first",
        "ROLE_CEILING" => "roster connection update --max-role ROLE lets the connection give more",
        "VERSION_MISMATCH" | "TRY_AGAIN" => "repeat the command",
        _ => return None,
    };
    Some(step.to_owned())
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

    use tonic_types::ErrorDetails;

    use super::*;

    fn refusal(reason: &str, metadata: &[(&str, &str)]) -> Status {
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
        let cases: [(&str, &[(&str, &str)], &str); 8] = [
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
            ("SCOPE_MISSING", &[("scope", "users:read")], "roster whoami"),
            ("ORGANIZATION_SUSPENDED", &[], "--status active"),
        ];
        for (reason, metadata, step) in cases {
            let told = told(&refusal(reason, metadata));
            assert!(told.contains(step), "{reason}: {told}");
        }
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
