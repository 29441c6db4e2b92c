//! THE table of who may call what: every RPC of `roster.identity.v1`, the scope that it takes, the kinds of caller that it serves, and how
//! large its message may be. The layers enforce it before a body is read, so that no handler can forget to; what a caller may do to
//! a single resource is the core's to say. `docs/authorization.md` is the same table for people, and a test holds one against the other.

use identity_core::{
    caller::{Caller, Reach, Scope},
    error::{Error, Result},
};

/// Bytes of a message where an RPC needs no more.
const MESSAGE_BYTES: usize = 4 << 20;
/// Bytes of all messages of a call that anybody may make: nothing there is long, an assertion of 16 KiB included.
pub(crate) const ANONYMOUS_BYTES: usize = 32 << 10;

/// The scope that an RPC takes, or what stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The operator's token.
    Root,
    /// A token with this scope.
    Scope(Scope),
    /// Any token.
    Token,
    /// Nothing: who calls does not matter, or the message tells.
    Nothing,
}

/// One RPC. The operator may call everything; a service, an administrator by a personal token, and an access token of either, what its
/// scopes name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The service, without its package.
    pub service: &'static str,
    /// The RPC.
    pub name: &'static str,
    /// The scope that it takes.
    pub requirement: Requirement,
    /// Service to connections: an identity provider, by a SCIM token or an access token of one.
    pub connections: bool,
    /// Service to persons who are no administrators, about themselves.
    pub persons: bool,
    /// Service to callers that are limited to projects, about those.
    pub limited: bool,
    /// Size limit of a message.
    pub size: Size,
}

/// Size limit of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Room for one resource.
    Usual,
    /// As much as the operator allows: a list of members or candidates.
    Large,
}

impl Method {
    /// The path of its requests.
    pub fn path(&self) -> String {
        format!("/{PACKAGE}.{}/{}", self.service, self.name)
    }

    /// Refuses a caller whom this RPC does not serve.
    pub(crate) fn authorize(&self, caller: &Caller) -> Result<()> {
        if !self.limited {
            caller.require_unlimited()?;
        }
        let (is_served, scopes) = match caller {
            Caller::Root => return Ok(()),
            Caller::Scim { .. } => return self.authorize_connection(),
            Caller::User {
                scopes,
                reach: Reach::Itself,
                ..
            } => (self.persons, scopes),
            Caller::Service { scopes, .. } | Caller::User { scopes, .. } => (true, scopes),
        };
        match self.requirement {
            Requirement::Root => Err(Error::Forbidden("root")),
            Requirement::Scope(scope) if !scopes.contains(&scope) => Err(Error::Forbidden(scope.name())),
            _ if is_served => Ok(()),
            _ => Err(Error::CallerNotAllowed(
                "this call serves administrators and services: the token of another person is about that person alone",
            )),
        }
    }

    fn authorize_connection(&self) -> Result<()> {
        match self.requirement {
            _ if self.connections => Ok(()),
            Requirement::Root => Err(Error::Forbidden("root")),
            _ => Err(Error::CallerNotAllowed(
                "this call serves no connections: neither SCIM tokens nor access tokens made from them",
            )),
        }
    }

    /// Bytes of its message, where the operator allows so many for the largest.
    pub(crate) fn max_message_bytes(&self, largest: usize) -> usize {
        match (self.requirement, self.size) {
            (Requirement::Nothing, _) => ANONYMOUS_BYTES.min(largest),
            (_, Size::Usual) => MESSAGE_BYTES.min(largest),
            (_, Size::Large) => largest,
        }
    }

    const fn new(service: &'static str, name: &'static str, requirement: Requirement) -> Self {
        Self {
            service,
            name,
            requirement,
            connections: false,
            persons: false,
            limited: false,
            size: Size::Usual,
        }
    }

    const fn for_connections(self) -> Self {
        let connections = true;
        Self { connections, ..self }
    }

    const fn for_persons(self) -> Self {
        let persons = true;
        Self { persons, ..self }
    }

    const fn within_projects(self) -> Self {
        let limited = true;
        Self { limited, ..self }
    }

    const fn large(self) -> Self {
        let size = Size::Large;
        Self { size, ..self }
    }
}

/// Tells of a path whether its requests are answered well only if they are authenticated.
pub fn needs_token(path: &str) -> bool {
    let mut methods = METHODS.iter();
    methods.any(|method| method.requirement != Requirement::Nothing && method.path() == path)
}

/// The package of every service here.
pub const PACKAGE: &str = "roster.identity.v1";

const fn root(service: &'static str, name: &'static str) -> Method {
    Method::new(service, name, Requirement::Root)
}

const fn scope(service: &'static str, name: &'static str, scope: Scope) -> Method {
    Method::new(service, name, Requirement::Scope(scope))
}

const fn any(service: &'static str, name: &'static str) -> Method {
    Method::new(service, name, Requirement::Token)
}

const fn anonymous(service: &'static str, name: &'static str) -> Method {
    Method::new(service, name, Requirement::Nothing)
}

const ACCESS: &str = "AccessService";
const CHANGE: &str = "ChangeService";
const CONNECTION: &str = "ConnectionService";
const GROUP: &str = "GroupService";
const LICENSE: &str = "LicenseService";
const MAPPING: &str = "MappingService";
const ORGANIZATION: &str = "OrganizationService";
const POLICY: &str = "PolicyService";
const PROJECT: &str = "ProjectService";
const PROVISIONING_LOG: &str = "ProvisioningLogService";
const ROLE: &str = "RoleService";
const SCHEMA: &str = "SchemaService";
const SIGNING_KEY: &str = "SigningKeyService";
const SERVICE_ACCOUNT: &str = "ServiceAccountService";
const TOKEN: &str = "TokenService";
const USER: &str = "UserService";

/// The services, without their package.
pub const SERVICES: [&str; 16] = [
    ACCESS,
    CHANGE,
    CONNECTION,
    GROUP,
    LICENSE,
    MAPPING,
    ORGANIZATION,
    POLICY,
    PROJECT,
    PROVISIONING_LOG,
    ROLE,
    SCHEMA,
    SERVICE_ACCOUNT,
    SIGNING_KEY,
    TOKEN,
    USER,
];

/// An RPC that goes on after its call was admitted, and so asks again.
pub(crate) const WATCH: Method = scope(CHANGE, "Watch", Scope::ChangesRead);
/// The other one.
pub(crate) const REVERT: Method = scope(CHANGE, "RevertChanges", Scope::ChangesRevert);

/// Every RPC.
pub const METHODS: [Method; 97] = [
    scope(ACCESS, "CheckAccess", Scope::AccessRead).within_projects(),
    scope(ACCESS, "BatchCheckAccess", Scope::AccessRead).within_projects(),
    scope(ACCESS, "ListEffectiveRoles", Scope::AccessRead),
    scope(ACCESS, "ListAccessibleProjects", Scope::AccessRead).within_projects(),
    scope(ACCESS, "ListProjectMembers", Scope::AccessRead).within_projects(),
    scope(ACCESS, "ExplainAccess", Scope::AccessRead),
    scope(CHANGE, "ListChanges", Scope::ChangesRead),
    WATCH,
    REVERT,
    root(CHANGE, "PruneChanges"),
    scope(CONNECTION, "CreateConnection", Scope::ConnectionsWrite),
    scope(CONNECTION, "GetConnection", Scope::ConnectionsRead),
    scope(CONNECTION, "ListConnections", Scope::ConnectionsRead),
    scope(CONNECTION, "ListConnectionHealth", Scope::ConnectionsRead),
    scope(CONNECTION, "UpdateConnection", Scope::ConnectionsWrite),
    scope(CONNECTION, "DeleteConnection", Scope::ConnectionsWrite),
    scope(CONNECTION, "PreviewAdoption", Scope::ConnectionsRead),
    scope(CONNECTION, "ApplyAdoption", Scope::ConnectionsWrite).large(),
    scope(CONNECTION, "ReleaseBrake", Scope::ConnectionsWrite),
    scope(CONNECTION, "RejectBrake", Scope::ConnectionsWrite),
    scope(CONNECTION, "ResetBrake", Scope::ConnectionsWrite),
    scope(GROUP, "CreateGroup", Scope::GroupsWrite)
        .for_connections()
        .large(),
    scope(GROUP, "GetGroup", Scope::GroupsRead).for_connections(),
    scope(GROUP, "ListGroups", Scope::GroupsRead).for_connections(),
    scope(GROUP, "UpdateGroup", Scope::GroupsWrite)
        .for_connections()
        .large(),
    scope(GROUP, "DeleteGroup", Scope::GroupsWrite).for_connections(),
    scope(GROUP, "ListGroupMembers", Scope::GroupsRead).for_connections(),
    scope(LICENSE, "ListLicenses", Scope::LicensesRead),
    scope(LICENSE, "AssignLicense", Scope::LicensesWrite),
    scope(LICENSE, "UnassignLicense", Scope::LicensesWrite),
    scope(LICENSE, "ReportLicenses", Scope::LicensesRead),
    scope(MAPPING, "CreateMappingRule", Scope::MappingsWrite),
    scope(MAPPING, "GetMappingRule", Scope::MappingsRead),
    scope(MAPPING, "ListMappingRules", Scope::MappingsRead),
    scope(MAPPING, "UpdateMappingRule", Scope::MappingsWrite),
    scope(MAPPING, "DeleteMappingRule", Scope::MappingsWrite),
    scope(MAPPING, "PreviewMappingRule", Scope::MappingsRead),
    root(ORGANIZATION, "CreateOrganization"),
    any(ORGANIZATION, "GetOrganization"),
    root(ORGANIZATION, "ListOrganizations"),
    root(ORGANIZATION, "UpdateOrganization"),
    root(ORGANIZATION, "DeleteOrganization"),
    root(ORGANIZATION, "UndeleteOrganization"),
    scope(POLICY, "GetPolicy", Scope::PolicyRead).for_connections(),
    scope(POLICY, "PreviewPolicy", Scope::PolicyWrite),
    scope(POLICY, "UpdatePolicy", Scope::PolicyWrite),
    scope(PROJECT, "CreateProject", Scope::ProjectsWrite),
    scope(PROJECT, "GetProject", Scope::ProjectsRead).within_projects(),
    scope(PROJECT, "ListProjects", Scope::ProjectsRead).within_projects(),
    scope(PROJECT, "UpdateProject", Scope::ProjectsWrite).within_projects(),
    scope(PROJECT, "DeleteProject", Scope::ProjectsWrite),
    scope(
        PROVISIONING_LOG,
        "ListProvisioningRequests",
        Scope::ProvisioningRead,
    ),
    anonymous(PROVISIONING_LOG, "RecordProvisioningRequests"),
    scope(ROLE, "CreateRole", Scope::RolesWrite),
    scope(ROLE, "GetRole", Scope::RolesRead),
    scope(ROLE, "ListRoles", Scope::RolesRead),
    scope(ROLE, "UpdateRole", Scope::RolesWrite),
    scope(ROLE, "DeleteRole", Scope::RolesWrite),
    scope(ROLE, "ListAssignableRoles", Scope::RolesRead).for_connections(),
    scope(ROLE, "GrantRole", Scope::RolesWrite).within_projects(),
    scope(ROLE, "RevokeRole", Scope::RolesWrite).within_projects(),
    scope(ROLE, "ListGrants", Scope::RolesRead).within_projects(),
    scope(SCHEMA, "CreateSchema", Scope::SchemasWrite),
    scope(SCHEMA, "GetSchema", Scope::SchemasRead).for_connections(),
    scope(SCHEMA, "ListSchemas", Scope::SchemasRead).for_connections(),
    scope(SCHEMA, "DeleteSchema", Scope::SchemasWrite),
    scope(
        SERVICE_ACCOUNT,
        "CreateServiceAccount",
        Scope::ServiceAccountsWrite,
    ),
    scope(SERVICE_ACCOUNT, "GetServiceAccount", Scope::ServiceAccountsRead),
    scope(SERVICE_ACCOUNT, "ListServiceAccounts", Scope::ServiceAccountsRead),
    scope(
        SERVICE_ACCOUNT,
        "UpdateServiceAccount",
        Scope::ServiceAccountsWrite,
    ),
    scope(
        SERVICE_ACCOUNT,
        "DeleteServiceAccount",
        Scope::ServiceAccountsWrite,
    ),
    anonymous(SIGNING_KEY, "GetKeySet"),
    root(SIGNING_KEY, "ListSigningKeys"),
    root(SIGNING_KEY, "RotateSigningKey"),
    scope(TOKEN, "CreateToken", Scope::TokensWrite),
    scope(TOKEN, "GetToken", Scope::TokensRead),
    scope(TOKEN, "ListTokens", Scope::TokensRead),
    scope(TOKEN, "RotateToken", Scope::TokensWrite),
    scope(TOKEN, "DeleteToken", Scope::TokensWrite),
    any(TOKEN, "ExchangeToken")
        .for_connections()
        .for_persons()
        .within_projects(),
    any(TOKEN, "CreateSignInLink").for_persons().within_projects(),
    anonymous(TOKEN, "ExchangeAssertion"),
    scope(TOKEN, "IntrospectToken", Scope::TokensIntrospect),
    any(TOKEN, "RevokeToken")
        .for_connections()
        .for_persons()
        .within_projects(),
    scope(USER, "CreateUser", Scope::UsersWrite).for_connections(),
    scope(USER, "GetUser", Scope::UsersRead)
        .for_connections()
        .for_persons(),
    scope(USER, "ListUsers", Scope::UsersRead).for_connections(),
    scope(USER, "BatchGetUsers", Scope::UsersRead).for_connections(),
    scope(USER, "LookupUser", Scope::UsersRead).for_connections(),
    scope(USER, "ListUserIdentities", Scope::IdentitiesRead),
    scope(USER, "CreateUserIdentity", Scope::IdentitiesWrite),
    scope(USER, "DeleteUserIdentity", Scope::IdentitiesWrite),
    scope(USER, "UpdateUser", Scope::UsersWrite).for_connections(),
    scope(USER, "DeleteUser", Scope::UsersWrite).for_connections(),
    scope(USER, "UndeleteUser", Scope::UsersWrite),
    scope(USER, "EraseUser", Scope::UsersErase),
    scope(USER, "ExportUser", Scope::UsersExport),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::{ANONYMOUS_BYTES, METHODS, Method, PACKAGE, Requirement, SERVICES, Size};

    /// The table as everybody reads it. Whoever loosens a row here has to loosen it there.
    const DOCUMENT: &str = include_str!("../../docs/authorization.md");
    /// The lines before its rows.
    const RULER: &str = "|---|---|---|---|---|---|\n";

    fn documented(method: &Method) -> String {
        let scope = match method.requirement {
            Requirement::Root => "root alone",
            Requirement::Scope(scope) => &format!("`{}`", scope.name()),
            Requirement::Token => "any token",
            Requirement::Nothing => "no token",
        };
        let or_not = |is_served, word| if is_served { word } else { "–" };
        let size = match (method.requirement, method.size) {
            (Requirement::Nothing, _) => &format!("{} KiB", ANONYMOUS_BYTES >> 10),
            (_, Size::Usual) => "4 MiB",
            (_, Size::Large) => "16 MiB",
        };
        format!(
            "| {}/{} | {scope} | {} | {} | {} | {size} |\n",
            method.service,
            method.name,
            or_not(method.connections, "yes"),
            or_not(method.persons, "itself"),
            or_not(method.limited, "its projects"),
        )
    }

    #[test]
    fn the_documented_table_is_the_one_that_is_enforced() {
        let rows: String = METHODS.iter().map(documented).collect();
        let (_, told) = DOCUMENT.split_once(RULER).expect("a table");
        assert_eq!(told, rows);
    }

    fn declared() -> BTreeSet<String> {
        let set = FileDescriptorSet::decode(identity_proto::FILE_DESCRIPTOR_SET).unwrap();
        let services = set
            .file
            .iter()
            .filter(|file| file.package() == PACKAGE)
            .flat_map(|file| &file.service);
        services
            .flat_map(|service| {
                let methods = service.method.iter();
                methods.map(|method| format!("/{PACKAGE}.{}/{}", service.name(), method.name()))
            })
            .collect()
    }

    #[test]
    fn every_declared_rpc_has_a_need() {
        let listed: BTreeSet<_> = METHODS.iter().map(Method::path).collect();
        assert_eq!(listed, declared());
        assert_eq!(listed.len(), METHODS.len(), "an RPC is listed twice");
    }

    #[test]
    fn every_service_is_listed() {
        let of_methods: BTreeSet<_> = METHODS.iter().map(|method| method.service).collect();
        assert_eq!(of_methods, BTreeSet::from(SERVICES));
    }
}
