//! `roster token`: service tokens, and what both kinds of token share.

use std::time::Duration;

use clap::{Args, Subcommand};
use identity_proto::v1::{
    CreateTokenRequest, DeleteTokenRequest, ListTokensRequest, ListTokensResponse, RotateTokenRequest, Token,
    TokenKind,
};

use super::{
    InOrg,
    duration::{from_now, parse_duration},
    list::Limit,
    output::Answer,
    session::Session,
};
use crate::failure::Failure;

/// What to do with service tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a service token; its secret is shown once
    #[command(
        after_help = "Example:\n  roster token create --org acme --name billing --scopes users:read,groups:read --expires-in 90d"
    )]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// A name for people
        #[arg(long)]
        name: String,
        /// What it may do: users:read, users:write, groups:read and so on
        #[arg(long, value_name = "SCOPE,…", value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        #[command(flatten)]
        life: Life,
    },
    /// List service tokens
    #[command(after_help = "Example:\n  roster token list --org acme")]
    List(ListArgs),
    /// Give a token a new secret; the old one stops at once
    #[command(
        after_help = "Example:\n  roster token rotate 01890a5d-ac96-774b-bcce-b302099a8057 --org acme --output secret"
    )]
    Rotate(RotateArgs),
    /// Delete a token; its secret stops at once
    #[command(after_help = "Example:\n  roster token delete 01890a5d-ac96-774b-bcce-b302099a8057 --org acme")]
    Delete(DeleteArgs),
}

/// How long a secret lives.
#[derive(Args, Debug)]
pub(crate) struct Life {
    /// How long it lives, for example 12h or 90d; without it, for ever
    #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
    expires_in: Option<Duration>,
}

/// Whose tokens to list.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    org: InOrg,
    #[command(flatten)]
    limit: Limit,
}

/// Which token to rotate.
#[derive(Args, Debug)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    org: InOrg,
    /// The token's id
    #[arg(value_name = "ID")]
    id: String,
    /// How long the new secret lives; without it, the end stays
    #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
    expires_in: Option<Duration>,
}

/// Which token to delete.
#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    org: InOrg,
    /// The token's id
    #[arg(value_name = "ID")]
    id: String,
}

impl TokenCommand {
    pub(super) fn makes_secret(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Rotate(_))
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create {
                org,
                name,
                scopes,
                life,
            } => {
                let token = Token {
                    kind: TokenKind::Service.into(),
                    name,
                    scopes,
                    ..Token::default()
                };
                create(org, token, &life, session).await
            }
            Self::List(args) => list(args, TokenKind::Service, session).await,
            Self::Rotate(args) => rotate(args, session).await,
            Self::Delete(args) => delete(args, session).await,
        }
    }
}

pub(super) async fn create(
    org: InOrg,
    token: Token,
    life: &Life,
    session: &Session,
) -> Result<Answer, Failure> {
    let request = CreateTokenRequest {
        organization: org.org,
        token: Some(Token {
            expire_time: life.expires_in.map(from_now),
            ..token
        }),
        ..Default::default()
    };
    let made = session.tokens().create_token(request).await?.into_inner();
    Ok(Answer::rows(&made, &[made.token.clone().unwrap_or_default()])?.with_secret(&made.secret))
}

pub(super) async fn list(args: ListArgs, kind: TokenKind, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.tokens();
    let listed = args
        .limit
        .read(async |page_size, page_token| {
            let organization = args.org.org.clone();
            let request = ListTokensRequest {
                organization,
                page_size,
                page_token,
                kind: kind.into(),
            };
            let page = client.list_tokens(request).await?.into_inner();
            Ok((page.tokens, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListTokensResponse {
        tokens: listed.items,
        next_page_token: listed.next_page_token,
    };
    Ok(Answer::rows(&message, &message.tokens)?.with_note(note))
}

pub(super) async fn rotate(args: RotateArgs, session: &Session) -> Result<Answer, Failure> {
    let request = RotateTokenRequest {
        organization: args.org.org,
        id: args.id,
        expire_time: args.expires_in.map(from_now),
        ..Default::default()
    };
    let rotated = session.tokens().rotate_token(request).await?.into_inner();
    Ok(Answer::rows(&rotated, &[rotated.token.clone().unwrap_or_default()])?.with_secret(&rotated.secret))
}

pub(super) async fn delete(args: DeleteArgs, session: &Session) -> Result<Answer, Failure> {
    let request = DeleteTokenRequest {
        organization: args.org.org,
        id: args.id,
        ..Default::default()
    };
    let gone = session.tokens().delete_token(request).await?.into_inner();
    Answer::text(&gone, "deleted\n".into())
}
