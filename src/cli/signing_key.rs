//! `roster signing-key`.

use clap::Subcommand;
use identity_proto::v1::{GetKeySetRequest, ListSigningKeysRequest, RotateSigningKeyRequest};

use super::{output::Answer, session::Session};
use crate::failure::Failure;

/// The commands about the keys that sign access tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum SigningKeyCommand {
    /// List signing keys, oldest first
    #[command(after_help = "Example:\n  roster signing-key list")]
    List,
    /// Show the public keys as verifiers fetch them, a JWK set
    #[command(after_help = "Example:\n  roster signing-key key-set")]
    KeySet,
    /// Make a key that takes the place of the others
    #[command(
        after_help = "Examples:\n  roster signing-key rotate\n  roster signing-key rotate --algorithm ES256\n  roster signing-key rotate --compromised"
    )]
    Rotate {
        /// Its algorithm; without it, as before
        #[arg(
            long,
            value_name = "EdDSA|ES256|RS256",
            default_value = "",
            hide_default_value = true
        )]
        algorithm: String,
        /// End all other keys at once, with every access token that they signed: a key may be known to others
        #[arg(long)]
        compromised: bool,
    },
}

impl SigningKeyCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Rotate {
                compromised: true, ..
            } => Some("End all other keys, with every access token that they signed?".to_owned()),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut client = session.signing_keys();
        match self {
            Self::List => {
                let request = ListSigningKeysRequest::default();
                let listed = client.list_signing_keys(request).await?.into_inner();
                Answer::rows(&listed, &listed.signing_keys)
            }
            Self::KeySet => {
                let found = client.get_key_set(GetKeySetRequest {}).await?.into_inner();
                Answer::text(&found, format!("{}\n", found.key_set))
            }
            Self::Rotate {
                algorithm,
                compromised,
            } => {
                let request = RotateSigningKeyRequest {
                    algorithm,
                    compromised,
                    ..RotateSigningKeyRequest::default()
                };
                let made = client.rotate_signing_key(request).await?.into_inner();
                Answer::rows(&made, &[made.signing_key.clone().unwrap_or_default()])
            }
        }
    }
}
