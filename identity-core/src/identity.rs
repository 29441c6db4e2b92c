//! Identity of a user for issuers of tokens.

use crate::{id::Id, platform::Timestamp};

/// A user, as an issuer of tokens knows it. Both parts are exact, as `OpenID` Connect says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The organization.
    pub organization_id: Id,
    /// Issuer of tokens: a URL.
    pub issuer: String,
    /// The user for that issuer.
    pub subject: String,
    /// The user here.
    pub user_id: Id,
    /// When it was set.
    pub created_at: Timestamp,
}
