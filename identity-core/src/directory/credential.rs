//! A token and what it stands for, and whether it does so now.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::powers::Powers;
use crate::{
    caller::{Bearer, Caller, Reach},
    connection::{Connection, ConnectionStatus},
    error::{Error, Resource, Result, Rule},
    id::Id,
    organization::OrganizationStatus,
    platform::Timestamp,
    role::RoleScope,
    service_account::ServiceAccount,
    store::{Authentication, Cost, Query, Reader},
    token::{Token, TokenGrant},
    user::User,
};

/// Error for a token that does not exist, or whose owner is gone or inactive.
pub(super) const UNKNOWN: Error = Error::Unauthenticated("the token is unknown or revoked");

impl Error {
    /// The error as a caller hears it. That its own organization is gone can only be so since it was found out who calls: its token
    /// is unknown, as it would be a moment later. Root has none of its own.
    #[must_use]
    pub fn located_in(self, own: Option<Id>) -> Self {
        match (&self, own) {
            (
                Self::NotFound {
                    resource: Resource::Organization,
                    id,
                },
                Some(own),
            ) if Id::parse(id) == Some(own) => UNKNOWN,
            _ => self,
        }
    }
}

/// A caller that was found.
#[derive(Clone)]
pub(super) struct Recognized {
    pub(super) caller: Caller,
    /// When it becomes another one by itself: a role ends that makes an administrator.
    pub(super) until: Option<Timestamp>,
}

/// How a token is known.
pub(super) enum By {
    /// By the digest of its present secret, or of a former one that may still hold.
    Secret([u8; 32]),
    /// By its id.
    Id(Id),
}

/// A token of an organization, with all that decides what it is good for.
pub(super) struct FindCredential {
    pub(super) organization: Id,
    pub(super) by: By,
    /// When it is asked.
    pub(super) at: Timestamp,
}

/// Token that was found, and its owner.
pub(super) struct Credential {
    found: Authentication,
    /// The digest of the secret that was presented, if it was found by one.
    presented: Option<[u8; 32]>,
    /// Until when a former secret holds; `None`: it is the present one.
    former_ends_at: Option<Timestamp>,
    owner: Owner,
}

/// To whom it belongs.
enum Owner {
    /// A connection or an internal service: there is no more to know.
    None,
    User(Option<Box<Person>>),
    Account(Option<ServiceAccount>),
}

/// A person, and whom its token is about.
struct Person {
    user: User,
    reach: Reach,
    /// When the last role ends that makes it an administrator; `None`: none that ends does.
    reach_ends_at: Option<Timestamp>,
}

#[async_trait]
impl Query for FindCredential {
    type Output = Option<Credential>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Some((found, former_ends_at)) = self.find(reader).await? else {
            return Ok(None);
        };
        let owner = match &found.token.grant {
            TokenGrant::Scim { .. } | TokenGrant::Service { .. } => Owner::None,
            TokenGrant::Personal { user_id, .. } => Owner::User(self.user(*user_id, reader).await?),
            TokenGrant::Key {
                service_account_id, ..
            } => Owner::Account(
                reader
                    .service_account(self.organization, *service_account_id)
                    .await?,
            ),
        };
        let presented = match self.by {
            By::Secret(digest) => Some(digest),
            By::Id(_) => None,
        };
        Ok(Some(Credential {
            found,
            presented,
            former_ends_at,
            owner,
        }))
    }
}

impl FindCredential {
    /// A person, and whom its token is about: an admin, by itself or through groups, administers, and everybody else reads itself (rule
    /// 30).
    async fn user(&self, id: Id, reader: &mut dyn Reader) -> Result<Option<Box<Person>>> {
        let user = reader.user(self.organization, id).await?;
        let organization = reader.organization(self.organization).await?;
        let (Some(user), Some(organization)) = (user, organization) else {
            return Ok(None);
        };
        let catalog = organization.policy.catalog();
        let mut ends = Vec::new();
        if user.organization_role.as_deref() == Some(catalog.admin()) {
            ends.push(None);
        } else if organization.has_other_grants {
            let mut grants = reader.effective_grants(self.organization, &[id], self.at).await?;
            grants.retain(|it| {
                let key = &it.grant.key;
                key.scope == RoleScope::Organization && key.role == catalog.admin()
            });
            ends.extend(grants.iter().map(|it| it.grant.expires_at));
        }
        let lasts = ends.contains(&None);
        Ok(Some(Box::new(Person {
            user,
            reach: if ends.is_empty() {
                Reach::Itself
            } else {
                Reach::Organization
            },
            reach_ends_at: ends.into_iter().flatten().max().filter(|_| !lasts),
        })))
    }

    async fn find(&self, reader: &mut dyn Reader) -> Result<Option<(Authentication, Option<Timestamp>)>> {
        let digest = match &self.by {
            By::Id(id) => {
                let found = reader.authentication_of(self.organization, *id).await?;
                return Ok(found.map(|found| (found, None)));
            }
            By::Secret(digest) => digest,
        };
        if let Some(found) = reader.authentication(self.organization, digest).await? {
            return Ok(Some((found, None)));
        }
        // Only a secret that is not the present one of any token pays for this.
        let Some((token, ends_at)) = reader.former_secret(self.organization, digest).await? else {
            return Ok(None);
        };
        let found = reader.authentication_of(self.organization, token).await?;
        Ok(found.map(|found| (found, Some(ends_at))))
    }
}

impl Credential {
    /// The person that it belongs to.
    pub(super) fn user(&self) -> Option<&User> {
        match &self.owner {
            Owner::User(person) => person.as_deref().map(|person| &person.user),
            Owner::None | Owner::Account(_) => None,
        }
    }

    /// The service account that it belongs to.
    pub(super) fn service_account(&self) -> Option<Id> {
        match &self.owner {
            Owner::Account(account) => account.as_ref().map(|account| account.id),
            Owner::None | Owner::User(_) => None,
        }
    }

    /// Refuses what was made with a secret that holds no more. A former secret holds until the overlap of its rotation ends, and one of
    /// a compromised token, which is rotated without an overlap, not a moment longer.
    pub(super) fn made_with(mut self, origin: Option<&str>, now: Timestamp) -> Result<Self> {
        let token = &self.found.token;
        // Access tokens of before 1.0 do not say; they last an hour at most.
        if origin.is_none_or(|origin| origin == told(&token.digest)) {
            return Ok(self);
        }
        self.former_ends_at = Some(token.former_ends_at.filter(|end| *end > now).ok_or(UNKNOWN)?);
        Ok(self)
    }

    /// The token, whether it holds or not.
    pub(super) fn into_token(self) -> Token {
        self.found.token
    }

    /// Returns the caller behind it. Refuses in this order: a secret or token that ended, an organization
    /// that is not served, a connection that is not, an owner that is gone.
    pub(super) fn recognize(self, now: Timestamp) -> Result<Recognized> {
        let Authentication {
            token,
            connection,
            organization_status,
        } = self.found;
        if self.former_ends_at.is_some_and(|end| end <= now) {
            return Err(UNKNOWN);
        }
        refuse_ended(token.expires_at, now)?;
        if organization_status == OrganizationStatus::Suspended {
            return Err(Error::RuleBroken(Rule::OrganizationSuspended));
        }
        let disabled = |connection: &&Connection| connection.status == ConnectionStatus::Disabled;
        if let Some(connection) = connection.as_ref().filter(disabled) {
            return Err(Error::RuleBroken(Rule::ConnectionDisabled(connection.id)));
        }
        let presented = self.presented.unwrap_or(token.digest);
        let bearer = Bearer {
            origin: Some(told(&presented)),
            ends_at: [self.former_ends_at, token.expires_at]
                .into_iter()
                .flatten()
                .min(),
            ..Bearer::default()
        };
        let until = match &self.owner {
            Owner::User(Some(person)) => person.reach_ends_at,
            Owner::User(None) | Owner::None | Owner::Account(_) => None,
        };
        let caller = caller(token, self.owner, bearer).ok_or(UNKNOWN)?;
        Ok(Recognized { caller, until })
    }
}

/// Digest of a secret as access tokens carry it: a digest of the stored one, which is told to nobody.
fn told(digest: &[u8; 32]) -> String {
    HEXLOWER.encode(&Sha256::digest(digest)[..TOLD_BYTES])
}

/// Bytes of it: enough that no two secrets of a token have the same.
const TOLD_BYTES: usize = 8;

/// Refuses what has ended.
pub(super) fn refuse_ended(ends_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match ends_at {
        Some(end) if end <= now => Err(Error::Unauthenticated("the token has expired")),
        Some(_) | None => Ok(()),
    }
}

fn caller(token: Token, owner: Owner, bearer: Bearer) -> Option<Caller> {
    let (organization_id, token_id) = (token.organization_id, token.id);
    Some(match (token.grant, owner) {
        (TokenGrant::Scim { connection_id }, _) => Caller::Scim {
            organization_id,
            token_id,
            connection_id,
            bearer,
        },
        (TokenGrant::Service { scopes }, _) => Caller::Service {
            organization_id,
            token_id,
            scopes,
            projects: token.projects,
            bearer,
        },
        (TokenGrant::Personal { user_id, scopes }, Owner::User(Some(person))) if person.user.active => {
            Caller::User {
                organization_id,
                token_id,
                user_id,
                scopes,
                reach: person.reach,
                projects: token.projects,
                bearer,
            }
        }
        (TokenGrant::Key { scopes, .. }, Owner::Account(Some(account))) => {
            let Powers { scopes, projects } = Powers::of_key(scopes, token.projects, &account);
            Caller::Service {
                organization_id,
                token_id,
                scopes,
                projects,
                bearer,
            }
        }
        (TokenGrant::Personal { .. } | TokenGrant::Key { .. }, _) => return None,
    })
}
