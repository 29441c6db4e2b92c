//! `roster token`: tokens of services and people, keys of service accounts, and what all kinds share.

use std::time::Duration;

use clap::{Args, Subcommand};
use identity_proto::v1::{
    CreateTokenRequest, DeleteTokenRequest, GetConnectionRequest, ListTokensRequest, ListTokensResponse,
    RotateTokenRequest, Token, TokenKind,
};

use super::{
    InOrg,
    access_token::{self, ExchangeArgs, GivenToken},
    duration::{from_now, parse_duration},
    list::Limit,
    output::Answer,
    session::Session,
};
use crate::failure::Failure;

/// The commands about tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token of a service, a user or a service account; its secret is shown once
    #[command(
        after_help = "Examples:\n  roster token create --org acme --name billing --scopes users:read,groups:read --expires-in 90d\n  roster token create --org acme --name laptop --user anna@acme.example --scopes users:read\n  roster token create --org acme --name key-1 --service-account billing"
    )]
    Create(CreateArgs),
    /// List tokens of every kind, or those of a user or service account
    #[command(
        after_help = "Examples:\n  roster token list --org acme\n  roster token list --org acme --service-account billing"
    )]
    List {
        #[command(flatten)]
        args: ListArgs,
        #[command(flatten)]
        owner: Owner,
    },
    /// Give a token a new secret; the old one holds for the overlap
    #[command(
        after_help = "Examples:\n  roster token rotate billing --org acme --output secret\n  roster token rotate billing --org acme --compromised"
    )]
    Rotate(RotateArgs),
    /// Make an access token, a JWT of some minutes, from a token
    #[command(
        after_help = "Examples:\n  ROSTER_TOKEN=$KEY roster token exchange --audience billing --output secret\n  ROSTER_TOKEN=$KEY roster token exchange --audience self --scopes users:read --lifetime 10m --output secret\n\nThe root token is no subject: sign in with the token to exchange, or give it as --subject-token."
    )]
    Exchange(ExchangeArgs),
    /// Show the present subject and rights of a token
    #[command(after_help = "Example:\n  roster token introspect --org acme - < token.txt")]
    Introspect(GivenToken),
    /// Revoke a token, a secret or an access token
    #[command(after_help = "Example:\n  roster token revoke --org acme - < token.txt")]
    Revoke(GivenToken),
    /// Delete a token; its secret stops at once
    #[command(after_help = "Example:\n  roster token delete billing --org acme")]
    Delete(DeleteArgs),
}

/// The lifetime of a secret.
#[derive(Args, Debug)]
pub(crate) struct LifetimeArgs {
    /// Its lifetime, for example 12h or 90d; without it, for ever
    #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
    expires_in: Option<Duration>,
}

impl LifetimeArgs {
    /// A life of this length.
    pub(super) fn of(span: Duration) -> Self {
        Self {
            expires_in: Some(span),
        }
    }
}

/// A new token.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    org: InOrg,
    /// A name for people
    #[arg(long)]
    name: String,
    #[command(flatten)]
    owner: Owner,
    /// Its scopes: users:read, users:write, groups:read and so on; without them a key has its account's
    #[arg(
        long,
        value_name = "SCOPE,…",
        value_delimiter = ',',
        required_unless_present = "service_account"
    )]
    scopes: Vec<String>,
    /// Limit it to projects, by name or id
    #[arg(long, value_name = "PROJECT,…", value_delimiter = ',')]
    projects: Vec<String>,
    #[command(flatten)]
    life: LifetimeArgs,
}

/// The owner of the token; without either, a service.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Owner {
    /// A user, by user name or id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// A service account, by name or id
    #[arg(long, value_name = "ACCOUNT")]
    service_account: Option<String>,
}

/// The owner of the tokens to list.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    org: InOrg,
    #[command(flatten)]
    limit: Limit,
}

/// The token to rotate.
#[derive(Args, Debug)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    org: InOrg,
    /// The token's name or id
    #[arg(value_name = "TOKEN")]
    token: String,
    /// The lifetime of the new secret; without it, the end stays
    #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
    expires_in: Option<Duration>,
    /// The time for which the old secret still holds, at most 24h; without it, as the policy says
    #[arg(long, value_name = "SPAN", value_parser = parse_duration, conflicts_with = "compromised")]
    overlap: Option<Duration>,
    /// End the old secret and all before it at once: one may be known to others
    #[arg(long)]
    compromised: bool,
    /// A text of your own; a repeat with it changes nothing
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    request_id: String,
}

/// The token to delete.
#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    org: InOrg,
    /// The token's name or id
    #[arg(value_name = "TOKEN")]
    token: String,
}

impl TokenCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Rotate(args) => args.question(),
            Self::Delete(args) => Some(args.question()),
            Self::Revoke(_) => Some("Revoke the token?".to_owned()),
            _ => None,
        }
    }

    pub(super) fn makes_secret(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Rotate(_) | Self::Exchange(_))
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(args) => args.run(session).await,
            Self::List { args, owner } => {
                let owner = owner.find(&args.org.org, session).await?.1;
                list(args, TokenKind::Unspecified, owner, session).await
            }
            Self::Rotate(args) => rotate(args, session).await,
            Self::Exchange(args) => access_token::exchange(args, session).await,
            Self::Introspect(args) => access_token::introspect(args, session).await,
            Self::Revoke(args) => access_token::revoke(args, session).await,
            Self::Delete(args) => delete(args, session).await,
        }
    }
}

impl CreateArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (kind, owner) = self.owner.find(&self.org.org, session).await?;
        let mut token = Token {
            kind: kind.into(),
            name: self.name,
            scopes: self.scopes,
            project_ids: session.project_ids(&self.org.org, &self.projects).await?,
            ..Token::default()
        };
        match kind {
            TokenKind::Personal => token.user_id = owner,
            TokenKind::ServiceAccountKey => token.service_account_id = owner,
            _ => {}
        }
        create(self.org, token, &self.life, session).await
    }
}

impl Owner {
    /// The kind of token that it has, and its id.
    async fn find(&self, org: &str, session: &Session) -> Result<(TokenKind, String), Failure> {
        match (&self.user, &self.service_account) {
            (Some(user), _) => Ok((TokenKind::Personal, session.user_id(org, user).await?)),
            (None, Some(account)) => {
                let id = session.service_account_id(org, account).await?;
                Ok((TokenKind::ServiceAccountKey, id))
            }
            (None, None) => Ok((TokenKind::Service, String::new())),
        }
    }
}

pub(super) async fn create(
    org: InOrg,
    token: Token,
    life: &LifetimeArgs,
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
    let organization = request.organization.clone();
    let made = session.tokens().create_token(request).await?.into_inner();
    let token = made.token.clone().unwrap_or_default();
    let base_url = scim_base_url(&organization, &token, session).await;
    let answer = Answer::rows(&made, &[token])?;
    Ok(answer.with_base_url(&base_url).with_secret(&made.secret))
}

/// Where the identity provider that gets a SCIM token finds SCIM; empty for other tokens, and where the
/// caller may not read connections or the core does not know.
async fn scim_base_url(organization: &str, token: &Token, session: &Session) -> String {
    if token.kind() != TokenKind::Scim {
        return String::new();
    }
    let request = GetConnectionRequest {
        organization: organization.to_owned(),
        id: token.connection_id.clone(),
    };
    let found = session.connections().get_connection(request).await;
    let connection = found.ok().and_then(|found| found.into_inner().connection);
    connection.unwrap_or_default().scim_base_url
}

pub(super) async fn list(
    args: ListArgs,
    kind: TokenKind,
    owner_id: String,
    session: &Session,
) -> Result<Answer, Failure> {
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
                owner_id: owner_id.clone(),
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

impl DeleteArgs {
    pub(super) fn question(&self) -> String {
        format!("Delete the token {:?}?", self.token)
    }
}

impl RotateArgs {
    pub(super) fn question(&self) -> Option<String> {
        let ended = || format!("End the old secrets of the token {:?} at once?", self.token);
        self.compromised.then(ended)
    }

    fn overlap(&self) -> Option<prost_types::Duration> {
        if self.compromised {
            return Some(prost_types::Duration::default());
        }
        // A span that was read fits.
        self.overlap.and_then(|overlap| overlap.try_into().ok())
    }
}

pub(super) async fn rotate(args: RotateArgs, session: &Session) -> Result<Answer, Failure> {
    let overlap = args.overlap();
    let request = RotateTokenRequest {
        id: session.token_id(&args.org.org, &args.token).await?,
        organization: args.org.org,
        expire_time: args.expires_in.map(from_now),
        overlap,
        request_id: args.request_id,
        ..Default::default()
    };
    let organization = request.organization.clone();
    let rotated = session.tokens().rotate_token(request).await?.into_inner();
    let token = rotated.token.clone().unwrap_or_default();
    let base_url = scim_base_url(&organization, &token, session).await;
    let answer = Answer::rows(&rotated, &[token])?;
    Ok(answer.with_base_url(&base_url).with_secret(&rotated.secret))
}

pub(super) async fn delete(args: DeleteArgs, session: &Session) -> Result<Answer, Failure> {
    let request = DeleteTokenRequest {
        id: session.token_id(&args.org.org, &args.token).await?,
        organization: args.org.org,
        ..Default::default()
    };
    let gone = session.tokens().delete_token(request).await?.into_inner();
    Answer::text(&gone, "deleted\n".into())
}
