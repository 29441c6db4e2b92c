//! From a request and its answer to a record.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity_proto::v1::{
    ErrorReason, ProvisioningAction as Action, ProvisioningOutcome, ProvisioningRequest,
};
use tokio::time::Instant;

use super::notes::{Facts, Notes};
use crate::{attributes::ResourceKind, error::LoggedRefusal, limits::MAX_LOG_TEXT};

/// Characters of a client's name.
const MAX_CLIENT: usize = 64;

/// A request, as the outer layer knows it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `Bearer …`, or the secret of an OAuth client behind it.
    pub(crate) bearer: HeaderValue,
    /// The id under which the other logs know it.
    pub(crate) id: HeaderValue,
    /// The header `User-Agent`.
    pub(crate) client: Option<HeaderValue>,
    pub(crate) method: &'static str,
    pub(crate) endpoint: &'static str,
    pub(crate) begun: Instant,
}

impl Request {
    /// The header that names the client's program.
    pub(crate) fn client(headers: &HeaderMap) -> Option<HeaderValue> {
        headers.get(header::USER_AGENT).cloned()
    }

    /// The record of this request, with what its handler noted and how it was answered.
    pub(super) fn record(
        &self,
        notes: &Notes,
        status: StatusCode,
        refusal: Option<&LoggedRefusal>,
    ) -> ProvisioningRequest {
        let mut facts = notes.take();
        let kind = kind(self.endpoint);
        let action = action(self.method, self.endpoint, kind, &mut facts);
        let effect = facts.effect.unwrap_or_default();
        let outcome = if status.is_client_error() || status.is_server_error() {
            refused(status)
        } else if !effect.ignored.is_empty() {
            ProvisioningOutcome::PartlyIgnored
        } else if effect.revision > 0 || action == Action::Token {
            ProvisioningOutcome::Applied
        } else {
            ProvisioningOutcome::Unchanged
        };
        let request_id = self.id.to_str().unwrap_or_default();
        ProvisioningRequest {
            request_id: request_id.to_owned(),
            user_agent: self.client.as_ref().map_or_else(String::new, client),
            method: self.method.to_owned(),
            path: self.endpoint.to_owned(),
            resource_type: kind.map_or_else(String::new, |kind| format!("{kind:?}")),
            target_id: cut(facts.id),
            target_name: cut(facts.name),
            target_external_id: cut(facts.external_id),
            action: action.into(),
            count: facts.count,
            outcome: outcome.into(),
            status: status.as_u16().into(),
            scim_type: refusal.and_then(|it| it.scim_type).unwrap_or_default().to_owned(),
            detail: refusal.map_or_else(String::new, |it| cut_str(&it.detail).to_owned()),
            reason: refusal
                .and_then(|it| it.reason)
                .unwrap_or(ErrorReason::Unspecified)
                .into(),
            revision: effect.revision,
            ignored: effect.ignored,
            coerced: facts.coerced,
            duration: prost_types::Duration::try_from(self.begun.elapsed()).ok(),
            ..ProvisioningRequest::default()
        }
    }
}

/// Cuts a text, so that what waits to be sent is bounded.
fn cut(text: String) -> String {
    if text.len() <= MAX_LOG_TEXT {
        return text;
    }
    cut_str(&text).to_owned()
}

fn cut_str(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_LOG_TEXT)]
}

/// The client's name without version and platform: `okta-scim-client/1.0.0 (…)` is `okta-scim-client`.
fn client(header: &HeaderValue) -> String {
    let text = header.to_str().unwrap_or_default();
    let name = text.split(['/', ' ', ';', '(']).next().unwrap_or_default();
    name.chars().take(MAX_CLIENT).collect()
}

fn kind(endpoint: &str) -> Option<ResourceKind> {
    if endpoint.starts_with("/Users") {
        Some(ResourceKind::User)
    } else if endpoint.starts_with("/Groups") {
        Some(ResourceKind::Group)
    } else {
        None
    }
}

fn action(method: &str, endpoint: &str, kind: Option<ResourceKind>, facts: &mut Facts) -> Action {
    match (method, endpoint) {
        (_, "none") => Action::Unspecified,
        (_, "/Bulk") => Action::Bulk,
        ("POST", "/oauth2/token") => Action::Token,
        ("POST", "/Users" | "/Groups") => Action::Create,
        ("DELETE", _) => Action::Delete,
        ("PUT" | "PATCH", _) => facts.changed(kind).unwrap_or(Action::Update),
        ("GET" | "HEAD", "/Users/{id}" | "/Groups/{id}") => Action::LookUp,
        ("GET" | "HEAD" | "POST", _) if kind.is_some() => facts.action.unwrap_or(Action::List),
        ("GET" | "HEAD" | "POST", "/" | "/.search") => Action::List,
        ("GET" | "HEAD", _) => Action::Discover,
        _ => Action::Unspecified,
    }
}

fn refused(status: StatusCode) -> ProvisioningOutcome {
    match status {
        StatusCode::UNAUTHORIZED => ProvisioningOutcome::Unauthenticated,
        StatusCode::NOT_IMPLEMENTED => ProvisioningOutcome::Refused,
        _ if status.is_server_error() => ProvisioningOutcome::Failed,
        _ => ProvisioningOutcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_without_version_and_platform() {
        for (sent, name) in [
            ("okta-scim-client/1.0.0 (java)", "okta-scim-client"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Mozilla"),
            ("SCIM for Ping", "SCIM"),
            ("", ""),
        ] {
            assert_eq!(client(&HeaderValue::from_static(sent)), name);
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        assert_eq!(cut("ü".repeat(MAX_LOG_TEXT)).len(), MAX_LOG_TEXT);
        assert_eq!(cut("x".into()), "x");
    }

    #[test]
    fn the_route_says_what_a_request_means_where_its_handler_does_not() {
        let of = |method, endpoint| action(method, endpoint, kind(endpoint), &mut Facts::default());
        for (method, endpoint, expected) in [
            ("GET", "/Users", Action::List),
            ("POST", "/Users/.search", Action::List),
            ("POST", "/.search", Action::List),
            ("GET", "/", Action::List),
            ("GET", "/Groups/{id}", Action::LookUp),
            ("POST", "/Groups", Action::Create),
            ("PUT", "/Users/{id}", Action::Update),
            ("DELETE", "/Users/{id}", Action::Delete),
            ("GET", "/Schemas/{urn}", Action::Discover),
            ("GET", "/Roles", Action::Discover),
            ("POST", "/Bulk", Action::Bulk),
            ("POST", "/oauth2/token", Action::Token),
            ("POST", "/Roles", Action::Unspecified),
            ("GET", "none", Action::Unspecified),
        ] {
            assert_eq!(of(method, endpoint), expected, "{method} {endpoint}");
        }
    }
}
