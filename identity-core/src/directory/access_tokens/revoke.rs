//! Revoking a token that one holds (RFC 7009).

use async_trait::async_trait;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    access_token::{Claims, looks_like_one, timestamp},
    caller::{Call, Caller, Scope},
    change::{Action, Detail, FieldChange},
    directory::{
        Directory,
        change_context::ChangeContext,
        credential::{By, FindCredential},
        tokens::DeleteToken,
    },
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    secret,
    store::{Transaction, Unit, Write},
    token::{Token, TokenGrant},
};

impl Directory {
    /// Revokes a token: the caller's own, one of the same subject, or any of the organization if the caller has `tokens:write`.
    /// What is no token of the organization is as good as revoked (RFC 7009, section 2.2).
    /// `client` is who the caller must be; empty: not asked.
    #[crate::boxed]
    pub async fn revoke_token(
        &self,
        call: &Call,
        organization: &str,
        token: &str,
        client: &str,
    ) -> Result<()> {
        let org = self.inner.visible_organization(call, organization).await?;
        self.inner.refuse_other_client(&call.caller, client).await?;
        if looks_like_one(token) {
            return self.revoke_access_token(call, org.id, token).await;
        }
        self.revoke_opaque(call, org.id, token).await
    }

    async fn revoke_opaque(&self, call: &Call, organization: Id, token: &str) -> Result<()> {
        let inner = &self.inner;
        if secret::organization_of(token) != Some(organization) {
            return Ok(());
        }
        let query = FindCredential {
            organization,
            by: By::Secret(Sha256::digest(token).into()),
            at: inner.platform.now(),
        };
        let Some(found) = inner.store.read(query).await? else {
            return Ok(());
        };
        let token = found.into_token();
        if !is_own(&call.caller, &token) {
            call.caller.require(Scope::TokensWrite)?;
        }
        let unit = DeleteToken {
            context: ChangeContext::new(call, &*inner.platform),
            organization,
            id: token.id,
        };
        match inner.write(&call.caller, organization, unit).await {
            // Somebody was faster.
            Err(Error::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    async fn revoke_access_token(&self, call: &Call, organization: Id, token: &str) -> Result<()> {
        let inner = &self.inner;
        let now = inner.platform.now();
        let claims = match inner.claims(token, now).await {
            Ok(claims) if claims.organization == organization => claims,
            Ok(_) | Err(Error::Unauthenticated(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let is_own = call.caller.token_id() == Some(claims.credential) || is_subject(&call.caller, &claims);
        if !is_own {
            call.caller.require(Scope::TokensWrite)?;
        }
        let unit = RevokeAccessToken {
            context: ChangeContext::new(call, &*inner.platform),
            organization,
            credential: claims.credential,
            jti: claims.jti,
            ends_at: timestamp(claims.exp),
        };
        inner.write(&call.caller, organization, unit).await
    }
}

fn is_own(caller: &Caller, token: &Token) -> bool {
    let is_same = caller.token_id() == Some(token.id);
    is_same
        || match &token.grant {
            TokenGrant::Personal { user_id, .. } => caller.user_id() == Some(*user_id),
            TokenGrant::Scim { connection_id } => caller.connection_id() == Some(*connection_id),
            TokenGrant::Service { .. } | TokenGrant::Key { .. } => false,
        }
}

fn is_subject(caller: &Caller, claims: &Claims) -> bool {
    let ids = [caller.user_id(), caller.connection_id()];
    ids.into_iter().flatten().any(|id| id.to_string() == claims.sub)
}

/// Revokes an access token before its end, and by that all that were made from it.
struct RevokeAccessToken {
    context: ChangeContext,
    organization: Id,
    credential: Id,
    jti: Id,
    ends_at: Timestamp,
}

#[async_trait]
impl Unit for RevokeAccessToken {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        if reader.access_token_revoked(self.organization, self.jti).await? {
            return Ok(());
        }
        let jti = FieldChange {
            field: "jti".to_owned(),
            before: json!(self.jti.to_string()),
            after: serde_json::Value::Null,
        };
        let detail = Detail {
            fields: vec![jti],
            ..Detail::default()
        };
        let entry = self
            .context
            .entry(Resource::Token, &self.credential, Action::Revoked, detail);
        transaction.entries.push(entry);
        transaction.writes.push(Write::RevokeAccessToken {
            organization: self.organization,
            id: self.jti,
            ends_at: self.ends_at,
            now: self.context.at,
        });
        Ok(())
    }
}
