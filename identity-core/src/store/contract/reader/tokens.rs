//! Reading tokens and service accounts.

use async_trait::async_trait;

use crate::{
    error::Result, id::Id, platform::Timestamp, service_account::ServiceAccount, store::Authentication,
    token::Token,
};

/// Reads tokens and service accounts.
#[async_trait]
pub trait TokenReader: Send {
    /// A token.
    async fn token(&mut self, organization: Id, id: Id) -> Result<Option<Token>>;
    /// Finds what a secret's digest stands for, in one look-up: the token, its connection if it has one, and
    /// the organization's status.
    async fn authentication(&mut self, organization: Id, digest: &[u8; 32])
    -> Result<Option<Authentication>>;
    /// The same for a token that is known by its id.
    async fn authentication_of(&mut self, organization: Id, token: Id) -> Result<Option<Authentication>>;
    /// The token that had this secret before its present one, and until when that secret holds; ended ones included.
    async fn former_secret(&mut self, organization: Id, digest: &[u8; 32])
    -> Result<Option<(Id, Timestamp)>>;
    /// All tokens of a user or service account, in order of their ids. A rule keeps them few.
    async fn tokens_of(&mut self, organization: Id, owner: Id) -> Result<Vec<Token>>;
    /// Counts the tokens, expired ones included.
    async fn count_tokens(&mut self, organization: Id) -> Result<i64>;
    /// Tokens of all organizations that end before a time, which the change log was not told of: organization and id, earliest first.
    async fn expiring_tokens(&mut self, before: Timestamp, limit: i64) -> Result<Vec<(Id, Id)>>;
    /// Tokens in order of their ids, after the given one; of one connection if given, expired ones included.
    async fn tokens(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Token>>;
    /// Tells whether an access token was revoked before its end.
    async fn access_token_revoked(&mut self, organization: Id, id: Id) -> Result<bool>;
    /// Tells whether an assertion was used; assertions that ended by themselves may be forgotten.
    async fn assertion_used(&mut self, organization: Id, digest: &[u8; 32]) -> Result<bool>;
    /// A service account.
    async fn service_account(&mut self, organization: Id, id: Id) -> Result<Option<ServiceAccount>>;
    /// The id of the service account with this folded name.
    async fn service_account_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>>;
    /// Service accounts in order of their ids, after the given one.
    async fn service_accounts(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ServiceAccount>>;
}
