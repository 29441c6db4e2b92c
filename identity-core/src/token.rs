//! Tokens.

use crate::{caller::Scope, id::Id, platform::Timestamp};

/// A bearer token; its secret exists only as a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Never changes, also not on rotation.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Authorization that the token gives.
    pub grant: TokenGrant,
    /// A name for people.
    pub name: String,
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    /// The first characters of the secret, to tell tokens apart.
    pub secret_prefix: String,
    /// The projects that it is limited to; none: it is not limited.
    pub projects: Vec<Id>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, exact to a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its secret was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// Until when the last of its former secrets holds, if one was given an overlap.
    pub former_ends_at: Option<Timestamp>,
    /// When the change log was told that it ends soon.
    pub expiry_noted_at: Option<Timestamp>,
}

/// Authorization that a token gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenGrant {
    /// SCIM for one connection.
    Scim {
        /// The connection.
        connection_id: Id,
    },
    /// An internal service.
    Service {
        /// Scopes of the token.
        scopes: Vec<Scope>,
    },
    /// A person: what it may do and the person's role allows.
    Personal {
        /// User whom the token belongs to.
        user_id: Id,
        /// Scopes of the token.
        scopes: Vec<Scope>,
    },
    /// A service account.
    Key {
        /// The account.
        service_account_id: Id,
        /// Scopes of the token, as far as the account still has them; none: all that the account has.
        scopes: Vec<Scope>,
    },
}

impl TokenGrant {
    /// Returns the scopes that the token names; a SCIM token names none, as its kind says it all.
    pub fn scopes(&self) -> &[Scope] {
        match self {
            Self::Scim { .. } => &[],
            Self::Service { scopes } | Self::Personal { scopes, .. } | Self::Key { scopes, .. } => scopes,
        }
    }

    /// The user or service account that it belongs to.
    pub fn owner(&self) -> Option<Id> {
        match self {
            Self::Scim { .. } | Self::Service { .. } => None,
            Self::Personal { user_id, .. } => Some(*user_id),
            Self::Key {
                service_account_id, ..
            } => Some(*service_account_id),
        }
    }
}
