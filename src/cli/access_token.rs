//! `roster token exchange`, `introspect` and `revoke`.

use std::time::Duration;

use clap::Args;
use identity_proto::v1::{ExchangeTokenRequest, IntrospectTokenRequest, RevokeTokenRequest};

use super::{InOrg, duration::parse_duration, output::Answer, rows::enum_label, session::Session};
use crate::failure::Failure;

/// The access token to make.
#[derive(Args, Debug)]
pub(crate) struct ExchangeArgs {
    #[command(flatten)]
    org: InOrg,
    /// Recipients that are to accept it; self is Roster
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
    audience: Vec<String>,
    /// Scopes that it is to have; without it, all that the subject has
    #[arg(long, value_name = "SCOPE,…", value_delimiter = ',')]
    scopes: Vec<String>,
    /// Its lifetime, for example 5m
    #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
    lifetime: Option<Duration>,
    /// The token of the subject; without it, the caller is the subject
    #[arg(
        long,
        env = "ROSTER_SUBJECT_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        default_value = "",
        hide_default_value = true
    )]
    subject_token: String,
}

/// A token to ask about or to revoke.
#[derive(Args, Debug)]
pub(crate) struct GivenToken {
    #[command(flatten)]
    org: InOrg,
    /// The token, a secret or an access token
    #[arg(value_name = "TOKEN")]
    token: String,
}

pub(super) async fn exchange(args: ExchangeArgs, session: &Session) -> Result<Answer, Failure> {
    let request = ExchangeTokenRequest {
        organization: args.org.org,
        audience: args.audience,
        scopes: args.scopes,
        subject_token: args.subject_token,
        // A span that was read fits.
        lifetime: args.lifetime.and_then(|life| life.try_into().ok()),
        client_id: String::new(),
    };
    let made = session.tokens().exchange_token(request).await?.into_inner();
    let expires = made.expire_time.map(|at| at.to_string()).unwrap_or_default();
    let text = format!("expires {expires}; scopes {}\n", made.scopes.join(","));
    Ok(Answer::text(&made, text)?.with_secret(&made.access_token))
}

pub(super) async fn introspect(args: GivenToken, session: &Session) -> Result<Answer, Failure> {
    let request = IntrospectTokenRequest {
        organization: args.org.org,
        token: args.token,
        ..IntrospectTokenRequest::default()
    };
    let response = session.tokens().introspect_token(request).await?.into_inner();
    let text = if response.active {
        let scopes = response.scopes.join(",");
        let kind = enum_label(response.kind().as_str_name(), "SUBJECT_KIND_");
        format!("active: {kind} {} may {scopes}\n", response.subject)
    } else {
        "not active\n".to_owned()
    };
    Answer::text(&response, text)
}

pub(super) async fn revoke(args: GivenToken, session: &Session) -> Result<Answer, Failure> {
    let request = RevokeTokenRequest {
        organization: args.org.org,
        token: args.token,
        ..RevokeTokenRequest::default()
    };
    let gone = session.tokens().revoke_token(request).await?.into_inner();
    Answer::text(&gone, "revoked\n".into())
}
