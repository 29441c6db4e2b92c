//! `roster provisioning`: what identity providers asked for, and what became of it.

use std::time::Duration;

use clap::{Args, Subcommand};
use identity_proto::v1::{
    ListProvisioningRequestsRequest, ListProvisioningRequestsResponse, ProvisioningAction,
    ProvisioningOutcome, ProvisioningRequest,
};
use prost_types::Timestamp;

use super::{
    InOrg,
    lines::Lines,
    list::Limit,
    log::parse_time,
    output::{Answer, Cell, Kind, Output, Row, Table, cells},
    rows::enum_label,
    session::Session,
};
use crate::failure::Failure;

const LIST_EXAMPLE: &str = "Examples:
  roster provisioning list --org acme --since 24h
  roster provisioning list --org acme --outcome refused --connection okta
  roster provisioning list --org acme --target zoe@acme.example --output json";
const TAIL_EXAMPLE: &str = "Examples:
  roster provisioning tail --org acme
  roster provisioning tail --org acme --outcome refused";
const SHOW_EXAMPLE: &str = "Examples:
  roster provisioning show 9c4f2a10-7 --org acme

The request id stands in the answer's header X-Request-Id, in the server's log and in the list.";

/// Interval at which the log is asked for new requests.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// Time that a poll looks back: a request is in the log up to a second and its own length after it came in.
const LOOK_BACK_SECONDS: i64 = 60;
/// Requests in one poll.
const POLL_PAGE: i32 = 1_000;

/// Commands about the provisioning log.
#[derive(Debug, Subcommand)]
pub(crate) enum ProvisioningCommand {
    /// List requests, newest first
    #[command(after_help = LIST_EXAMPLE)]
    List(ListArgs),
    /// Print requests as they come
    #[command(after_help = TAIL_EXAMPLE)]
    Tail(TailArgs),
    /// Show all that is known of a request
    #[command(after_help = SHOW_EXAMPLE)]
    Show(ShowArgs),
}

/// Conditions on the requests, all of which must hold.
#[derive(Args, Debug)]
pub(crate) struct Conditions {
    #[command(flatten)]
    org: InOrg,
    /// Only requests of this connection, by name or id
    #[arg(
        long,
        value_name = "CONNECTION",
        default_value = "",
        hide_default_value = true
    )]
    connection: String,
    /// Only requests of this meaning: create, deactivate, rename and so on
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<ProvisioningAction>,
    /// Only requests of this outcome: applied, unchanged, partly-ignored, refused, unauthenticated or failed
    #[arg(long, value_name = "OUTCOME", value_parser = outcome)]
    outcome: Option<ProvisioningOutcome>,
    /// Only requests about the user or group with this name, id or external id
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    target: String,
    /// Only requests with this request id
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    request_id: String,
}

/// The requests to list.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    conditions: Conditions,
    /// Only requests from then on: a time such as 2026-01-31T12:00:00Z, or how long ago, such as 24h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,
    /// Only requests before then
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    #[command(flatten)]
    limit: Limit,
}

/// The requests to follow.
#[derive(Args, Debug)]
pub(crate) struct TailArgs {
    #[command(flatten)]
    conditions: Conditions,
    /// End after so many requests
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// The request to show.
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// The request id
    #[arg(value_name = "REQUEST-ID")]
    request_id: String,
    #[command(flatten)]
    org: InOrg,
}

const ACTION: &str = "PROVISIONING_ACTION_";
const OUTCOME: &str = "PROVISIONING_OUTCOME_";

/// The action of this name.
fn action(name: &str) -> Result<ProvisioningAction, String> {
    let known = (1..).map_while(|number| ProvisioningAction::try_from(number).ok());
    named(name, ACTION, known.map(|it| (it, it.as_str_name())))
}

/// The outcome of this name.
fn outcome(name: &str) -> Result<ProvisioningOutcome, String> {
    let known = (1..).map_while(|number| ProvisioningOutcome::try_from(number).ok());
    named(name, OUTCOME, known.map(|it| (it, it.as_str_name())))
}

fn named<T>(name: &str, prefix: &str, known: impl Iterator<Item = (T, &'static str)>) -> Result<T, String> {
    let mut labels = Vec::new();
    for (value, full) in known {
        let label = enum_label(full, prefix);
        if label == name.replace('-', "_") {
            return Ok(value);
        }
        labels.push(label);
    }
    Err(format!("must be one of {}", labels.join(", ")))
}

/// Meaning of a request, for people: `members added 3`.
pub(super) fn action_label(request: &ProvisioningRequest) -> String {
    let label = match request.action() {
        ProvisioningAction::Unspecified => format!("{} {}", request.method, request.path),
        action => enum_label(action.as_str_name(), ACTION).replace('_', " "),
    };
    match request.count {
        0 => label,
        count => format!("{label} {count}"),
    }
}

/// Outcome of a request, for people.
pub(super) fn outcome_label(request: &ProvisioningRequest) -> String {
    enum_label(request.outcome().as_str_name(), OUTCOME).replace('_', " ")
}

impl Conditions {
    /// The request for them.
    async fn request(self, session: &Session) -> Result<ListProvisioningRequestsRequest, Failure> {
        let organization = self.org.org;
        let connection_id = match self.connection.as_str() {
            "" => String::new(),
            name => session.connection_id(&organization, name).await?,
        };
        Ok(ListProvisioningRequestsRequest {
            organization,
            connection_id,
            action: self.action.unwrap_or_default().into(),
            outcome: self.outcome.unwrap_or_default().into(),
            target: self.target,
            request_id: self.request_id,
            ..Default::default()
        })
    }
}

impl ProvisioningCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => args.run(session).await,
            Self::Show(args) => args.run(session).await,
            Self::Tail(_) => Err(Failure::Usage("tail answers line by line".into())),
        }
    }
}

impl ListArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let request = ListProvisioningRequestsRequest {
            start_time: self.since,
            end_time: self.until,
            ..self.conditions.request(session).await?
        };
        let mut client = session.provisioning_log();
        let listed = self
            .limit
            .read(async |page_size, page_token| {
                let request = ListProvisioningRequestsRequest {
                    page_size,
                    page_token,
                    ..request.clone()
                };
                let page = client.list_provisioning_requests(request).await?.into_inner();
                Ok((page.requests, page.next_page_token))
            })
            .await?;
        let note = listed.note();
        let message = ListProvisioningRequestsResponse {
            requests: listed.items,
            next_page_token: listed.next_page_token,
        };
        Ok(Answer::rows(&message, &message.requests)?.with_note(note))
    }
}

impl ShowArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let request = ListProvisioningRequestsRequest {
            organization: self.org.org,
            request_id: self.request_id.clone(),
            page_size: POLL_PAGE,
            ..Default::default()
        };
        let mut client = session.provisioning_log();
        let message = client.list_provisioning_requests(request).await?.into_inner();
        if message.requests.is_empty() {
            let id = self.request_id;
            return Err(Failure::Refused(format!(
                "no request {id:?} is in the provisioning log; it is written within a second, and kept as provisioning_log.keep says"
            )));
        }
        let cards = message.requests.iter().map(card);
        Ok(cards.fold(Answer::new(&message)?, Answer::and_table))
    }
}

/// Characters of a text that a line of the provisioning log shows.
const SHOWN_DETAIL: usize = 60;

impl Row for ProvisioningRequest {
    const COLUMNS: &'static [&'static str] = &[
        "TIME",
        "ACTION",
        "TARGET",
        "OUTCOME",
        "STATUS",
        "CONNECTION",
        "DETAIL",
        "REQUEST ID",
    ];
    const MINOR: &'static [&'static str] = &["CONNECTION", "STATUS", "REQUEST ID"];

    fn cells(&self) -> Vec<Cell> {
        let names = [&self.target_name, &self.target_external_id, &self.target_id];
        let target = names.into_iter().find(|name| !name.is_empty());
        let said = [std::slice::from_ref(&self.detail), &self.ignored, &self.coerced].concat();
        let said = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        let mut detail: String = said.chars().take(SHOWN_DETAIL).collect();
        if detail.len() < said.len() {
            detail.push('…');
        }
        cells![
            self.time,
            action_label(self),
            target.cloned().unwrap_or_default(),
            outcome_label(self),
            i64::from(self.status),
            Cell::id(Kind::Connection, &self.connection_id),
            detail,
            &self.request_id,
        ]
    }
}

/// All that is known of a request, a line each.
fn card(request: &ProvisioningRequest) -> Table {
    let reason = enum_label(request.reason().as_str_name(), "ERROR_REASON_");
    let took = request.duration.unwrap_or_default();
    let millis = took.seconds * 1_000 + i64::from(took.nanos) / 1_000_000;
    let revision = (request.revision > 0).then(|| request.revision.to_string());
    let reason = if reason == "unspecified" {
        String::new()
    } else {
        reason
    };
    let status = format!("{} {}", request.status, request.scim_type);
    let pairs: [(&str, Cell); 18] = [
        ("time", request.time.into()),
        ("request", format!("{} {}", request.method, request.path).into()),
        ("action", action_label(request).into()),
        ("outcome", outcome_label(request).into()),
        ("status", status.trim_end().into()),
        ("detail", (&request.detail).into()),
        ("reason", reason.into()),
        ("target", (&request.target_name).into()),
        ("target id", (&request.target_id).into()),
        ("external id", (&request.target_external_id).into()),
        ("ignored", request.ignored.join("; ").into()),
        ("read as", request.coerced.join("; ").into()),
        ("revision", revision.unwrap_or_default().into()),
        ("client", (&request.user_agent).into()),
        ("connection", Cell::id(Kind::Connection, &request.connection_id)),
        ("token", Cell::id(Kind::Token, &request.token_id)),
        ("request id", (&request.request_id).into()),
        ("took", format!("{millis} ms").into()),
    ];
    let pairs = pairs.into_iter().filter(|(_, value)| *value != Cell::default());
    Table::of_pairs(pairs.map(|(name, value)| (name.to_owned(), value)).collect())
}

impl TailArgs {
    /// Prints requests as they come, by asking again and again.
    pub(super) async fn run(self, session: &Session, output: Output, ids: bool) -> Result<(), Failure> {
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut request = self.conditions.request(session).await?;
        request.page_size = POLL_PAGE;
        request.start_time = Some(super::duration::ago(Duration::from_secs(1)));
        let mut client = session.provisioning_log();
        let mut printed = Vec::<String>::new();
        let organization = request.organization.clone();
        let mut lines = Lines::new(session, &organization, output, ids);
        while left > 0 {
            let page = client
                .list_provisioning_requests(request.clone())
                .await?
                .into_inner();
            let new = page.requests.iter().rev().filter(|it| !printed.contains(&it.id));
            let new: Vec<_> = new.take(left).cloned().collect();
            lines.print(&new).await?;
            left -= new.len();
            if let Some(newest) = page.requests.first().and_then(|it| it.time) {
                let seconds = newest.seconds - LOOK_BACK_SECONDS;
                let begun = request.start_time.map_or(seconds, |it| it.seconds.max(seconds));
                request.start_time = Some(Timestamp {
                    seconds: begun,
                    nanos: 0,
                });
            }
            printed = page.requests.into_iter().map(|it| it.id).collect();
            if left > 0 {
                tokio::time::sleep(POLL_EVERY).await;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Look;

    #[test]
    fn actions_and_outcomes_go_by_their_names() {
        assert_eq!(action("members_added"), Ok(ProvisioningAction::MembersAdded));
        assert_eq!(action("look-up"), Ok(ProvisioningAction::LookUp));
        assert_eq!(outcome("refused"), Ok(ProvisioningOutcome::Refused));
        assert!(outcome("good").unwrap_err().contains("partly_ignored"));
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let cells = ProvisioningRequest::default().cells();
        assert_eq!(cells.len(), ProvisioningRequest::COLUMNS.len());
    }

    #[test]
    fn a_request_is_told_in_words() {
        let request = ProvisioningRequest {
            action: ProvisioningAction::MembersAdded.into(),
            outcome: ProvisioningOutcome::PartlyIgnored.into(),
            count: 3,
            ..Default::default()
        };
        assert_eq!(action_label(&request), "members added 3");
        assert_eq!(outcome_label(&request), "partly ignored");
        assert!(card(&request).text(Look::default()).contains("partly ignored"));
    }
}
