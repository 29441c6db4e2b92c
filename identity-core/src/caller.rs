//! Who calls, and what a caller may do.

use crate::{
    error::{Error, Result},
    id::Id,
};

/// What a service token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Read users.
    UsersRead,
    /// Change users.
    UsersWrite,
    /// Read groups.
    GroupsRead,
    /// Change groups.
    GroupsWrite,
    /// Read connections.
    ConnectionsRead,
    /// Change connections.
    ConnectionsWrite,
    /// Read the policy.
    PolicyRead,
    /// Change the policy.
    PolicyWrite,
    /// Read tokens.
    TokensRead,
    /// Change tokens.
    TokensWrite,
    /// Read extension schemas.
    SchemasRead,
    /// Change extension schemas.
    SchemasWrite,
    /// Read the change log.
    ChangesRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::UsersRead,
        Self::UsersWrite,
        Self::GroupsRead,
        Self::GroupsWrite,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::PolicyRead,
        Self::PolicyWrite,
        Self::TokensRead,
        Self::TokensWrite,
        Self::SchemasRead,
        Self::SchemasWrite,
        Self::ChangesRead,
    ];

    /// What the facade calls, and so what a SCIM token may do.
    pub const SCIM: [Self; 6] = [
        Self::UsersRead,
        Self::UsersWrite,
        Self::GroupsRead,
        Self::GroupsWrite,
        Self::PolicyRead,
        Self::SchemasRead,
    ];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
            Self::GroupsRead => "groups:read",
            Self::GroupsWrite => "groups:write",
            Self::ConnectionsRead => "connections:read",
            Self::ConnectionsWrite => "connections:write",
            Self::PolicyRead => "policy:read",
            Self::PolicyWrite => "policy:write",
            Self::TokensRead => "tokens:read",
            Self::TokensWrite => "tokens:write",
            Self::SchemasRead => "schemas:read",
            Self::SchemasWrite => "schemas:write",
            Self::ChangesRead => "changes:read",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// Who calls, as `Directory::authenticate` found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The operator: may do everything in every organization.
    Root,
    /// An internal service of one organization.
    Service {
        /// Its organization.
        organization_id: Id,
        /// Its token.
        token_id: Id,
        /// What it may do.
        scopes: Vec<Scope>,
    },
    /// An identity provider.
    Scim {
        /// Its organization.
        organization_id: Id,
        /// Its token.
        token_id: Id,
        /// Its connection.
        connection_id: Id,
    },
}

impl Caller {
    /// The connection through which it calls.
    pub fn connection_id(&self) -> Option<Id> {
        match self {
            Self::Scim { connection_id, .. } => Some(*connection_id),
            Self::Root | Self::Service { .. } => None,
        }
    }

    /// Refuses a caller that does not have the scope.
    pub fn require(&self, scope: Scope) -> Result<()> {
        let has = match self {
            Self::Root => true,
            Self::Service { scopes, .. } => scopes.contains(&scope),
            Self::Scim { .. } => Scope::SCIM.contains(&scope),
        };
        if has {
            Ok(())
        } else {
            Err(Error::Forbidden(scope.name()))
        }
    }
}

/// What becomes of what a call does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    /// It is done.
    #[default]
    Commit,
    /// It is tried: every rule speaks and the answer is the same, and nothing stays (AIP-163).
    Validate,
}

impl Intent {
    /// The intent behind a request's field `validate_only`.
    pub const fn of_request(validate_only: bool) -> Self {
        if validate_only {
            Self::Validate
        } else {
            Self::Commit
        }
    }
}

/// One call: who makes it, and under which id the log knows it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The request's id, for the log and the change log.
    pub request_id: String,
    /// Whether it is done or only tried.
    pub intent: Intent,
}
