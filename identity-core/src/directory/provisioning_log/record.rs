//! Adding requests. Whom they belong to, the token says and nothing else.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};

use crate::{
    access_token::looks_like_one,
    caller::Caller,
    connection_health::Observations,
    directory::{
        Directory, Inner,
        authentication::MALFORMED,
        credential::{self, By, FindCredential},
        input::{NewProvisioningRequest, RequestsOfToken},
        organization_context::OrganizationRef,
    },
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    provisioning_log::{MAX_RECORDED, MAX_REFUSED_TOKENS, ProvisioningAction, ProvisioningRequest},
    secret,
    token::{Token, TokenGrant},
};

/// Longest time since a request came in.
const MAX_AGE_MICROS: i64 = 60_000_000;

/// Holder of a token, whether it holds or not.
struct Origin {
    organization: Id,
    connection: Option<Id>,
    token: Option<Id>,
}

/// Requests on their way to the store.
#[derive(Default)]
struct Recorded {
    /// Requests that are kept.
    kept: Vec<ProvisioningRequest>,
    /// Statements about their connections.
    observed: Observations,
}

impl Directory {
    /// Adds requests to the logs that are kept of the organizations that their tokens name; answers how many requests have a token that
    /// names none. Refused if all have.
    #[crate::boxed]
    pub async fn record_provisioning_requests(&self, of_tokens: Vec<RequestsOfToken>) -> Result<usize> {
        let count: usize = of_tokens.iter().map(|it| it.requests.len()).sum();
        if count > MAX_RECORDED {
            return Err(Error::TooMany {
                limit: "provisioning requests in one message",
                maximum: MAX_RECORDED as u64,
                retry_after: None,
            });
        }
        let (mut recorded, mut without_origin, mut refused) = (Recorded::default(), 0, 0);
        for RequestsOfToken { token, requests } in of_tokens {
            if refused == MAX_REFUSED_TOKENS {
                without_origin += requests.len();
                continue;
            }
            let origin = match self.authenticate(&token).await {
                Ok(caller) => Origin::of_caller(&caller).ok_or(MALFORMED),
                Err(Error::Unauthenticated(_) | Error::RuleBroken(_)) => {
                    refused += 1;
                    self.inner.origin_of_refused(&token).await
                }
                Err(error) => Err(error),
            };
            match origin {
                Ok(origin) => self.inner.record(&origin, requests, &mut recorded).await?,
                Err(Error::Unauthenticated(_)) => without_origin += requests.len(),
                Err(error) => return Err(error),
            }
        }
        if without_origin == count {
            return Err(credential::UNKNOWN);
        }
        let Recorded { kept, observed } = recorded;
        let observed = observed.into_observed();
        let organizations: Vec<Id> = observed.iter().map(|it| it.organization).collect();
        if !kept.is_empty() || !observed.is_empty() {
            let store = &self.inner.store;
            store.record_provisioning_requests(kept, observed).await?;
        }
        for organization in organizations {
            self.inner.remembered.touched.note(organization);
        }
        Ok(without_origin)
    }
}

impl Origin {
    /// Root belongs to no organization.
    fn of_caller(caller: &Caller) -> Option<Self> {
        Some(Self {
            organization: caller.organization_id()?,
            connection: caller.connection_id(),
            token: caller.token_id(),
        })
    }

    fn of_token(token: &Token) -> Self {
        Self {
            organization: token.organization_id,
            connection: match token.grant {
                TokenGrant::Scim { connection_id } => Some(connection_id),
                TokenGrant::Service { .. } | TokenGrant::Personal { .. } | TokenGrant::Key { .. } => None,
            },
            token: Some(token.id),
        }
    }
}

impl Inner {
    /// Adds requests as their organization keeps them. The health of a connection follows from them also where none is kept.
    async fn record(
        &self,
        origin: &Origin,
        requests: Vec<NewProvisioningRequest>,
        recorded: &mut Recorded,
    ) -> Result<()> {
        let by_id = OrganizationRef::Id(origin.organization);
        let Some(organization) = self.cached_organization(by_id).await? else {
            return Ok(());
        };
        let is_kept = !organization.policy.provisioning_log_keep.is_zero();
        let now = self.platform.now();
        let count = match origin.token {
            Some(_) => requests.len(),
            None => self.strangers.admit(origin.organization, requests.len(), now),
        };
        // Services and people ask for access tokens, too.
        let is_told = |new: &NewProvisioningRequest| {
            new.content.action != ProvisioningAction::Token
                || origin.connection.is_some()
                || origin.token.is_none()
        };
        for new in requests.into_iter().take(count).filter(is_told) {
            let age = i64::try_from(new.age.as_micros()).unwrap_or(MAX_AGE_MICROS);
            let at = Timestamp(now.0 - age.min(MAX_AGE_MICROS));
            let request = ProvisioningRequest {
                organization_id: origin.organization,
                id: Id::generate_at(at, &*self.platform),
                at,
                connection_id: origin.connection,
                token_id: origin.token,
                content: new.content.bounded(),
            };
            recorded.observed.add(&request);
            if is_kept {
                recorded.kept.push(request);
            }
        }
        Ok(())
    }

    /// The origin of a token that is refused: it has expired, or its connection or organization is not served. A secret that is not
    /// known any more still names its organization; an access token that ended names nothing.
    async fn origin_of_refused(&self, token: &str) -> Result<Origin> {
        let at = self.platform.now();
        let (organization, by) = if looks_like_one(token) {
            let claims = self.claims(token, at).await?;
            (claims.organization, By::Id(claims.credential))
        } else {
            let organization = secret::organization_of(token).ok_or(MALFORMED)?;
            (organization, By::Secret(Sha256::digest(token).into()))
        };
        let query = FindCredential { organization, by, at };
        let found = self.store.read(query).await?;
        Ok(found.map_or(
            Origin {
                organization,
                connection: None,
                token: None,
            },
            |found| Origin::of_token(&found.into_token()),
        ))
    }
}

/// Requests with unknown secrets that are added for one organization within [`WINDOW_MICROS`]: anybody can make up a secret that names it.
const MAX_STRANGERS: usize = 60;
const WINDOW_MICROS: i64 = 60_000_000;
/// Organizations that are counted; beyond that nothing is added.
const MAX_COUNTED: usize = 10_000;

/// Requests with unknown secrets, by organization: the begin of the window, and how many there were.
#[derive(Default)]
pub(in crate::directory) struct Strangers(Mutex<HashMap<Id, (Timestamp, usize)>>);

impl Strangers {
    /// Counts requests; answers how many of them are added.
    fn admit(&self, organization: Id, requests: usize, now: Timestamp) -> usize {
        let is_over = |begun: Timestamp| !(0..WINDOW_MICROS).contains(&(now.0 - begun.0));
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_COUNTED {
            windows.retain(|_, (begun, _)| !is_over(*begun));
        }
        if windows.len() >= MAX_COUNTED && !windows.contains_key(&organization) {
            return 0;
        }
        let window = windows.entry(organization).or_insert((now, 0));
        if is_over(window.0) {
            *window = (now, 0);
        }
        let admitted = requests.min(MAX_STRANGERS - window.1);
        window.1 += admitted;
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANIZATION: Id = Id(uuid::Uuid::from_u128(1));
    const OTHER: Id = Id(uuid::Uuid::from_u128(2));

    #[test]
    fn strangers_fill_no_log() {
        let strangers = Strangers::default();
        assert_eq!(strangers.admit(ORGANIZATION, 50, Timestamp(0)), 50);
        assert_eq!(strangers.admit(ORGANIZATION, 50, Timestamp(1)), 10);
        assert_eq!(strangers.admit(ORGANIZATION, 50, Timestamp(2)), 0);
        assert_eq!(strangers.admit(OTHER, 1, Timestamp(2)), 1);
        assert_eq!(strangers.admit(ORGANIZATION, 50, Timestamp(WINDOW_MICROS)), 50);
    }
}
