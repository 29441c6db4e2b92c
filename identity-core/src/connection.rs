//! SCIM connections.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{deactivation_safeguard::DeactivationSafeguard, id::Id, platform::Timestamp};

/// One identity provider's line into an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Unique within the organization, without case.
    pub name: String,
    /// Kind of identity provider.
    pub idp_kind: IdpKind,
    /// Status, which decides whether its tokens are served.
    pub status: ConnectionStatus,
    /// Brake that stops it from deactivating all users; its counts are no change of the connection.
    pub safeguard: DeactivationSafeguard,
    /// Goes up by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The strongest role that it can give; `None`: any.
    pub max_role: Option<String>,
    /// When its provisioning client last asked which roles there are.
    pub roles_read_at: Option<Timestamp>,
    /// Issuer whose assertions sign it in; `None`: no issuer.
    pub federation: Option<Federation>,
}

/// An issuer whose assertions sign a connection in. An admin pins all of it, and an assertion must match all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// Among `aud`.
    pub audience: String,
    /// Where the issuer's keys are.
    pub jwks_uri: String,
}

impl Federation {
    /// All of it as one text: what an access token carries, to end when something else is pinned.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for pin in [&self.issuer, &self.subject, &self.audience, &self.jwks_uri] {
            hash.update(pin.len().to_be_bytes());
            hash.update(pin);
        }
        HEXLOWER.encode(&hash.finalize()[..DIGEST_BYTES])
    }
}

/// Bytes of a digest that are told: enough that nobody finds other pins with the same.
const DIGEST_BYTES: usize = 16;

/// Separates the two ids of a client id.
const CLIENT_ID_SEPARATOR: char = '.';

impl Connection {
    /// Returns its id as an OAuth client. It names the organization, so that no look-up goes across
    /// organizations.
    pub fn client_id(&self) -> String {
        format!("{}{CLIENT_ID_SEPARATOR}{}", self.organization_id, self.id)
    }

    /// The organization and the connection of a client id.
    pub fn parse_client_id(text: &str) -> Option<(Id, Id)> {
        let (organization, connection) = text.split_once(CLIENT_ID_SEPARATOR)?;
        Some((Id::parse(organization)?, Id::parse(connection)?))
    }
}

/// Treatment of a connection's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// Served.
    Enabled,
    /// Refused.
    Disabled,
}

/// Kinds of identity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdpKind {
    /// Okta.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// JumpCloud.
    Jumpcloud,
    /// OneLogin.
    Onelogin,
    /// SailPoint.
    Sailpoint,
    /// Google Workspace.
    Google,
    /// Ping.
    Ping,
    /// Any other.
    Generic,
}

impl IdpKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Okta,
        Self::Entra,
        Self::Jumpcloud,
        Self::Onelogin,
        Self::Sailpoint,
        Self::Google,
        Self::Ping,
        Self::Generic,
    ];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Jumpcloud => "jumpcloud",
            Self::Onelogin => "onelogin",
            Self::Sailpoint => "sailpoint",
            Self::Google => "google",
            Self::Ping => "ping",
            Self::Generic => "generic",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
