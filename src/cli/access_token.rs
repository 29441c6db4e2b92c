//! `roster token exchange`, `introspect` and `revoke`.

use std::{
    io::{self, BufRead as _, Read as _},
    time::Duration,
};

use clap::Args;
use identity_proto::v1::{
    ExchangeTokenRequest, IntrospectTokenRequest, IntrospectTokenResponse, RevokeTokenRequest, SubjectKind,
};

use super::{
    InOrg,
    duration::parse_duration,
    output::{Answer, Cell, Kind, Table},
    session::Session,
};
use crate::failure::Failure;

/// Largest number of bytes that are read of a secret.
const MAX_SECRET: u64 = 64 * 1024;

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
    /// The token of the subject, - for standard input; without it, the caller is the subject
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
    /// The token, a secret or an access token; - for standard input, so that it is in no list of processes
    #[arg(value_name = "TOKEN")]
    token: String,
}

/// The secret that was given; `-`: the first line of standard input.
pub(super) fn secret(given: String) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given);
    }
    let mut line = String::new();
    let read = io::stdin().lock().take(MAX_SECRET).read_line(&mut line);
    read.map_err(|cause| Failure::Usage(format!("standard input: {cause}")))?;
    Ok(line.trim().to_owned())
}

pub(super) async fn exchange(args: ExchangeArgs, session: &Session) -> Result<Answer, Failure> {
    let request = ExchangeTokenRequest {
        organization: args.org.org,
        audience: args.audience,
        scopes: args.scopes,
        subject_token: secret(args.subject_token)?,
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
        token: secret(args.token)?,
        ..IntrospectTokenRequest::default()
    };
    let response = session.tokens().introspect_token(request).await?.into_inner();
    if !response.active {
        return Answer::text(&response, "not active\n".to_owned());
    }
    Ok(Answer::new(&response)?.and_table(card(&response)))
}

/// The card of a token that holds.
pub(super) fn card(seen: &IntrospectTokenResponse) -> Table {
    let (what, kind) = match seen.kind() {
        SubjectKind::User => ("user", Kind::User),
        SubjectKind::Scim => ("connection", Kind::Connection),
        // A service token is its own subject; a key's is its account.
        SubjectKind::Service if seen.subject == seen.token_id => ("service token", Kind::Token),
        SubjectKind::Service | SubjectKind::Unspecified => ("service account", Kind::ServiceAccount),
    };
    let pairs = [
        (
            "subject",
            Cell::joined([what.into(), Cell::id(kind, &seen.subject)], " "),
        ),
        (
            "organization",
            Cell::id(Kind::Organization, &seen.organization_id),
        ),
        ("scopes", seen.scopes.join(", ").into()),
        ("ends", seen.expire_time.map_or("never".into(), Cell::from)),
    ];
    Table::of_pairs(pairs.map(|(name, value)| (name.to_owned(), value)).into())
}

pub(super) async fn revoke(args: GivenToken, session: &Session) -> Result<Answer, Failure> {
    let request = RevokeTokenRequest {
        organization: args.org.org,
        token: secret(args.token)?,
        ..RevokeTokenRequest::default()
    };
    let gone = session.tokens().revoke_token(request).await?.into_inner();
    Answer::text(&gone, "revoked\n".into())
}
