//! `roster connection health`, and what the list of connections shows of it.

use std::collections::HashMap;

use clap::Args;
use identity_proto::v1::{
    Connection, ConnectionHealth, ConnectionHealthState as State, ListConnectionHealthRequest,
    ListConnectionHealthResponse,
};

use super::{
    InOrg,
    list::{Limit, Listed},
    output::{Answer, Cell, Kind, Row, cells},
    rows::{enum_label, safeguard_state},
    session::Session,
};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str =
    "Examples:\n  roster connection health --org acme\n  roster connection health okta-prod --org acme";

/// The connections whose health is shown.
#[derive(Args, Debug)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    org: InOrg,
    /// The connection's name or id; without it, all
    #[arg(value_name = "CONNECTION")]
    connection: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

impl HealthArgs {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let org = self.org.org;
        let Some(name) = self.connection else {
            let listed = list(&org, &self.limit, session).await?;
            let note = listed.note();
            let message = ListConnectionHealthResponse {
                health: listed.items,
                next_page_token: listed.next_page_token,
            };
            return Ok(Answer::rows(&message, &message.health)?.with_note(note));
        };
        let (message, health) = of_one(&org, &name, session).await?;
        let answer = Answer::details(&message, &health)?;
        Ok(match command(&health, &org) {
            Some(command) => answer.and_text(format!("{command}\n")),
            None => answer,
        })
    }
}

/// The health of one connection.
pub(super) async fn of_one(
    org: &str,
    name: &str,
    session: &Session,
) -> Result<(ListConnectionHealthResponse, ConnectionHealth), Failure> {
    let request = ListConnectionHealthRequest {
        organization: org.to_owned(),
        connection: session.connection_id(org, name).await?,
        ..Default::default()
    };
    let listed = session.connections().list_connection_health(request).await?;
    let message = listed.into_inner();
    let health = message.health.first().cloned().unwrap_or_default();
    Ok((message, health))
}

async fn list(org: &str, limit: &Limit, session: &Session) -> Result<Listed<ConnectionHealth>, Failure> {
    let mut client = session.connections();
    let read = limit.read(async |page_size, page_token| {
        let request = ListConnectionHealthRequest {
            organization: org.to_owned(),
            connection: String::new(),
            page_size,
            page_token,
        };
        let page = client.list_connection_health(request).await?.into_inner();
        Ok((page.health, page.next_page_token))
    });
    read.await
}

/// The health of the first connections by their ids; none where the server does not know it.
pub(super) async fn by_id(org: &str, limit: &Limit, session: &Session) -> HashMap<String, ConnectionHealth> {
    let listed = list(org, limit, session).await;
    let health = listed.map(|listed| listed.items).unwrap_or_default();
    let by_id = health.into_iter().map(|it| (it.connection_id.clone(), it));
    by_id.collect()
}

/// The command that takes the next step; none: it is taken elsewhere.
pub(super) fn command(health: &ConnectionHealth, org: &str) -> Option<String> {
    let name = &health.connection_name;
    Some(match health.state() {
        State::Disabled => format!("roster connection enable {name} --org {org}"),
        State::CredentialsExpired => {
            format!(
                "roster scim-token create --org {org} --connection {name} --name {name} --expires-in 180d"
            )
        }
        State::CredentialsExpiring => format!("roster scim-token list --org {org}"),
        State::Held => format!("roster connection brake release {name} --org {org}"),
        State::Failing => {
            format!("roster provisioning list --org {org} --connection {name} --outcome refused")
        }
        State::Unspecified | State::NeverCalled | State::Tested | State::Quiet | State::Healthy => {
            return None;
        }
    })
}

/// The state in words.
pub(super) fn state_label(health: &ConnectionHealth) -> String {
    enum_label(health.state().as_str_name(), "CONNECTION_HEALTH_STATE_").replace('_', " ")
}

/// Requests of the last day that were refused or failed.
pub(super) fn failed(health: &ConnectionHealth) -> i64 {
    let of_day = health.last_day.unwrap_or_default();
    of_day.refused + of_day.unauthenticated + of_day.failed
}

impl Row for ConnectionHealth {
    const COLUMNS: &'static [&'static str] = &[
        "CONNECTION",
        "HEALTH",
        "SINCE",
        "LAST SEEN",
        "FAILED 24H",
        "NEXT STEP",
    ];
    const MINOR: &'static [&'static str] = &["LAST SEEN", "SINCE"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.connection_name,
            state_label(self),
            self.since_time,
            self.last_request_time,
            failed(self),
            &self.advice,
        ]
    }
}

/// A connection in a list, with its health where that is known.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) connection: Connection,
    pub(super) health: Option<ConnectionHealth>,
}

impl Row for Listing {
    const COLUMNS: &'static [&'static str] = &[
        "NAME",
        "IDP",
        "STATUS",
        "HEALTH",
        "LAST SEEN",
        "FAILED 24H",
        "HIGHEST ROLE",
        "DEACTIVATION LIMIT",
        "ROLES LAST READ",
        "CREATED",
        "ID",
    ];
    const MINOR: &'static [&'static str] = &[
        "ROLES LAST READ",
        "CREATED",
        "STATUS",
        "DEACTIVATION LIMIT",
        "HIGHEST ROLE",
    ];

    fn cells(&self) -> Vec<Cell> {
        let connection = &self.connection;
        let health = self.health.as_ref();
        let seen = health.and_then(|health| health.last_request_time);
        cells![
            &connection.name,
            &connection.idp_kind,
            enum_label(connection.status().as_str_name(), "CONNECTION_STATUS_"),
            health.map(state_label).unwrap_or_default(),
            seen,
            health
                .map(|health| failed(health).to_string())
                .unwrap_or_default(),
            Cell::id(Kind::Role, &connection.max_role),
            safeguard_state(connection),
            connection.roles_read_time,
            connection.create_time,
            &connection.id,
        ]
    }
}
