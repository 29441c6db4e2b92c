//! Tokens: SCIM tokens of connections, and service tokens.

mod create;
mod delete;
mod read;
mod record;
mod rotate;
mod rules;

pub(super) use rules::of_connection;

use create::{CreateToken, Created, NewIds};
use delete::DeleteToken;
use read::{GetToken, ListTokens};
use rotate::RotateToken;

use super::{
    Directory, Secret,
    act::Act,
    id_of,
    input::{NewToken, Page, PageRequest, TokenKind},
    paging::{List, Pager, RESOURCES},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    secret::TokenSecret,
    token::Token,
};

impl Directory {
    /// Creates a token.
    pub async fn create_token(
        &self,
        call: &Call,
        organization: &str,
        new: NewToken,
        request_id: &str,
    ) -> Result<(Token, Secret)> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::TokensWrite).await?;
        let act = Act::new(call, &*inner.platform);
        let secret = TokenSecret::generate(known.id, &*inner.platform);
        let ids = NewIds {
            token: inner.new_id(),
            connection: inner.new_id(),
        };
        let unit = CreateToken::new(act, known.id, &ids, &secret, new)?.requested(request_id)?;
        match inner.store.write(known.id, unit).await? {
            Created::Now(token) => Ok((token, Secret::shown(call, secret))),
            Created::Earlier(id) => Err(Error::SecretAlreadyShown { id }),
        }
    }

    /// Gets a token.
    pub async fn get_token(&self, call: &Call, organization: &str, id: &str) -> Result<Token> {
        let known = self
            .inner
            .organization(call, organization, Scope::TokensRead)
            .await?;
        let query = GetToken {
            organization: known.id,
            id: id_of(Resource::Token, id)?,
        };
        let token = self.inner.store.read(query).await?;
        token.ok_or_else(|| Error::not_found(Resource::Token, id))
    }

    /// Lists tokens. `kind`: only SCIM tokens, only service tokens, or all.
    pub async fn list_tokens(
        &self,
        call: &Call,
        organization: &str,
        kind: Option<TokenKind>,
        page: PageRequest,
    ) -> Result<Page<Token>> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::TokensRead).await?;
        let list = List {
            name: "tokens",
            organization: Some(known.id),
            query: &kind,
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListTokens {
            organization: known.id,
            kind,
            after: pager.after,
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Gives a token a new secret.
    pub async fn rotate_token(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(Token, Secret)> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::TokensWrite).await?;
        let secret = TokenSecret::generate(known.id, &*inner.platform);
        let unit = RotateToken {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::Token, id)?,
            expires_at,
            digest: secret.digest(),
            secret_prefix: secret.shown(),
        };
        let token = inner.write_and_forget(known.id, unit).await?;
        Ok((token, Secret::shown(call, secret)))
    }

    /// Deletes a token.
    pub async fn delete_token(&self, call: &Call, organization: &str, id: &str) -> Result<()> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::TokensWrite).await?;
        let unit = DeleteToken {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::Token, id)?,
        };
        inner.write_and_forget(known.id, unit).await
    }
}
