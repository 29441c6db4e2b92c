//! `roster user lookup` and `roster user identity`.

use clap::{ArgGroup, Args, Subcommand};
use identity_proto::v1::{
    CreateUserIdentityRequest, DeleteUserIdentityRequest, ListUserIdentitiesRequest, LookupUserRequest,
    UserIdentity, lookup_user_request::Key,
};

use super::{
    InOrg,
    output::{Answer, Cell, Row, cells},
    session::Session,
};
use crate::failure::Failure;

const ADD_EXAMPLE: &str = "Example:
  roster user identity add anna@acme.example --org acme --issuer https://login.acme.example --subject 248289761001";
const LIST_EXAMPLE: &str = "Example:
  roster user identity list anna@acme.example --org acme";
const REMOVE_EXAMPLE: &str = "Example:
  roster user identity remove --org acme --issuer https://login.acme.example --subject 248289761001";

/// The key of a user; one of them.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("key").required(true))]
pub(crate) struct LookupArgs {
    #[command(flatten)]
    org: InOrg,
    /// The user name
    #[arg(long, group = "key", value_name = "NAME")]
    user_name: Option<String>,
    /// An e-mail address
    #[arg(long, group = "key", value_name = "ADDRESS")]
    email: Option<String>,
    /// The external id
    #[arg(long, group = "key", value_name = "ID")]
    external_id: Option<String>,
    /// An issuer of tokens, with the subject that it calls the user
    #[arg(long, group = "key", value_name = "URL", requires = "subject")]
    issuer: Option<String>,
    /// The subject
    #[arg(long, value_name = "TEXT", requires = "issuer")]
    subject: Option<String>,
}

/// The commands about identities of users at issuers of tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Set the identity of a user at an issuer
    #[command(after_help = ADD_EXAMPLE)]
    Add {
        #[command(flatten)]
        org: InOrg,
        /// The user's name or id
        #[arg(value_name = "USER")]
        user: String,
        #[command(flatten)]
        identity: Identity,
    },
    /// List the identities of a user
    #[command(after_help = LIST_EXAMPLE)]
    List {
        #[command(flatten)]
        org: InOrg,
        /// The user's name or id
        #[arg(value_name = "USER")]
        user: String,
    },
    /// Remove an identity, which then belongs to no user
    #[command(after_help = REMOVE_EXAMPLE)]
    Remove {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        identity: Identity,
    },
}

/// An identity at an issuer of tokens.
#[derive(Args, Debug)]
pub(crate) struct Identity {
    /// The issuer, as in the claim iss
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// The subject, as in the claim sub
    #[arg(long, value_name = "TEXT")]
    subject: String,
}

impl From<Identity> for UserIdentity {
    fn from(identity: Identity) -> Self {
        Self {
            issuer: identity.issuer,
            subject: identity.subject,
        }
    }
}

impl LookupArgs {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let identity = |issuer| {
            let subject = self.subject.clone().unwrap_or_default();
            Key::Identity(UserIdentity { issuer, subject })
        };
        let key = self.user_name.map(Key::UserName);
        let key = key.or(self.email.map(Key::Email));
        let key = key.or(self.external_id.map(Key::ExternalId));
        let request = LookupUserRequest {
            organization: self.org.org,
            key: key.or(self.issuer.map(identity)),
        };
        let found = session.users().lookup_user(request).await?.into_inner();
        Answer::details(&found, &found.user.clone().unwrap_or_default())
    }
}

impl IdentityCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Add { org, user, identity } => {
                let request = CreateUserIdentityRequest {
                    user_id: session.user_id(&org.org, &user).await?,
                    organization: org.org,
                    identity: Some(identity.into()),
                    ..Default::default()
                };
                let made = session.users().create_user_identity(request).await?.into_inner();
                let rows: Vec<_> = made.identity.iter().cloned().collect();
                Answer::rows(&made, &rows)
            }
            Self::List { org, user } => {
                let request = ListUserIdentitiesRequest {
                    user_id: session.user_id(&org.org, &user).await?,
                    organization: org.org,
                };
                let all = session.users().list_user_identities(request).await?.into_inner();
                Answer::rows(&all, &all.identities)
            }
            Self::Remove { org, identity } => {
                let request = DeleteUserIdentityRequest {
                    organization: org.org,
                    identity: Some(identity.into()),
                    ..Default::default()
                };
                let removed = session.users().delete_user_identity(request).await?.into_inner();
                Answer::text(&removed, "removed\n".to_owned())
            }
        }
    }
}

impl Row for UserIdentity {
    const COLUMNS: &'static [&'static str] = &["ISSUER", "SUBJECT"];

    fn cells(&self) -> Vec<Cell> {
        cells![&self.issuer, &self.subject]
    }
}
