//! A connection: its health, its tokens and what an administrator can do about it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
};
use identity_proto::v1::{
    BrakeState, Connection, ConnectionHealth, ConnectionOutcomes, ConnectionStatus, CreateTokenRequest,
    GetConnectionRequest, ListConnectionHealthRequest, RejectBrakeRequest, ReleaseBrakeRequest,
    ResetBrakeRequest, Token, TokenKind, UpdateConnectionRequest,
};
use prost_types::FieldMask;
use serde::Deserialize;

use super::{
    Page,
    organizations::{state, tone},
    show,
    tokens::{self, SecretPage, TokenRow},
};
use crate::{
    refusal::{Refusal, Result},
    request::{Posted, Visitor},
    view::{Frame, Moment, encoded, moment, plain, word},
};

/// Width of the strip of outcomes, in its own units.
const STRIP: i64 = 600;

#[derive(Template)]
#[template(path = "connection.html")]
struct ConnectionPage {
    frame: Frame,
    /// Path of the page, under which its buttons post.
    here: String,
    connection: Connection,
    is_enabled: bool,
    brake: String,
    is_held: bool,
    state: String,
    tone: &'static str,
    since: Option<Moment>,
    health: ConnectionHealth,
    last_request: Option<Moment>,
    last_change: Option<Moment>,
    failure: Option<Failure>,
    strip: Vec<Part>,
    strip_width: i64,
    tokens: Vec<TokenRow>,
}

/// The last request that failed.
struct Failure {
    time: Option<Moment>,
    status: i32,
    target: String,
    target_query: String,
    detail: String,
}

/// Part of the strip of a day's outcomes.
struct Part {
    x: i64,
    width: i64,
    tone: &'static str,
    name: &'static str,
    count: i64,
}

/// Shows a connection.
pub(super) async fn page(visitor: Visitor, Path((org, id)): Path<(String, String)>) -> Page {
    let mut client = visitor.client.connections();
    let request = GetConnectionRequest {
        organization: org.clone(),
        id: id.clone(),
    };
    let found = client.get_connection(request).await?.into_inner();
    let connection = found.connection.unwrap_or_default();
    let request = ListConnectionHealthRequest {
        organization: org.clone(),
        connection: connection.id.clone(),
        ..Default::default()
    };
    let health = client.list_connection_health(request).await?.into_inner().health;
    let health = health.into_iter().next().unwrap_or_default();
    let tokens = tokens::rows(&visitor, &org, TokenKind::Scim)
        .await
        .unwrap_or_default();
    let failure = health.last_failure.as_ref().map(|it| Failure {
        time: moment(it.time.as_ref(), visitor.now),
        status: it.status,
        target: plain(&it.target_name),
        target_query: encoded(&it.target_name),
        detail: plain(&it.detail),
    });
    let strip = strip(&health.last_day.unwrap_or_default());
    show(&ConnectionPage {
        frame: visitor.frame(&org, "", plain(&connection.name)),
        here: format!("/o/{}/connections/{}", encoded(&org), connection.id),
        is_enabled: connection.status() == ConnectionStatus::Enabled,
        brake: word(connection.brake_state().as_str_name(), "BRAKE_STATE"),
        is_held: connection.brake_state() == BrakeState::Held,
        state: state(&health),
        tone: tone(health.state()),
        since: moment(health.since_time.as_ref(), visitor.now),
        last_request: moment(health.last_request_time.as_ref(), visitor.now),
        last_change: moment(health.last_change_time.as_ref(), visitor.now),
        failure,
        strip_width: strip.iter().map(|part| part.width).sum(),
        strip,
        tokens: tokens
            .into_iter()
            .filter(|it| it.connection_id == connection.id)
            .collect(),
        health,
        connection,
    })
}

/// The outcomes of a day side by side, each as wide as it is frequent; none is too narrow to be seen.
fn strip(outcomes: &ConnectionOutcomes) -> Vec<Part> {
    let parts = [
        ("applied", "good", outcomes.applied),
        ("unchanged", "quiet", outcomes.unchanged),
        ("partly ignored", "warn", outcomes.partly_ignored),
        ("refused", "bad", outcomes.refused),
        ("unauthenticated", "bad", outcomes.unauthenticated),
        ("failed", "bad", outcomes.failed),
    ];
    let sum: i64 = parts.iter().map(|part| part.2).sum();
    let mut x = 0;
    let mut strip = Vec::new();
    for (name, tone, count) in parts.into_iter().filter(|part| part.2 > 0) {
        let width = (count * STRIP / sum).max(6);
        strip.push(Part {
            x,
            width,
            tone,
            name,
            count,
        });
        x += width;
    }
    strip
}

/// Fields of the form that makes a token.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    request_id: String,
}

/// Does what a button of the page says.
pub(super) async fn act(
    Path((org, id, act)): Path<(String, String, String)>,
    posted: Posted<Fields>,
) -> Result<Response> {
    let Posted { visitor, fields } = posted;
    let mut client = visitor.client.connections();
    let back = format!("/o/{}/connections/{}", encoded(&org), encoded(&id));
    let organization = org.clone();
    match act.as_str() {
        "enable" | "disable" => {
            let status = if act == "enable" {
                ConnectionStatus::Enabled
            } else {
                ConnectionStatus::Disabled
            };
            let request = UpdateConnectionRequest {
                organization,
                connection: Some(Connection {
                    id,
                    status: status.into(),
                    ..Connection::default()
                }),
                update_mask: Some(FieldMask {
                    paths: vec!["status".to_owned()],
                }),
                ..Default::default()
            };
            client.update_connection(request).await?;
        }
        "release" => {
            let request = ReleaseBrakeRequest {
                organization,
                id,
                ..Default::default()
            };
            client.release_brake(request).await?;
        }
        "reject" => {
            let request = RejectBrakeRequest {
                organization,
                id,
                ..Default::default()
            };
            client.reject_brake(request).await?;
        }
        "reset" => {
            let request = ResetBrakeRequest {
                organization,
                id,
                ..Default::default()
            };
            client.reset_brake(request).await?;
        }
        "token" => {
            let request = CreateTokenRequest {
                organization,
                token: Some(Token {
                    kind: TokenKind::Scim.into(),
                    name: fields.name,
                    connection_id: id,
                    ..Token::default()
                }),
                request_id: fields.request_id,
                ..Default::default()
            };
            let made = visitor.client.tokens().create_token(request).await?.into_inner();
            let page = SecretPage::new(visitor.frame(&org, "", "The new token"), made.secret, back);
            return Ok(show(&page)?.into_response());
        }
        _ => return Err(Refusal::NotFound),
    }
    Ok(Redirect::to(&back).into_response())
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::ConnectionOutcomes;

    use super::strip;

    #[test]
    fn what_is_rare_is_seen_beside_what_is_frequent() {
        let strip = strip(&ConnectionOutcomes {
            applied: 100_000,
            refused: 1,
            ..ConnectionOutcomes::default()
        });
        let parts: Vec<_> = strip.iter().map(|part| (part.name, part.width > 0)).collect();
        assert_eq!(parts, [("applied", true), ("refused", true)]);
        assert!(super::strip(&ConnectionOutcomes::default()).is_empty());
    }
}
