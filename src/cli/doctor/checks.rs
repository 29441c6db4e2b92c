//! THE table of what doctor checks: each a function from facts to findings.

use std::time::Duration;

use http::{StatusCode, Uri};
use identity_proto::v1::{ConnectionHealthState as Health, Organization, OrganizationStatus};

use super::{
    super::{health, session::is_loopback},
    facts::{Examined, Facts, Refused},
    http::{HttpAnswer, NoAnswer},
};

/// Grade of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// All is well.
    Good,
    /// It will go wrong, or may be meant so.
    Warning,
    /// It is wrong.
    Fault,
}

impl Grade {
    /// The mark of a line.
    pub(super) const fn mark(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Warning => '!',
            Self::Fault => '✗',
        }
    }

    /// The name for programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// Result of a check.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    pub(super) text: String,
    /// The way to mend it; empty: nothing is to be mended.
    pub(super) fix: String,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Self {
            grade: Grade::Good,
            text: text.into(),
            fix: String::new(),
        }
    }

    fn warning(text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            grade: Grade::Warning,
            text: text.into(),
            fix: fix.into(),
        }
    }

    fn fault(text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            grade: Grade::Fault,
            text: text.into(),
            fix: fix.into(),
        }
    }
}

/// A check.
type Check = fn(&Facts) -> Vec<Finding>;

/// The checks, by what they look at. A check without facts finds nothing.
pub(super) const CHECKS: [(&str, Check); 11] = [
    ("service", service),
    ("token", token),
    ("clock", clock),
    ("organization", organization),
    ("connection", connection),
    ("issuer keys", issuer_keys),
    ("base URL", base_url),
    ("public URL", public_url),
    ("certificate", certificate),
    ("metrics", metrics),
    ("identity provider", sequence),
];

fn service(facts: &Facts) -> Vec<Finding> {
    vec![match &facts.unreachable {
        Some(cause) => Finding::fault(
            cause,
            "start it with roster serve, or say where it is with --endpoint or ROSTER_ENDPOINT",
        ),
        None => Finding::good(format!("{} answers", facts.endpoint)),
    }]
}

fn token(facts: &Facts) -> Vec<Finding> {
    match facts.refused {
        Some(Refused::Unknown) => vec![Finding::fault(
            "the token of the command line is unknown, expired or revoked",
            "set ROSTER_TOKEN to a token that holds",
        )],
        Some(Refused::Insufficient) => vec![Finding::warning(
            "the token of the command line may not read all that is checked",
            "use the root token, or one with connections:read, tokens:read and provisioning:read",
        )],
        None if facts.unreachable.is_none() => vec![Finding::good("it holds")],
        None => Vec::new(),
    }
}

/// Difference of clocks that does no harm: the time of the calls is in it.
const CLOCK_TOLERANCE: u64 = 30;

fn clock(facts: &Facts) -> Vec<Finding> {
    let of = |ahead: i64| {
        if ahead.unsigned_abs() <= CLOCK_TOLERANCE {
            return Finding::good("the server's agrees with this machine's");
        }
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        Finding::fault(
            format!("the server's is {} s {side} this machine's", ahead.unsigned_abs()),
            "synchronize both machines by NTP: tokens end and assertions are refused at the wrong time",
        )
    };
    facts.clock_ahead.into_iter().map(of).collect()
}

fn organization(facts: &Facts) -> Vec<Finding> {
    let of = |organization: &Organization| {
        let slug = &organization.slug;
        if organization.delete_time.is_some() {
            return Finding::fault(
                format!("{slug} is deleted"),
                format!("roster org undelete {}", organization.id),
            );
        }
        if organization.status() == OrganizationStatus::Suspended {
            return Finding::fault(
                format!("{slug} is suspended, and all its requests are refused"),
                format!("roster org update --org {slug} --status active"),
            );
        }
        if organization.seats > 0 && organization.active_user_count >= organization.seats {
            return Finding::warning(
                format!("all {} seats of {slug} are taken", organization.seats),
                format!("deactivate users, or roster org update --org {slug} --seats N"),
            );
        }
        Finding::good(format!("{slug} is served"))
    };
    facts.organization.iter().map(of).collect()
}

fn connection(facts: &Facts) -> Vec<Finding> {
    let org = facts.organization.as_ref().map_or("ORG", |it| &it.slug);
    if facts.connections.is_empty() && facts.organization.is_some() && facts.refused.is_none() {
        return vec![Finding::warning(
            "there is none",
            format!("roster connection create --org {org} --name okta --idp okta --token-expires-in 180d"),
        )];
    }
    facts
        .connections
        .iter()
        .map(|examined| state_of(examined, org))
        .collect()
}

fn state_of(examined: &Examined, org: &str) -> Finding {
    let (health, name) = (&examined.health, &examined.connection.name);
    let told = format!("{name} is {}", health::state_label(health));
    if health.state() == Health::NeverCalled
        && examined.tokens == Some(0)
        && examined.connection.federation.is_none()
    {
        return Finding::fault(
            format!("{name} has no token"),
            format!(
                "roster scim-token create --org {org} --connection {name} --name {name} --expires-in 180d"
            ),
        );
    }
    let fix = match health::command(health, org) {
        Some(command) => format!("{} {command}", health.advice),
        None => health.advice.clone(),
    };
    match health.state() {
        Health::Healthy | Health::Tested => Finding::good(told),
        Health::NeverCalled | Health::Quiet | Health::CredentialsExpiring | Health::Unspecified => {
            Finding::warning(told, fix)
        }
        Health::Disabled | Health::CredentialsExpired | Health::Held => Finding::fault(told, fix),
        Health::Failing => {
            let cause = health.last_failure.as_ref().map_or_else(String::new, |failure| {
                match failure.detail.as_str() {
                    "" => format!(", last with status {}", failure.status),
                    detail => format!(", last with status {}: {detail}", failure.status),
                }
            });
            Finding::fault(format!("{told}{cause}"), fix)
        }
    }
}

fn issuer_keys(facts: &Facts) -> Vec<Finding> {
    let federated = facts.connections.iter().filter_map(|it| {
        let address = &it.connection.federation.as_ref()?.jwks_uri;
        Some((&it.connection.name, address, it.keys.as_ref()))
    });
    federated
        .map(|(name, address, cause)| match cause {
            None => Finding::good(format!("those of {name} are at {address}")),
            Some(cause) => Finding::fault(
                format!("those of {name} cannot be fetched from {address}: {cause}"),
                format!(
                    "correct --jwks-uri of roster connection federate {name}, or let this machine reach it"
                ),
            ),
        })
        .collect()
}

/// The end of every base URL.
const PATH: &str = "/scim/v2";

/// The URL as an identity provider should have it.
fn corrected(url: &str, told: &str) -> String {
    if !told.is_empty() {
        return told.trim_end_matches('/').to_owned();
    }
    let origin = url.parse::<Uri>().ok().and_then(|uri| {
        let authority = uri.authority()?.to_string();
        Some(format!("{}://{authority}", uri.scheme_str().unwrap_or("https")))
    });
    format!("{}{PATH}", origin.unwrap_or_else(|| "https://HOST".to_owned()))
}

fn base_url(facts: &Facts) -> Vec<Finding> {
    let Some(base) = &facts.base else {
        let is_known = facts.unreachable.is_none() && facts.refused.is_none();
        return if is_known && facts.told_base.is_empty() && !facts.connections.is_empty() {
            vec![Finding::fault(
                "the server does not know under which URL identity providers see it",
                "set --scim-public-url, on the core and on the facade",
            )]
        } else {
            Vec::new()
        };
    };
    let url = base.url.as_str();
    let fix = format!(
        "enter {} at the identity provider",
        corrected(url, &facts.told_base)
    );
    let Ok(uri) = url.parse::<Uri>() else {
        return vec![Finding::fault(format!("{url:?} is no URL"), fix)];
    };
    let path = uri.path();
    let plain = path.trim_end_matches('/');
    let is_resource = ["/Users", "/Groups", "/Me", "/Bulk"]
        .iter()
        .any(|resource| plain.ends_with(resource));
    let told = facts.told_base.parse::<Uri>().ok();
    let told_path = told
        .as_ref()
        .map_or(PATH, |told| told.path().trim_end_matches('/'));
    if is_resource {
        return vec![Finding::fault(
            format!("{url} names a resource: the identity provider adds /Users itself"),
            fix,
        )];
    }
    if plain != told_path && plain != PATH {
        return vec![Finding::fault(
            format!("{url} does not end with {told_path}"),
            fix,
        )];
    }
    let host_differs = told
        .as_ref()
        .is_some_and(|told| told.authority() != uri.authority());
    if host_differs {
        return vec![Finding::warning(
            format!("{url} has another host than {}", facts.told_base),
            "set --scim-public-url to the URL that identity providers use: links in answers follow from it",
        )];
    }
    if path.ends_with('/') {
        return vec![Finding::warning(
            format!("{url} ends with a slash, which some identity providers double"),
            fix,
        )];
    }
    vec![Finding::good(url)]
}

fn public_url(facts: &Facts) -> Vec<Finding> {
    let Some(base) = &facts.base else {
        return Vec::new();
    };
    let url = &base.url;
    let uri = url.parse::<Uri>().unwrap_or_default();
    if uri.scheme_str() == Some("http") && !is_loopback(&uri) {
        return vec![Finding::fault(
            format!("{url} is not encrypted: anybody on the way reads the token"),
            "serve TLS (--tls-cert and --tls-key, or a proxy), and set --scim-public-url to the https URL",
        )];
    }
    let Some(answer) = &base.answer else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    match answer {
        Ok(answer) if is_roster(answer) => findings.push(Finding::good(format!("{url} answers"))),
        Ok(answer) => findings.push(Finding::fault(
            format!("something else than Roster answers at {url}, with status {}", answer.status.as_u16()),
            "let the proxy pass the whole path on to the SCIM listener, or correct --scim-public-url",
        )),
        Err(NoAnswer::Unreachable(cause)) => findings.push(Finding::fault(
            format!("{url} cannot be reached: {cause}"),
            "open the way (DNS, firewall, proxy) to the SCIM listener, or correct --scim-public-url",
        )),
        Err(NoAnswer::NotHttp(cause)) => findings.push(Finding::fault(
            format!("{url} speaks no HTTP: {cause}"),
            "let --scim-public-url name the SCIM listener and not the gRPC listener; with TLS it begins with https",
        )),
        // The check of the certificate tells.
        Err(_) => {}
    }
    if is_loopback(&uri) && matches!(answer, Ok(answer) if is_roster(answer)) {
        findings.push(Finding::warning(
            format!("{url} is reached from this machine alone"),
            "listen beyond loopback behind TLS, and set --scim-public-url, before an identity provider outside is connected",
        ));
    }
    findings
}

/// Tells whether an answer without a token is one of ours: 401 with a SCIM error, or the configuration.
pub(super) fn is_roster(answer: &HttpAnswer) -> bool {
    let is_scim = answer
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/scim+json"));
    is_scim && [StatusCode::OK, StatusCode::UNAUTHORIZED].contains(&answer.status)
}

fn certificate(facts: &Facts) -> Vec<Finding> {
    let Some(base) = facts.base.as_ref().filter(|base| base.url.starts_with("https:")) else {
        return Vec::new();
    };
    let fault = |text: &str, fix: &str| vec![Finding::fault(format!("that of {} {text}", base.url), fix)];
    match &base.answer {
        Some(Ok(answer)) if answer.certificate_ends_soon => vec![Finding::warning(
            format!(
                "that of {} ends within {} days",
                base.url,
                Duration::from_hours(14 * 24).as_secs() / 86_400
            ),
            "renew it; the server takes a new file by itself",
        )],
        Some(Ok(_)) => vec![Finding::good("it holds for two weeks and more")],
        Some(Err(NoAnswer::Expired)) => fault(
            "has expired, or is not valid yet",
            "renew it; the server takes a new file by itself",
        ),
        Some(Err(NoAnswer::OtherHost)) => fault(
            "is for another host",
            "get one for this host, or correct --scim-public-url",
        ),
        Some(Err(NoAnswer::UnknownAuthority)) => fault(
            "is signed by nobody whom identity providers know",
            "get one of a public authority, and put its whole chain into --tls-cert; --ca FILE trusts a private one here",
        ),
        Some(Err(NoAnswer::Tls(cause))) => fault(
            &format!("cannot be checked: {cause}"),
            "let --scim-public-url name a listener with TLS",
        ),
        Some(Err(_)) | None => Vec::new(),
    }
}

fn metrics(facts: &Facts) -> Vec<Finding> {
    let Some(base) = &facts.base else {
        return Vec::new();
    };
    let uri = base.url.parse::<Uri>().unwrap_or_default();
    let Some(answer) = &base.metrics else {
        return Vec::new();
    };
    let are_shown = answer.status == StatusCode::OK && answer.body.contains("# TYPE");
    if !are_shown {
        return vec![Finding::good("identity providers do not see them")];
    }
    let text = "everybody who reaches the base URL reads /metrics";
    let fix = "set --management-listen, or let the proxy pass on the path of the base URL alone";
    vec![if is_loopback(&uri) {
        Finding::warning(text, fix)
    } else {
        Finding::fault(text, fix)
    }]
}

fn sequence(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, answer) in &facts.sequence {
        let Ok(answer) = answer else {
            // The checks of URL and certificate tell.
            continue;
        };
        let status = answer.status.as_u16();
        let detail = scim_detail(&answer.body);
        match answer.status {
            StatusCode::UNAUTHORIZED => {
                findings.push(Finding::fault(
                    "its token is unknown, expired or deleted",
                    "make one with roster scim-token create, and enter its whole secret",
                ));
                // All others are refused for the same.
                return findings;
            }
            StatusCode::FORBIDDEN => {
                findings.push(Finding::fault(
                    format!("{name} is refused: {detail}"),
                    "docs/connect/troubleshooting.md#403 tells for each text what lets it pass",
                ));
            }
            ok if ok.is_success() => {}
            StatusCode::TOO_MANY_REQUESTS => findings.push(Finding::warning(
                format!("{name} is slowed down"),
                "repeat in a minute",
            )),
            _ => findings.push(Finding::fault(
                format!("{name} is answered with status {status}: {detail}"),
                "see the server's log for this time",
            )),
        }
    }
    if findings.is_empty() && !facts.sequence.is_empty() && facts.sequence.iter().all(|it| it.1.is_ok()) {
        findings.push(Finding::good("what it asks first is answered"));
    }
    findings
}

fn scim_detail(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    value["detail"].as_str().unwrap_or_default().to_owned()
}
