//! Introspection of tokens, for services that cannot verify them themselves (RFC 7662).

use crate::{
    access_token::{Claims, SCIM_SCOPE, SubjectKind, looks_like_one, seconds, timestamp},
    caller::{Call, Caller, Reach, Scope},
    directory::{
        Directory, Inner,
        credential::{By, FindCredential, Recognized},
    },
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    secret,
};
use sha2::{Digest, Sha256};

/// A token that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspection {
    /// The organization.
    pub organization: Id,
    /// Kind of its subject.
    pub kind: SubjectKind,
    /// Subject that it stands for.
    pub subject: String,
    /// Client that asked for it.
    pub client: String,
    /// Credential that it was made from; its own id if it is no access token.
    pub credential: Id,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Further claims of an access token.
    pub claims: Option<Claims>,
}

impl Directory {
    /// Tells what a token stands for; `None`: nothing that holds, or nothing in this organization. `client` is who the caller must be; empty: not
    /// asked.
    #[crate::boxed]
    pub async fn introspect_token(
        &self,
        call: &Call,
        organization: &str,
        token: &str,
        client: &str,
    ) -> Result<Option<Introspection>> {
        let inner = &self.inner;
        inner.refuse_other_client(&call.caller, client).await?;
        let org = inner
            .organization(call, organization, Scope::TokensIntrospect)
            .await?;
        match inner.introspect(token).await {
            Ok(found) if found.organization == org.id => Ok(Some(found)),
            Ok(_) | Err(Error::Unauthenticated(_) | Error::RuleBroken(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Inner {
    async fn introspect(&self, token: &str) -> Result<Introspection> {
        let now = self.platform.now();
        if looks_like_one(token) {
            let claims = self.claims(token, now).await?;
            let recognized = self.stands(&claims, now).await?;
            return Ok(introspection(&recognized, Some(claims)));
        }
        let organization = secret::organization_of(token).ok_or(Error::Unauthenticated("malformed"))?;
        let query = FindCredential {
            organization,
            by: By::Secret(Sha256::digest(token).into()),
            at: now,
        };
        let found = self.store.read(query).await?;
        let found = found.ok_or(Error::Unauthenticated("unknown"))?;
        let account = found.service_account();
        let mut introspection = introspection(&found.recognize(now)?, None);
        if let Some(account) = account {
            introspection.subject = account.to_string();
            introspection.client = account.to_string();
        }
        Ok(introspection)
    }
}

fn introspection(recognized: &Recognized, claims: Option<Claims>) -> Introspection {
    let (kind, subject, scopes) = match &recognized.caller {
        Caller::Root => (SubjectKind::Service, None, &[][..]),
        Caller::Service { token_id, scopes, .. } => (SubjectKind::Service, Some(*token_id), &scopes[..]),
        Caller::Scim { connection_id, .. } => (SubjectKind::Scim, Some(*connection_id), &[][..]),
        Caller::User {
            user_id,
            scopes,
            reach: Reach::Organization,
            ..
        } => (SubjectKind::User, Some(*user_id), &scopes[..]),
        Caller::User { user_id, scopes, .. } => {
            let reads = scopes.contains(&Scope::UsersRead);
            let own: &[Scope] = if reads { &[Scope::UsersRead] } else { &[] };
            (SubjectKind::User, Some(*user_id), own)
        }
    };
    let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
    let scope = match kind {
        SubjectKind::Scim => SCIM_SCOPE.to_owned(),
        SubjectKind::User | SubjectKind::Service => names.join(" "),
    };
    let nobody = Id(uuid::Uuid::nil());
    let ends_at = recognized.caller.bearer().and_then(|bearer| bearer.ends_at);
    let subject = subject.map_or_else(String::new, |id| id.to_string());
    Introspection {
        organization: recognized.caller.organization_id().unwrap_or(nobody),
        kind,
        client: claims
            .as_ref()
            .map_or_else(|| subject.clone(), |claims| claims.client_id.clone()),
        subject: claims.as_ref().map_or(subject, |claims| claims.sub.clone()),
        credential: recognized.caller.token_id().unwrap_or(nobody),
        scope,
        // Whole seconds, as everywhere in these protocols.
        ends_at: ends_at.map(|end| timestamp(seconds(end))),
        claims,
    }
}
