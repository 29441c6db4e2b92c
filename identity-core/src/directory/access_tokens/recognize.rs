//! Recognition of the caller behind an access token.

use super::grounds::{FindGrounds, narrowed};
use crate::{
    access_token::{Claims, timestamp},
    caller::Bearer,
    directory::{
        Inner,
        credential::{Recognized, UNKNOWN},
    },
    error::{Error, Result},
    platform::Timestamp,
};

impl Inner {
    /// Finds the caller behind an access token that was made for this service.
    pub(in crate::directory) async fn look_up_access_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Recognized> {
        let claims = self.claims(token, now).await?;
        if !claims.aud.contains(&self.access_tokens.issuer) {
            return Err(Error::Unauthenticated("the access token is for somebody else"));
        }
        self.stands(&claims, now).await
    }

    /// Verifies an access token of this deployment and returns its claims.
    pub(in crate::directory) async fn claims(&self, token: &str, now: Timestamp) -> Result<Claims> {
        let keys = self.key_set_for(token, now).await?;
        keys.verify(token, &self.access_tokens.issuer, now)
    }

    /// Checks that the credential behind an access token still holds, and returns its caller: a revocation
    /// takes effect here at once.
    pub(super) async fn stands(&self, claims: &Claims, now: Timestamp) -> Result<Recognized> {
        let query = FindGrounds {
            organization: claims.organization,
            credential: claims.credential,
            access_tokens: claims.lineage(),
            at: now,
        };
        let grounds = self.store.read(query).await?.ok_or(UNKNOWN)?;
        let Recognized { caller, until } = grounds.recognize(claims.origin.as_deref(), now)?;
        let of_credential = caller.bearer().and_then(|bearer| bearer.ends_at);
        let own_end = timestamp(claims.exp);
        let presented = Bearer {
            ends_at: Some(of_credential.map_or(own_end, |end| end.min(own_end))),
            access_tokens: claims.lineage(),
            origin: claims.origin.clone(),
        };
        let caller = narrowed(caller, claims).ok_or(UNKNOWN)?.presenting(presented);
        Ok(Recognized { caller, until })
    }
}
