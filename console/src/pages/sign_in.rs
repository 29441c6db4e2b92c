//! Signing in with a token, or with a code that `roster console` made for one, and signing out.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity_proto::v1::ListOrganizationsRequest;
use serde::Deserialize;
use tonic::Code;

use super::{Page, show, tokens::Nothing};
use crate::{
    Console, Peer,
    client::Client,
    refusal::{Refusal, Result, SIGN_IN},
    request::{COOKIE, Posted, is_same_origin, session_id},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    error: &'static str,
    code: &'a str,
}

/// A token, or the code of a link in its place.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignIn {
    token: String,
    code: String,
}

/// Asks for a token, or whether to take the code of a link: another site could have sent the browser here.
pub(super) async fn page(Query(sent): Query<SignIn>) -> Page {
    show(&SignInPage {
        error: "",
        code: &sent.code,
    })
}

/// Begins a session, if the core takes the token.
pub(super) async fn sign_in(
    State(console): State<Arc<Console>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Form(sent): Form<SignIn>,
) -> Response {
    // There is no session yet that a form token could be of; what is left is that another site signs its visitors in.
    if !is_same_origin(&headers) {
        return Refusal::Forged.into_response();
    }
    let of_code = (!sent.code.is_empty()).then(|| console.sessions.take_code(&sent.code));
    let token = match of_code {
        None => sent.token.trim().to_owned(),
        Some(Some(token)) => token,
        Some(None) => {
            return refuse(
                "The link was used before, or is older than a minute. Make another one with: roster console",
            );
        }
    };
    match check(&console, &token, peer.map(|peer| peer.0)).await {
        Ok(()) => {
            if let Some(former) = session_id(&headers) {
                console.sessions.end(former);
            }
            begin(&console, &token)
        }
        Err(Refusal::SignedOut) => refuse("This token does not hold: it is mistyped, expired or revoked."),
        Err(other) => other.into_response(),
    }
}

/// Ends the session.
pub(super) async fn sign_out(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    _posted: Posted<Nothing>,
) -> Response {
    if let Some(id) = session_id(&headers) {
        console.sessions.end(id);
    }
    let gone = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    ([(header::SET_COOKIE, gone)], Redirect::to(SIGN_IN)).into_response()
}

/// Asks the core about the token. Only root lists organizations; a refusal of others shows that their token holds.
async fn check(console: &Console, token: &str, peer: Option<Peer>) -> Result<()> {
    let client = Client::new(&console.core, token, peer.map(|Peer(address)| address));
    let client = client.ok_or(Refusal::SignedOut)?;
    let request = ListOrganizationsRequest {
        page_size: 1,
        ..ListOrganizationsRequest::default()
    };
    match client.organizations().list_organizations(request).await {
        Ok(_) => Ok(()),
        Err(status) if status.code() == Code::PermissionDenied => Ok(()),
        Err(status) => Err(status.into()),
    }
}

/// A new session, whatever the browser had before.
fn begin(console: &Console, token: &str) -> Response {
    let id = console.sessions.begin(token);
    let cookie = format!("{COOKIE}={id}; Path=/; Secure; HttpOnly; SameSite=Strict");
    let Ok(mut cookie) = HeaderValue::try_from(cookie) else {
        return Refusal::Defect.into_response();
    };
    cookie.set_sensitive(true);
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

fn refuse(error: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, show(&SignInPage { error, code: "" })).into_response()
}
