//! Tokens.

use crate::{caller::Scope, id::Id, platform::Timestamp};

/// A bearer token; its secret exists only as a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Never changes, also not on rotation.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// What it authorizes.
    pub grant: TokenGrant,
    /// A name for people.
    pub name: String,
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    /// The first characters of the secret, to tell tokens apart.
    pub secret_prefix: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, exact to a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its secret was last replaced.
    pub rotated_at: Option<Timestamp>,
}

/// What a token authorizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenGrant {
    /// SCIM for one connection.
    Scim {
        /// The connection.
        connection_id: Id,
    },
    /// An internal service.
    Service {
        /// What it may do.
        scopes: Vec<Scope>,
    },
}
