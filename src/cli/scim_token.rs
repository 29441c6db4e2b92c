//! `roster scim-token`.

use clap::Subcommand;
use identity_proto::v1::{Token, TokenKind};

use super::{
    InOrg,
    output::Answer,
    session::Session,
    token::{DeleteArgs, LifetimeArgs, ListArgs, RotateArgs, create, delete, list, rotate},
};
use crate::failure::Failure;

/// The commands about SCIM tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum ScimTokenCommand {
    /// Create a SCIM token; its secret is shown once
    #[command(
        after_help = "Examples:\n  roster scim-token create --org acme --name next --expires-in 90d\n  roster scim-token create --org acme --name next --output secret"
    )]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// A name for people
        #[arg(long)]
        name: String,
        /// The connection's name or id; without it the only one that there is or, where there are several or
        /// none, `default`, made when absent
        #[arg(
            long,
            value_name = "CONNECTION",
            default_value = "",
            hide_default_value = true
        )]
        connection: String,
        #[command(flatten)]
        life: LifetimeArgs,
    },
    /// List SCIM tokens
    #[command(after_help = "Example:\n  roster scim-token list --org acme")]
    List(ListArgs),
    /// Give a token a new secret; the old one holds for the overlap
    #[command(
        after_help = "Examples:\n  roster scim-token rotate okta --org acme --overlap 1h --output secret\n  roster scim-token rotate okta --org acme --compromised"
    )]
    Rotate(RotateArgs),
    /// Delete a token; its secret stops at once
    #[command(after_help = "Example:\n  roster scim-token delete okta --org acme")]
    Delete(DeleteArgs),
}

impl ScimTokenCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Rotate(args) => args.question(),
            Self::Delete(args) => Some(args.question()),
            _ => None,
        }
    }

    pub(super) fn makes_secret(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Rotate(_))
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create {
                org,
                name,
                connection,
                life,
            } => {
                let kind = TokenKind::Scim.into();
                let token = Token {
                    kind,
                    name,
                    connection_id: connection,
                    ..Token::default()
                };
                create(org, token, &life, session).await
            }
            Self::List(args) => list(args, TokenKind::Scim, String::new(), session).await,
            Self::Rotate(args) => rotate(args, session).await,
            Self::Delete(args) => delete(args, session).await,
        }
    }
}
