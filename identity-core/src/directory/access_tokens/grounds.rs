//! Grounds of an access token: the credential that it was made from, in its present state.

use async_trait::async_trait;

use crate::{
    access_token::{Claims, SubjectKind},
    caller::{Bearer, Caller, Scope},
    connection::{Connection, ConnectionStatus, Federation},
    directory::credential::{By, Credential, FindCredential, Recognized, UNKNOWN},
    error::{Error, Result, Rule},
    id::Id,
    organization::{Organization, OrganizationStatus},
    platform::Timestamp,
    store::{Cost, Query, Reader},
    user::User,
};

/// Reads what a credential is, and what a new access token says of its owner.
pub(super) struct FindGrounds {
    pub(super) organization: Id,
    /// A token, or a connection that signs in without one.
    pub(super) credential: Id,
    /// The access token that is asked about, and those from which it was made; none: one is to be made.
    pub(super) access_tokens: Vec<Id>,
    /// When it is asked.
    pub(super) at: Timestamp,
}

/// Grounds that were found.
pub(super) struct Grounds {
    pub(super) organization: Organization,
    source: Source,
    is_revoked: bool,
}

enum Source {
    Token(Box<Credential>),
    Connection(Box<Connection>),
}

#[async_trait]
impl Query for FindGrounds {
    type Output = Option<Grounds>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Some(organization) = reader.organization(self.organization).await? else {
            return Ok(None);
        };
        let mut is_revoked = false;
        for jti in &self.access_tokens {
            is_revoked |= reader.access_token_revoked(self.organization, *jti).await?;
        }
        let find = FindCredential {
            organization: self.organization,
            by: By::Id(self.credential),
            at: self.at,
        };
        let source = match find.run(reader).await? {
            Some(credential) => Source::Token(Box::new(credential)),
            None => match reader.connection(self.organization, self.credential).await? {
                Some(connection) => Source::Connection(Box::new(connection)),
                None => return Ok(None),
            },
        };
        Ok(Some(Grounds {
            organization,
            source,
            is_revoked,
        }))
    }
}

impl Grounds {
    /// The person behind it.
    pub(super) fn user(&self) -> Option<&User> {
        match &self.source {
            Source::Token(credential) => credential.user(),
            Source::Connection(_) => None,
        }
    }

    /// The service account behind it.
    pub(super) fn service_account(&self) -> Option<Id> {
        match &self.source {
            Source::Token(credential) => credential.service_account(),
            Source::Connection(_) => None,
        }
    }

    /// Resolves the caller of a token that was made from it, with the secret or under the pins of this digest.
    pub(super) fn recognize(self, origin: Option<&str>, now: Timestamp) -> Result<Recognized> {
        if self.is_revoked {
            return Err(UNKNOWN);
        }
        match self.source {
            Source::Token(credential) => credential.made_with(origin, now)?.recognize(now),
            Source::Connection(connection) => by_federation(&self.organization, &connection, origin),
        }
    }
}

/// A connection is a credential of its own only while the assertions sign it in that did when the access token was issued.
fn by_federation(
    organization: &Organization,
    connection: &Connection,
    issued_under: Option<&str>,
) -> Result<Recognized> {
    let pinned = connection.federation.as_ref().map(Federation::digest);
    if pinned.is_none() || pinned.as_deref() != issued_under {
        return Err(UNKNOWN);
    }
    if organization.status == OrganizationStatus::Suspended {
        return Err(Error::RuleBroken(Rule::OrganizationSuspended));
    }
    if connection.status == ConnectionStatus::Disabled {
        return Err(Error::RuleBroken(Rule::ConnectionDisabled(connection.id)));
    }
    let caller = Caller::Scim {
        organization_id: organization.id,
        token_id: connection.id,
        connection_id: connection.id,
        bearer: Bearer::default(),
    };
    Ok(Recognized { caller, until: None })
}

/// Limits the caller of an access token to what its credential allows now and the token says. `None`: the
/// token says something that its credential is not.
pub(super) fn narrowed(mut caller: Caller, claims: &Claims) -> Option<Caller> {
    let says = |scope: &Scope| claims.scope.split(' ').any(|name| name == scope.name());
    match (&mut caller, claims.kind) {
        (Caller::Scim { .. }, SubjectKind::Scim) => {}
        (Caller::Service { scopes, .. }, SubjectKind::Service)
        | (Caller::User { scopes, .. }, SubjectKind::User) => scopes.retain(says),
        _ => return None,
    }
    Some(caller)
}
