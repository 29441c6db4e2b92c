//! Reading tokens and service accounts, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, access_tokens, service_accounts, tokens};
use crate::{
    error::Result, id::Id, platform::Timestamp, service_account::ServiceAccount, store::Authentication,
    store::TokenReader, token::Token,
};

#[async_trait]
impl TokenReader for Conn {
    async fn token(&mut self, organization: Id, id: Id) -> Result<Option<Token>> {
        tokens::by_id(self, organization, id).await
    }

    async fn authentication(
        &mut self,
        organization: Id,
        digest: &[u8; 32],
    ) -> Result<Option<Authentication>> {
        tokens::authentication(self, organization, digest).await
    }

    async fn authentication_of(&mut self, organization: Id, token: Id) -> Result<Option<Authentication>> {
        tokens::authentication_of(self, organization, token).await
    }

    async fn former_secret(
        &mut self,
        organization: Id,
        digest: &[u8; 32],
    ) -> Result<Option<(Id, Timestamp)>> {
        tokens::former_secret(self, organization, digest).await
    }

    async fn tokens_of(&mut self, organization: Id, owner: Id) -> Result<Vec<Token>> {
        tokens::of_owner(self, organization, owner).await
    }

    async fn count_tokens(&mut self, organization: Id) -> Result<i64> {
        tokens::count(self, organization).await
    }

    async fn expiring_tokens(&mut self, before: Timestamp, limit: i64) -> Result<Vec<(Id, Id)>> {
        tokens::expiring(self, before, limit).await
    }

    async fn tokens(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Token>> {
        tokens::page(self, organization, connection, after, limit).await
    }

    async fn access_token_revoked(&mut self, organization: Id, id: Id) -> Result<bool> {
        access_tokens::is_revoked(self, organization, id).await
    }

    async fn assertion_used(&mut self, organization: Id, digest: &[u8; 32]) -> Result<bool> {
        access_tokens::is_used(self, organization, digest).await
    }

    async fn service_account(&mut self, organization: Id, id: Id) -> Result<Option<ServiceAccount>> {
        service_accounts::by_id(self, organization, id).await
    }

    async fn service_account_id_by_name(&mut self, organization: Id, name_key: &str) -> Result<Option<Id>> {
        service_accounts::id_by_name(self, organization, name_key).await
    }

    async fn service_accounts(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<ServiceAccount>> {
        service_accounts::page(self, organization, after, limit).await
    }
}
