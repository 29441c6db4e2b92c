//! Callers, and the rights of each.

use std::net::IpAddr;

use crate::{
    call_effect::CallEffect,
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    validate,
};

/// Scope of a service token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Read users.
    UsersRead,
    /// Change users.
    UsersWrite,
    /// Erase users. Not among what changes users: a deleted user comes back, an erased one does not.
    UsersErase,
    /// Read all that is known of a user, in one answer.
    UsersExport,
    /// Read groups.
    GroupsRead,
    /// Change groups.
    GroupsWrite,
    /// Read projects.
    ProjectsRead,
    /// Change projects.
    ProjectsWrite,
    /// Read custom roles and who holds which role.
    RolesRead,
    /// Change custom roles, and give and take roles.
    RolesWrite,
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
    /// Ask what a token of the organization stands for.
    TokensIntrospect,
    /// Read service accounts.
    ServiceAccountsRead,
    /// Change service accounts.
    ServiceAccountsWrite,
    /// Read extension schemas.
    SchemasRead,
    /// Change extension schemas.
    SchemasWrite,
    /// Read licenses.
    LicensesRead,
    /// Give and take licenses manually.
    LicensesWrite,
    /// Read mapping rules.
    MappingsRead,
    /// Change mapping rules.
    MappingsWrite,
    /// Read the change log.
    ChangesRead,
    /// Undo what a connection, a token or a request did, together with the scopes of what is undone.
    ChangesRevert,
    /// Read the provisioning log.
    ProvisioningRead,
    /// Read what issuers of tokens call users.
    IdentitiesRead,
    /// Change it. Not among what changes users: whoever can say who somebody is can become anybody.
    IdentitiesWrite,
    /// Ask what users may do.
    AccessRead,
    /// Override the policy for a manual change, with a reason.
    BreakGlass,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 32] = [
        Self::UsersRead,
        Self::UsersWrite,
        Self::UsersErase,
        Self::UsersExport,
        Self::GroupsRead,
        Self::GroupsWrite,
        Self::ProjectsRead,
        Self::ProjectsWrite,
        Self::RolesRead,
        Self::RolesWrite,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::PolicyRead,
        Self::PolicyWrite,
        Self::TokensRead,
        Self::TokensWrite,
        Self::TokensIntrospect,
        Self::ServiceAccountsRead,
        Self::ServiceAccountsWrite,
        Self::SchemasRead,
        Self::SchemasWrite,
        Self::LicensesRead,
        Self::LicensesWrite,
        Self::MappingsRead,
        Self::MappingsWrite,
        Self::ChangesRead,
        Self::ChangesRevert,
        Self::ProvisioningRead,
        Self::IdentitiesRead,
        Self::IdentitiesWrite,
        Self::AccessRead,
        Self::BreakGlass,
    ];

    /// Scopes that the facade uses, and so the scopes of a SCIM token.
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
            Self::UsersErase => "users:erase",
            Self::UsersExport => "users:export",
            Self::GroupsRead => "groups:read",
            Self::GroupsWrite => "groups:write",
            Self::ProjectsRead => "projects:read",
            Self::ProjectsWrite => "projects:write",
            Self::RolesRead => "roles:read",
            Self::RolesWrite => "roles:write",
            Self::ConnectionsRead => "connections:read",
            Self::ConnectionsWrite => "connections:write",
            Self::PolicyRead => "policy:read",
            Self::PolicyWrite => "policy:write",
            Self::TokensRead => "tokens:read",
            Self::TokensWrite => "tokens:write",
            Self::TokensIntrospect => "tokens:introspect",
            Self::ServiceAccountsRead => "service_accounts:read",
            Self::ServiceAccountsWrite => "service_accounts:write",
            Self::SchemasRead => "schemas:read",
            Self::SchemasWrite => "schemas:write",
            Self::LicensesRead => "licenses:read",
            Self::LicensesWrite => "licenses:write",
            Self::MappingsRead => "mappings:read",
            Self::MappingsWrite => "mappings:write",
            Self::ChangesRead => "changes:read",
            Self::ChangesRevert => "changes:revert",
            Self::ProvisioningRead => "provisioning:read",
            Self::IdentitiesRead => "identities:read",
            Self::IdentitiesWrite => "identities:write",
            Self::AccessRead => "access:read",
            Self::BreakGlass => "break_glass",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// Users that the scopes of a user's token cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole organization: the user is an admin.
    Organization,
    /// The user alone.
    Itself,
}

/// The token that a caller presented.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bearer {
    /// When it ends; `None`: never.
    pub ends_at: Option<Timestamp>,
    /// The id of an access token, behind those of the access tokens from which it was made; none: it is no access token.
    pub access_tokens: Vec<Id>,
    /// Digest of what was presented for it: a secret, or the pins of the connection that an assertion signed in.
    pub origin: Option<String>,
}

/// Caller as `Directory::authenticate` recognized it.
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
        /// Scopes that it has.
        scopes: Vec<Scope>,
        /// The projects that it is limited to; none: it is not limited.
        projects: Vec<Id>,
        /// The credential that it presented.
        bearer: Bearer,
    },
    /// An identity provider.
    Scim {
        /// Its organization.
        organization_id: Id,
        /// Its token; the connection where it signed in without one.
        token_id: Id,
        /// Its connection.
        connection_id: Id,
        /// The credential that it presented.
        bearer: Bearer,
    },
    /// A person, by a personal access token.
    User {
        /// Its organization.
        organization_id: Id,
        /// Its token.
        token_id: Id,
        /// Id of the user.
        user_id: Id,
        /// Scopes of the token.
        scopes: Vec<Scope>,
        /// Users that the scopes cover, as the user's role allows.
        reach: Reach,
        /// The projects that it is limited to; none: it is not limited.
        projects: Vec<Id>,
        /// The credential that it presented.
        bearer: Bearer,
    },
}

impl Caller {
    /// The credential that it presented; `None`: root's token neither ends nor is exchanged.
    pub fn bearer(&self) -> Option<&Bearer> {
        match self {
            Self::Root => None,
            Self::Service { bearer, .. } | Self::Scim { bearer, .. } | Self::User { bearer, .. } => {
                Some(bearer)
            }
        }
    }

    /// The same caller by another token.
    #[must_use]
    pub(crate) fn presenting(mut self, presented: Bearer) -> Self {
        match &mut self {
            Self::Root => {}
            Self::Service { bearer, .. } | Self::Scim { bearer, .. } | Self::User { bearer, .. } => {
                *bearer = presented;
            }
        }
        self
    }

    /// Its organization; `None`: root belongs to none.
    pub fn organization_id(&self) -> Option<Id> {
        match self {
            Self::Root => None,
            Self::Service { organization_id, .. }
            | Self::Scim { organization_id, .. }
            | Self::User { organization_id, .. } => Some(*organization_id),
        }
    }

    /// Its token; `None`: root has none with an id.
    pub fn token_id(&self) -> Option<Id> {
        match self {
            Self::Root => None,
            Self::Service { token_id, .. } | Self::Scim { token_id, .. } | Self::User { token_id, .. } => {
                Some(*token_id)
            }
        }
    }

    /// The connection through which it calls.
    pub fn connection_id(&self) -> Option<Id> {
        match self {
            Self::Scim { connection_id, .. } => Some(*connection_id),
            Self::Root | Self::Service { .. } | Self::User { .. } => None,
        }
    }

    /// The user that it is.
    pub fn user_id(&self) -> Option<Id> {
        match self {
            Self::User { user_id, .. } => Some(*user_id),
            Self::Root | Self::Service { .. } | Self::Scim { .. } => None,
        }
    }

    /// Tells whether it is limited to projects.
    pub fn is_limited(&self) -> bool {
        match self {
            Self::Root | Self::Scim { .. } => false,
            Self::Service { projects, .. } | Self::User { projects, .. } => !projects.is_empty(),
        }
    }

    /// Tells whether it may deal with this project.
    pub fn sees_project(&self, project: Id) -> bool {
        match self {
            Self::Root | Self::Scim { .. } => true,
            Self::Service { projects, .. } | Self::User { projects, .. } => {
                projects.is_empty() || projects.contains(&project)
            }
        }
    }

    /// Refuses a caller that does not have the scope.
    pub fn require(&self, scope: Scope) -> Result<()> {
        let has = match self {
            Self::Root => true,
            Self::Service { scopes, .. } => scopes.contains(&scope),
            Self::Scim { .. } => Scope::SCIM.contains(&scope),
            Self::User { scopes, reach, .. } => *reach == Reach::Organization && scopes.contains(&scope),
        };
        if has {
            Ok(())
        } else {
            Err(Error::Forbidden(scope.name()))
        }
    }

    /// Refuses everybody but a connection.
    pub fn require_connection(&self) -> Result<()> {
        match self {
            Self::Scim { .. } => Ok(()),
            Self::Root | Self::Service { .. } | Self::User { .. } => Err(Error::CallerNotAllowed(
                "SCIM serves tokens of a connection, and none of another kind",
            )),
        }
    }

    /// Refuses a caller that is limited to projects.
    pub fn require_unlimited(&self) -> Result<()> {
        if self.is_limited() {
            return Err(Error::CallerNotAllowed(
                "a token limited to projects may call only what is about its projects",
            ));
        }
        Ok(())
    }

    /// Refuses a caller that is limited to other projects, or to projects at all where the call is about the organization (`None`). The
    /// refusal of a project holds what the call named it by: its id would tell that there is one of this name.
    pub fn require_project(&self, project: Option<Id>, named: impl ToString) -> Result<()> {
        match project {
            None => self.require_unlimited(),
            Some(project) if self.sees_project(project) => Ok(()),
            Some(_) => Err(Error::not_found(Resource::Project, named)),
        }
    }

    /// Refuses a caller that may not read this user. A person may read itself.
    pub fn require_to_read_user(&self, user: Id) -> Result<()> {
        match self {
            Self::User { user_id, scopes, .. } if *user_id == user && scopes.contains(&Scope::UsersRead) => {
                Ok(())
            }
            _ => self.require(Scope::UsersRead),
        }
    }
}

/// Treatment of a call's effects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    /// It is done.
    #[default]
    Commit,
    /// A dry run: every rule is checked and the answer is the same, and nothing is stored (AIP-163).
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

/// One call: who makes it, under which id the log knows it, and what goes for it alone.
#[derive(Clone, Debug)]
pub struct Call {
    /// Caller that makes the call.
    pub caller: Caller,
    /// The request's id, for the log and the change log.
    pub request_id: String,
    /// Set by callers: the call is done, or is a dry run.
    pub intent: Intent,
    /// Where the client is, as far as somebody trusted told; `None`: not known, and so in no network.
    pub address: Option<IpAddr>,
    /// Why the caller overrides the policy for a manual change; `None`: it does not.
    break_glass: Option<String>,
    /// Effect of its changes.
    pub effect: CallEffect,
}

impl Call {
    /// A call from nowhere that is done and overrides nothing.
    pub fn new(caller: Caller, request_id: impl Into<String>) -> Self {
        Self {
            caller,
            request_id: request_id.into(),
            intent: Intent::Commit,
            address: None,
            break_glass: None,
            effect: CallEffect::default(),
        }
    }

    /// The same call, overriding the policy for this reason. Root may, and who has the scope: a caller who may not is told so, also
    /// where nothing would have been in its way.
    pub fn break_glass(self, reason: &str) -> Result<Self> {
        self.caller.require(Scope::BreakGlass)?;
        validate::break_glass_reason(reason)?;
        let break_glass = Some(reason.to_owned());
        Ok(Self { break_glass, ..self })
    }

    /// Tells the last revision that the call made; `None`: it changed nothing.
    pub fn revision(&self) -> Option<i64> {
        self.effect.revision()
    }

    /// Why the caller overrides the policy for a manual change.
    pub fn break_glass_reason(&self) -> Option<&str> {
        self.break_glass.as_deref()
    }
}
