//! What an access token stands on: what it was made from, as that is now.

use async_trait::async_trait;

use crate::{
    access_token::{Claims, SubjectKind},
    caller::Caller,
    connection::{Connection, ConnectionStatus},
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
    /// The access token that is asked about; `None`: one is to be made.
    pub(super) jti: Option<Id>,
    /// When it is asked.
    pub(super) at: Timestamp,
}

/// What was found.
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
        let is_revoked = match self.jti {
            Some(jti) => reader.access_token_revoked(self.organization, jti).await?,
            None => false,
        };
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

    /// Who calls with what was made from it.
    pub(super) fn recognize(self, now: Timestamp) -> Result<Recognized> {
        if self.is_revoked {
            return Err(UNKNOWN);
        }
        match self.source {
            Source::Token(credential) => credential.recognize(now),
            Source::Connection(connection) => by_federation(&self.organization, &connection),
        }
    }
}

/// A connection is a credential of its own only while somebody's assertions sign it in.
fn by_federation(organization: &Organization, connection: &Connection) -> Result<Recognized> {
    if connection.federation.is_none() {
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
    };
    Ok(Recognized {
        caller,
        ends_at: None,
    })
}

/// What the caller of an access token may do: what its credential may do now, and the token says. `None`: the token says something
/// that its credential is not.
pub(super) fn narrowed(caller: Caller, claims: &Claims) -> Option<Caller> {
    let says = |name: &str| claims.scope.split(' ').any(|scope| scope == name);
    match (caller, claims.kind) {
        (scim @ Caller::Scim { .. }, SubjectKind::Scim) => Some(scim),
        (
            Caller::Service {
                organization_id,
                token_id,
                mut scopes,
                projects,
            },
            SubjectKind::Service,
        ) => {
            scopes.retain(|scope| says(scope.name()));
            Some(Caller::Service {
                organization_id,
                token_id,
                scopes,
                projects,
            })
        }
        (
            Caller::User {
                organization_id,
                token_id,
                user_id,
                mut scopes,
                reach,
                projects,
            },
            SubjectKind::User,
        ) => {
            scopes.retain(|scope| says(scope.name()));
            Some(Caller::User {
                organization_id,
                token_id,
                user_id,
                scopes,
                reach,
                projects,
            })
        }
        _ => None,
    }
}
