//! Who a user is for others.

use crate::{id::Id, platform::Timestamp};

/// A user, as an issuer of tokens knows it. Both parts are exact, as `OpenID` Connect says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The organization.
    pub organization_id: Id,
    /// Who issues tokens: a URL.
    pub issuer: String,
    /// The user for that issuer.
    pub subject: String,
    /// The user here.
    pub user_id: Id,
    /// When it was set.
    pub created_at: Timestamp,
}
