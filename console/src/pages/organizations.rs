//! Organizations, and the overview of one.

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect, Response},
};
use identity_proto::v1::{
    ConnectionHealth, ConnectionHealthState, GetOrganizationRequest, ListConnectionHealthRequest,
    ListConnectionsRequest, ListOrganizationsRequest, Organization, OrganizationStatus,
};
use serde::Deserialize;
use tonic::Code;

use super::{PAGE_SIZE, Page, provisioning, show};
use crate::{
    refusal::Result,
    request::Visitor,
    view::{Count, Frame, Moment, encoded, moment, plain, word},
};

/// Requests of the overview.
const RECENT: i32 = 8;

/// A place in a list.
#[derive(Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    pub(super) page: String,
}

#[derive(Template)]
#[template(path = "organizations.html")]
struct OrganizationsPage {
    frame: Frame,
    organizations: Vec<OrganizationRow>,
    next: String,
}

struct OrganizationRow {
    slug: String,
    name: String,
    status: &'static str,
    users: String,
    groups: String,
}

/// Lists the organizations for root; everybody else has one.
pub(super) async fn list(visitor: Visitor, Query(place): Query<Place>) -> Result<Response> {
    let request = ListOrganizationsRequest {
        page_size: PAGE_SIZE,
        page_token: place.page,
        ..ListOrganizationsRequest::default()
    };
    let listed = visitor.client.organizations().list_organizations(request).await;
    let listed = match listed {
        Err(status) if status.code() == Code::PermissionDenied => {
            return Ok(Redirect::to(&own(&visitor).await?).into_response());
        }
        listed => listed?.into_inner(),
    };
    let page = OrganizationsPage {
        frame: visitor.frame("", "", "Organizations"),
        organizations: listed.organizations.iter().map(row).collect(),
        next: listed.next_page_token,
    };
    Ok(show(&page)?.into_response())
}

/// The path of the visitor's own organization: by its slug, if the token may read it.
async fn own(visitor: &Visitor) -> Result<String> {
    let request = GetOrganizationRequest::default();
    match visitor.client.organizations().get_organization(request).await {
        Ok(found) => {
            let organization = found.into_inner().organization.unwrap_or_default();
            Ok(format!("/o/{}", encoded(&organization.slug)))
        }
        Err(status) => Err(status.into()),
    }
}

fn row(organization: &Organization) -> OrganizationRow {
    OrganizationRow {
        slug: encoded(&organization.slug),
        name: plain(&organization.name),
        status: match organization.status() {
            OrganizationStatus::Suspended => "suspended",
            _ => "active",
        },
        users: Count(organization.user_count, "user").to_string(),
        groups: Count(organization.group_count, "group").to_string(),
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    organization: Organization,
    connections: Vec<ConnectionRow>,
    /// Sentence in place of the connections, if they cannot be shown.
    connections_refused: String,
    requests: Vec<provisioning::Row>,
}

/// A connection in a list.
struct ConnectionRow {
    id: String,
    name: String,
    idp_kind: String,
    state: String,
    tone: &'static str,
    since: Option<Moment>,
    advice: String,
    last_request: Option<Moment>,
}

/// Shows an organization: its size, its connections and their last requests.
pub(super) async fn overview(visitor: Visitor, Path(org): Path<String>) -> Page {
    let request = GetOrganizationRequest {
        organization: org.clone(),
    };
    let found = visitor.client.organizations().get_organization(request).await?;
    let organization = found.into_inner().organization.unwrap_or_default();
    let (connections, connections_refused) = match connections(&visitor, &org).await {
        Ok(connections) => (connections, String::new()),
        Err(status) => (Vec::new(), status.message().to_owned()),
    };
    // Somebody who may not read the log sees the rest.
    let requests = provisioning::newest(&visitor, &org, RECENT)
        .await
        .unwrap_or_default();
    show(&OverviewPage {
        frame: visitor.frame(&org, "", plain(&organization.name)),
        organization,
        connections,
        connections_refused,
        requests,
    })
}

async fn connections(visitor: &Visitor, org: &str) -> Result<Vec<ConnectionRow>, tonic::Status> {
    let mut client = visitor.client.connections();
    let request = ListConnectionHealthRequest {
        organization: org.to_owned(),
        ..ListConnectionHealthRequest::default()
    };
    let health = client.list_connection_health(request).await?.into_inner().health;
    let request = ListConnectionsRequest {
        organization: org.to_owned(),
        ..ListConnectionsRequest::default()
    };
    let connections = client.list_connections(request).await?.into_inner().connections;
    let kind_of = |id: &str| {
        let found = connections.iter().find(|connection| connection.id == id);
        found
            .map(|connection| connection.idp_kind.clone())
            .unwrap_or_default()
    };
    let row = |health: &ConnectionHealth| ConnectionRow {
        id: health.connection_id.clone(),
        name: plain(&health.connection_name),
        idp_kind: kind_of(&health.connection_id),
        state: state(health),
        tone: tone(health.state()),
        since: moment(health.since_time.as_ref(), visitor.now),
        advice: health.advice.clone(),
        last_request: moment(health.last_request_time.as_ref(), visitor.now),
    };
    Ok(health.iter().map(row).collect())
}

/// The state of a connection in words.
pub(super) fn state(health: &ConnectionHealth) -> String {
    word(health.state().as_str_name(), "CONNECTION_HEALTH_STATE")
}

/// Color of a state.
pub(super) fn tone(state: ConnectionHealthState) -> &'static str {
    use ConnectionHealthState as State;
    match state {
        State::Healthy | State::Tested => "good",
        State::Failing | State::Held | State::CredentialsExpired => "bad",
        State::Quiet | State::CredentialsExpiring => "warn",
        State::NeverCalled | State::Disabled | State::Unspecified => "quiet",
    }
}
