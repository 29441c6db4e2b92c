//! Tokens and service accounts.

use std::time::Duration;

use crate::{caller::Scope, platform::Timestamp};

/// Kind of token, by what it authorizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// SCIM for one connection.
    Scim,
    /// An internal service.
    Service,
    /// A person.
    Personal,
    /// A service account.
    Key,
}

/// A new token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Kind of token.
    pub kind: TokenKind,
    /// A name for people.
    pub name: String,
    /// A SCIM token's connection, id or name; empty: `default`, made when absent.
    pub connection: String,
    /// The user of a personal token or the service account of a key, its id; empty for the others.
    pub owner: String,
    /// The scopes of all but a SCIM token.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to, their ids; none: it is not limited.
    pub projects: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A rotation of a token.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// Token to rotate.
    pub id: String,
    /// The new end; `None`: as before.
    pub expires_at: Option<Timestamp>,
    /// How long the former secret holds; `None`: as the policy says.
    pub overlap: Option<Duration>,
    /// Empty: none.
    pub request_id: String,
}

/// Conditions on the tokens to list.
#[derive(Clone, Debug, Default)]
pub struct TokenFilter {
    /// Only of this kind.
    pub kind: Option<TokenKind>,
    /// Only those of this user or service account; empty: all.
    pub owner: String,
}

/// A new service account.
#[derive(Clone, Debug, Default)]
pub struct NewServiceAccount {
    /// The name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Scopes that its keys may have at most.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to, their ids; none: it is not limited.
    pub projects: Vec<String>,
}

/// Changes of a service account; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct ServiceAccountUpdate {
    /// Service account to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Scopes that its keys may have at most.
    pub scopes: Option<Vec<Scope>>,
    /// The projects that it is limited to.
    pub projects: Option<Vec<String>>,
}
