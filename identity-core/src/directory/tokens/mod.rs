//! Tokens: of connections, of services and their accounts, and of people.

mod create;
mod delete;
mod expiry;
mod read;
mod record;
mod revoke;
mod rotate;
mod rules;

pub(super) use delete::DeleteToken;
pub(super) use record::{ids as record_ids, names as record_scopes};
pub(super) use revoke::revoke_tokens_of;
pub(super) use rules::{of_connection, projects, refuse_too_many_projects};

use create::{CreateToken, Created, NewIds};
use read::{GetToken, ListTokens};
use rotate::RotateToken;

use super::{
    Directory, Secret,
    change_context::ChangeContext,
    id_of,
    input::{NewToken, Page, PageRequest, Rotation, TokenFilter, TokenKind},
    paging::{List, Pager, RESOURCES},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    id::Id,
    secret::TokenSecret,
    token::{Token, TokenGrant},
};

impl Directory {
    /// Creates a token.
    #[crate::boxed]
    pub async fn create_token(
        &self,
        call: &Call,
        organization: &str,
        mut new: NewToken,
        request_id: &str,
    ) -> Result<(Token, Secret)> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::TokensWrite).await?;
        new.projects = inner.project_ids(org.id, new.projects).await?;
        if new.kind == TokenKind::Key && !new.owner.is_empty() {
            new.owner = inner.service_account_id(org.id, &new.owner).await?.to_string();
        }
        let context = ChangeContext::new(call, &*inner.platform);
        let secret = TokenSecret::generate(org.id, &*inner.platform);
        let ids = NewIds {
            token: inner.new_id(),
            connection: inner.new_id(),
        };
        let unit = CreateToken::new(context.clone(), org.id, &ids, &secret, new)?.requested(request_id)?;
        match inner.write(&call.caller, org.id, unit).await? {
            Created::Now(token) => {
                // The default connection was made with it.
                let connection_id = ids.connection;
                if token.grant == (TokenGrant::Scim { connection_id }) {
                    inner.adopt_on_enable(context, org.id, connection_id).await?;
                }
                Ok((*token, Secret::shown(call, secret)))
            }
            Created::Earlier(id) => Err(Error::SecretAlreadyShown { id }),
        }
    }

    /// Gets a token.
    #[crate::boxed]
    pub async fn get_token(&self, call: &Call, organization: &str, id: &str) -> Result<Token> {
        let org = self
            .inner
            .organization(call, organization, Scope::TokensRead)
            .await?;
        let query = GetToken {
            organization: org.id,
            id: id_of(Resource::Token, id)?,
        };
        let token = self.inner.store.read(query).await?;
        token.ok_or_else(|| Error::not_found(Resource::Token, id))
    }

    /// Lists tokens, ended ones included.
    #[crate::boxed]
    pub async fn list_tokens(
        &self,
        call: &Call,
        organization: &str,
        filter: TokenFilter,
        page: PageRequest,
    ) -> Result<Page<Token>> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::TokensRead).await?;
        let list = List {
            name: "tokens",
            organization: Some(org.id),
            query: &filter,
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListTokens {
            organization: org.id,
            kind: filter.kind,
            owner: match filter.owner.as_str() {
                "" => None,
                owner => Some(inner.service_account_id(org.id, owner).await?),
            },
            after: pager.after,
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Gives a token a new secret.
    #[crate::boxed]
    pub async fn rotate_token(
        &self,
        call: &Call,
        organization: &str,
        rotation: &Rotation,
    ) -> Result<(Token, Secret)> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::TokensWrite).await?;
        let secret = TokenSecret::generate(org.id, &*inner.platform);
        let (context, id) = (
            ChangeContext::new(call, &*inner.platform),
            id_of(Resource::Token, &rotation.id)?,
        );
        let unit = RotateToken::new(context, org.id, id, rotation, &secret)?;
        match inner.write(&call.caller, org.id, unit).await? {
            Created::Now(token) => Ok((*token, Secret::shown(call, secret))),
            Created::Earlier(id) => Err(Error::SecretAlreadyShown { id }),
        }
    }

    /// Deletes a token.
    #[crate::boxed]
    pub async fn delete_token(&self, call: &Call, organization: &str, id: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::TokensWrite).await?;
        let unit = DeleteToken {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::Token, id)?,
        };
        inner.write(&call.caller, org.id, unit).await
    }
}
