//! The provisioning log: what identity providers asked for, and what became of it.

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{AppendHeaders, IntoResponse as _, Response},
};
use identity_proto::v1::{
    ErrorReason, ListProvisioningRequestsRequest, ProvisioningAction, ProvisioningOutcome,
    ProvisioningRequest,
};
use serde::Deserialize;
use tonic::Status;

use super::{PAGE_SIZE, show};
use crate::{
    refusal::Result,
    request::Visitor,
    view::{Frame, Moment, encoded, milliseconds, moment, plain, word},
};

/// Seconds between two looks at the log that is followed.
const FOLLOW_EVERY: u32 = 5;

const OUTCOMES: [ProvisioningOutcome; 6] = [
    ProvisioningOutcome::Applied,
    ProvisioningOutcome::Unchanged,
    ProvisioningOutcome::PartlyIgnored,
    ProvisioningOutcome::Refused,
    ProvisioningOutcome::Unauthenticated,
    ProvisioningOutcome::Failed,
];

/// Selection of requests.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Selection {
    outcome: String,
    target: String,
    connection: String,
    request: String,
    page: String,
    follow: String,
}

#[derive(Template)]
#[template(path = "provisioning.html")]
struct ProvisioningPage {
    frame: Frame,
    requests: Vec<Row>,
    outcomes: Vec<(String, bool)>,
    selection: Selection,
    follows: bool,
    follow_every: u32,
    query: String,
    next: String,
}

/// A request.
pub(super) struct Row {
    pub(super) time: Option<Moment>,
    pub(super) action: String,
    pub(super) target: String,
    pub(super) target_id: String,
    pub(super) outcome: String,
    pub(super) tone: &'static str,
    pub(super) sentence: String,
    pub(super) facts: Vec<(&'static str, String)>,
}

/// Lists requests, newest first.
pub(super) async fn list(
    visitor: Visitor,
    Path(org): Path<String>,
    Query(selection): Query<Selection>,
) -> Result<Response> {
    let outcome = OUTCOMES
        .into_iter()
        .find(|it| outcome_word(*it) == selection.outcome);
    let request = ListProvisioningRequestsRequest {
        organization: org.clone(),
        page_size: PAGE_SIZE,
        page_token: selection.page.clone(),
        connection_id: selection.connection.clone(),
        outcome: outcome.unwrap_or_default().into(),
        target: selection.target.trim().to_owned(),
        request_id: selection.request.trim().to_owned(),
        ..Default::default()
    };
    let mut log = visitor.client.provisioning_log();
    let listed = log.list_provisioning_requests(request).await?.into_inner();
    let follows = !selection.follow.is_empty() && selection.page.is_empty();
    let page = show(&ProvisioningPage {
        frame: visitor.frame(&org, "provisioning", "Provisioning log"),
        follow_every: FOLLOW_EVERY,
        requests: listed
            .requests
            .iter()
            .map(|it| Row::of(it, visitor.now))
            .collect(),
        outcomes: OUTCOMES.map(|it| (outcome_word(it), Some(it) == outcome)).into(),
        follows,
        query: query(&selection),
        selection,
        next: encoded(&listed.next_page_token),
    })?;
    let again = follows.then(|| [("refresh", FOLLOW_EVERY.to_string())]);
    Ok((again.map(AppendHeaders), page).into_response())
}

/// The selection as a query, without its page.
fn query(selection: &Selection) -> String {
    let Selection {
        outcome,
        target,
        connection,
        request,
        ..
    } = selection;
    let fields = [
        ("outcome", outcome),
        ("target", target),
        ("connection", connection),
        ("request", request),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
    given.fold(String::new(), |query, (name, value)| {
        query + name + "=" + &encoded(value) + "&"
    })
}

/// The newest requests.
pub(super) async fn newest(visitor: &Visitor, org: &str, number: i32) -> Result<Vec<Row>, Status> {
    about(visitor, org, "", number).await
}

/// The newest requests about a name or id; about anything if it is empty.
pub(super) async fn about(
    visitor: &Visitor,
    org: &str,
    target: &str,
    number: i32,
) -> Result<Vec<Row>, Status> {
    let request = ListProvisioningRequestsRequest {
        organization: org.to_owned(),
        page_size: number,
        target: target.to_owned(),
        ..Default::default()
    };
    let mut log = visitor.client.provisioning_log();
    let listed = log.list_provisioning_requests(request).await?.into_inner();
    Ok(listed
        .requests
        .iter()
        .map(|it| Row::of(it, visitor.now))
        .collect())
}

impl Row {
    fn of(request: &ProvisioningRequest, now: i64) -> Self {
        let outcome = request.outcome();
        let name = [
            &request.target_name,
            &request.target_external_id,
            &request.target_id,
        ];
        let name = name.into_iter().find(|name| !name.is_empty());
        Self {
            time: moment(request.time.as_ref(), now),
            action: action_word(request),
            target: plain(name.map_or("", String::as_str)),
            target_id: if request.resource_type == "User" {
                encoded(&request.target_id)
            } else {
                String::new()
            },
            outcome: outcome_word(outcome),
            tone: tone(outcome),
            sentence: sentence(request),
            facts: facts(request),
        }
    }
}

fn action_word(request: &ProvisioningRequest) -> String {
    let action = request.action();
    if action == ProvisioningAction::Unspecified {
        return format!("{} {}", request.method, request.path);
    }
    let word = word(action.as_str_name(), "PROVISIONING_ACTION");
    match request.resource_type.as_str() {
        "" => word,
        kind => format!("{word} {}", kind.to_lowercase()),
    }
}

fn outcome_word(outcome: ProvisioningOutcome) -> String {
    word(outcome.as_str_name(), "PROVISIONING_OUTCOME")
}

/// Color of an outcome.
fn tone(outcome: ProvisioningOutcome) -> &'static str {
    match outcome {
        ProvisioningOutcome::Applied => "good",
        ProvisioningOutcome::PartlyIgnored => "warn",
        ProvisioningOutcome::Refused | ProvisioningOutcome::Unauthenticated | ProvisioningOutcome::Failed => {
            "bad"
        }
        ProvisioningOutcome::Unchanged | ProvisioningOutcome::Unspecified => "quiet",
    }
}

fn sentence(request: &ProvisioningRequest) -> String {
    if !request.detail.is_empty() {
        return plain(&request.detail);
    }
    if let Some(first) = request.ignored.first() {
        return format!("ignored: {}", plain(first));
    }
    match request.revision {
        0 => String::new(),
        revision => format!("revision {revision}"),
    }
}

fn facts(request: &ProvisioningRequest) -> Vec<(&'static str, String)> {
    let reason = match request.reason() {
        ErrorReason::Unspecified => String::new(),
        reason => reason
            .as_str_name()
            .trim_start_matches("ERROR_REASON_")
            .to_owned(),
    };
    let revision = match request.revision {
        0 => String::new(),
        revision => revision.to_string(),
    };
    let mut facts = vec![
        ("Request", format!("{} {}", request.method, request.path)),
        ("Answer", format!("{} {}", request.status, request.scim_type)),
        ("Reason", reason),
        ("Detail", request.detail.clone()),
        ("Revision", revision),
        ("Name", request.target_name.clone()),
        ("External id", request.target_external_id.clone()),
        ("Id", request.target_id.clone()),
        ("Client", request.user_agent.clone()),
        ("Request id", request.request_id.clone()),
        ("Connection", request.connection_id.clone()),
        ("Token", request.token_id.clone()),
        ("Took", milliseconds(request.duration.as_ref())),
    ];
    facts.extend(request.ignored.iter().map(|it| ("Ignored", it.clone())));
    facts.extend(
        request
            .coerced
            .iter()
            .map(|it| ("Changed on the way in", it.clone())),
    );
    facts.retain(|(_, value)| !value.trim().is_empty());
    for (_, value) in &mut facts {
        *value = plain(value);
    }
    facts
}
