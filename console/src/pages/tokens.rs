//! Tokens: who holds them, and which of them end soon.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
};
use identity_proto::v1::{DeleteTokenRequest, ListTokensRequest, RotateTokenRequest, Token, TokenKind};
use prost_types::Duration;
use serde::Deserialize;

use super::{Page, show};
use crate::{
    refusal::{Refusal, Result},
    request::{Posted, Visitor},
    view::{Frame, Moment, encoded, moment, plain, word},
};

/// Tokens of a page; those beyond it are left to the command line.
const MAX_TOKENS: i32 = 1_000;
/// Seconds for which the former secret of a rotated token holds.
const OVERLAP: i64 = 3_600;
/// Seconds before its end from which on a token ends soon.
const SOON: i64 = 14 * 24 * 3_600;

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    tokens: Vec<TokenRow>,
}

/// A token.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) connection_id: String,
    pub(super) prefix: String,
    pub(super) made: Option<Moment>,
    pub(super) used: Option<Moment>,
    pub(super) ends: Option<Moment>,
    pub(super) tone: &'static str,
    ends_at: i64,
}

/// A secret that is shown once.
#[derive(Template)]
#[template(path = "secret.html")]
pub(super) struct SecretPage {
    frame: Frame,
    secret: String,
    back: String,
}

impl SecretPage {
    pub(super) fn new(frame: Frame, secret: String, back: String) -> Self {
        Self { frame, secret, back }
    }
}

/// Lists all tokens, those that end first at the top.
pub(super) async fn list(visitor: Visitor, Path(org): Path<String>) -> Page {
    let mut tokens = rows(&visitor, &org, TokenKind::Unspecified).await?;
    tokens.sort_by_key(|token| token.ends_at);
    show(&TokensPage {
        frame: visitor.frame(&org, "tokens", "Tokens"),
        tokens,
    })
}

/// The tokens of a kind.
pub(super) async fn rows(
    visitor: &Visitor,
    org: &str,
    kind: TokenKind,
) -> Result<Vec<TokenRow>, tonic::Status> {
    let request = ListTokensRequest {
        organization: org.to_owned(),
        page_size: MAX_TOKENS,
        kind: kind.into(),
        ..ListTokensRequest::default()
    };
    let listed = visitor.client.tokens().list_tokens(request).await?.into_inner();
    Ok(listed.tokens.iter().map(|it| row(it, visitor.now)).collect())
}

fn row(token: &Token, now: i64) -> TokenRow {
    let left = token
        .expire_time
        .as_ref()
        .map(|end| end.seconds - now / 1_000_000);
    TokenRow {
        id: encoded(&token.id),
        name: plain(&token.name),
        kind: word(token.kind().as_str_name(), "TOKEN_KIND"),
        connection_id: token.connection_id.clone(),
        prefix: token.secret_prefix.clone(),
        made: moment(token.create_time.as_ref(), now),
        used: moment(token.last_use_time.as_ref(), now),
        ends: moment(token.expire_time.as_ref(), now),
        tone: match left {
            Some(left) if left <= 0 => "bad",
            Some(left) if left <= SOON => "warn",
            _ => "quiet",
        },
        ends_at: left.unwrap_or(i64::MAX),
    }
}

/// Fields of the forms of a token.
#[derive(Deserialize)]
pub(super) struct Once {
    #[serde(default)]
    request_id: String,
}

/// No fields but the form token.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Rotates or deletes a token.
pub(super) async fn act(
    Path((org, id, act)): Path<(String, String, String)>,
    posted: Posted<Once>,
) -> Result<Response> {
    let Posted { visitor, fields } = posted;
    let mut client = visitor.client.tokens();
    let back = format!("/o/{}/tokens", encoded(&org));
    let organization = org.clone();
    match act.as_str() {
        "rotate" => {
            let request = RotateTokenRequest {
                organization,
                id,
                overlap: Some(Duration {
                    seconds: OVERLAP,
                    nanos: 0,
                }),
                request_id: fields.request_id,
                ..Default::default()
            };
            let made = client.rotate_token(request).await?.into_inner();
            let frame = visitor.frame(&org, "tokens", "The new secret");
            Ok(show(&SecretPage::new(frame, made.secret, back))?.into_response())
        }
        "delete" => {
            let request = DeleteTokenRequest {
                organization,
                id,
                ..Default::default()
            };
            client.delete_token(request).await?;
            Ok(Redirect::to(&back).into_response())
        }
        _ => Err(Refusal::NotFound),
    }
}
