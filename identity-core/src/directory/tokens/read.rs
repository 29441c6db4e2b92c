//! Reading tokens.

use async_trait::async_trait;

use crate::{
    directory::{input::TokenKind, paging::Rows},
    error::Result,
    id::Id,
    store::{Cost, Query, Reader},
    token::{Token, TokenGrant},
};

/// One token.
pub(super) struct GetToken {
    pub(super) organization: Id,
    pub(super) id: Id,
}

#[async_trait]
impl Query for GetToken {
    type Output = Option<Token>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.token(self.organization, self.id).await
    }
}

/// A page of tokens.
pub(super) struct ListTokens {
    pub(super) organization: Id,
    pub(super) kind: Option<TokenKind>,
    /// Only those of this user or service account.
    pub(super) owner: Option<Id>,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListTokens {
    type Output = Rows<Token, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        if let Some(owner) = self.owner {
            let mut tokens = reader.tokens_of(self.organization, owner).await?;
            tokens.retain(|token| self.is_wanted(token) && self.after.is_none_or(|after| token.id > after));
            return Rows::cut(tokens, self.size, |token| Ok(token.id));
        }
        let wanted = usize::try_from(self.size + 1).unwrap_or(usize::MAX);
        let mut tokens: Vec<Token> = Vec::new();
        let mut after = self.after;
        // Organizations have few tokens, so those of the other kind are passed over here and have no index.
        while tokens.len() < wanted {
            let batch = reader
                .tokens(self.organization, None, after, self.size + 1)
                .await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.id);
            tokens.extend(batch.into_iter().filter(|token| self.is_wanted(token)));
        }
        Rows::cut(tokens, self.size, |token| Ok(token.id))
    }
}

impl ListTokens {
    fn is_wanted(&self, token: &Token) -> bool {
        match self.kind {
            None => true,
            Some(TokenKind::Scim) => matches!(token.grant, TokenGrant::Scim { .. }),
            Some(TokenKind::Service) => matches!(token.grant, TokenGrant::Service { .. }),
            Some(TokenKind::Personal) => matches!(token.grant, TokenGrant::Personal { .. }),
            Some(TokenKind::Key) => matches!(token.grant, TokenGrant::Key { .. }),
        }
    }
}
