//! Every RPC of `roster.identity.v1` and what its caller needs. The core enforces it; this list names it, so that a test can hold
//! it against the descriptor set and against what the server does, and so that metrics have names of a fixed number.

use identity_core::caller::Scope;

/// What the caller of an RPC needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The operator's token.
    Root,
    /// A service token of the organization, whatever its scopes.
    Service,
    /// A token with this scope.
    Scope(Scope),
    /// Any token.
    Token,
    /// Nothing: who calls does not matter, or the message tells.
    Nothing,
}

/// One RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The service, without its package.
    pub service: &'static str,
    /// The RPC.
    pub name: &'static str,
    /// What its caller needs; root may call everything.
    pub need: Need,
}

impl Method {
    /// The path of its requests.
    pub fn path(&self) -> String {
        format!("/{PACKAGE}.{}/{}", self.service, self.name)
    }
}

/// The package of every service here.
pub const PACKAGE: &str = "roster.identity.v1";

const fn root(service: &'static str, name: &'static str) -> Method {
    let need = Need::Root;
    Method { service, name, need }
}

const fn service(service: &'static str, name: &'static str) -> Method {
    let need = Need::Service;
    Method { service, name, need }
}

const fn scope(service: &'static str, name: &'static str, scope: Scope) -> Method {
    let need = Need::Scope(scope);
    Method { service, name, need }
}

const fn of(service: &'static str, name: &'static str, need: Need) -> Method {
    Method { service, name, need }
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
const ROLE: &str = "RoleService";
const SCHEMA: &str = "SchemaService";
const SIGNING_KEY: &str = "SigningKeyService";
const SERVICE_ACCOUNT: &str = "ServiceAccountService";
const TOKEN: &str = "TokenService";
const USER: &str = "UserService";

/// The services, without their package.
pub const SERVICES: [&str; 15] = [
    ACCESS,
    CHANGE,
    CONNECTION,
    GROUP,
    LICENSE,
    MAPPING,
    ORGANIZATION,
    POLICY,
    PROJECT,
    ROLE,
    SCHEMA,
    SERVICE_ACCOUNT,
    SIGNING_KEY,
    TOKEN,
    USER,
];

/// Every RPC.
pub const METHODS: [Method; 90] = [
    scope(ACCESS, "CheckAccess", Scope::AccessRead),
    scope(ACCESS, "BatchCheckAccess", Scope::AccessRead),
    scope(ACCESS, "ListEffectiveRoles", Scope::AccessRead),
    scope(ACCESS, "ListAccessibleProjects", Scope::AccessRead),
    scope(ACCESS, "ListProjectMembers", Scope::AccessRead),
    scope(ACCESS, "ExplainAccess", Scope::AccessRead),
    scope(CHANGE, "ListChanges", Scope::ChangesRead),
    scope(CHANGE, "Watch", Scope::ChangesRead),
    root(CHANGE, "PruneChanges"),
    scope(CONNECTION, "CreateConnection", Scope::ConnectionsWrite),
    scope(CONNECTION, "GetConnection", Scope::ConnectionsRead),
    scope(CONNECTION, "ListConnections", Scope::ConnectionsRead),
    scope(CONNECTION, "UpdateConnection", Scope::ConnectionsWrite),
    scope(CONNECTION, "DeleteConnection", Scope::ConnectionsWrite),
    scope(CONNECTION, "PreviewAdoption", Scope::ConnectionsRead),
    scope(CONNECTION, "ApplyAdoption", Scope::ConnectionsWrite),
    scope(CONNECTION, "ReleaseBrake", Scope::ConnectionsWrite),
    scope(CONNECTION, "RejectBrake", Scope::ConnectionsWrite),
    scope(CONNECTION, "ResetBrake", Scope::ConnectionsWrite),
    scope(GROUP, "CreateGroup", Scope::GroupsWrite),
    scope(GROUP, "GetGroup", Scope::GroupsRead),
    scope(GROUP, "ListGroups", Scope::GroupsRead),
    scope(GROUP, "UpdateGroup", Scope::GroupsWrite),
    scope(GROUP, "DeleteGroup", Scope::GroupsWrite),
    scope(GROUP, "ListGroupMembers", Scope::GroupsRead),
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
    service(ORGANIZATION, "GetOrganization"),
    root(ORGANIZATION, "ListOrganizations"),
    root(ORGANIZATION, "UpdateOrganization"),
    root(ORGANIZATION, "DeleteOrganization"),
    root(ORGANIZATION, "UndeleteOrganization"),
    scope(POLICY, "GetPolicy", Scope::PolicyRead),
    scope(POLICY, "PreviewPolicy", Scope::PolicyWrite),
    scope(POLICY, "UpdatePolicy", Scope::PolicyWrite),
    scope(PROJECT, "CreateProject", Scope::ProjectsWrite),
    scope(PROJECT, "GetProject", Scope::ProjectsRead),
    scope(PROJECT, "ListProjects", Scope::ProjectsRead),
    scope(PROJECT, "UpdateProject", Scope::ProjectsWrite),
    scope(PROJECT, "DeleteProject", Scope::ProjectsWrite),
    scope(ROLE, "CreateRole", Scope::RolesWrite),
    scope(ROLE, "GetRole", Scope::RolesRead),
    scope(ROLE, "ListRoles", Scope::RolesRead),
    scope(ROLE, "UpdateRole", Scope::RolesWrite),
    scope(ROLE, "DeleteRole", Scope::RolesWrite),
    scope(ROLE, "ListAssignableRoles", Scope::RolesRead),
    scope(ROLE, "GrantRole", Scope::RolesWrite),
    scope(ROLE, "RevokeRole", Scope::RolesWrite),
    scope(ROLE, "ListGrants", Scope::RolesRead),
    scope(SCHEMA, "CreateSchema", Scope::SchemasWrite),
    scope(SCHEMA, "GetSchema", Scope::SchemasRead),
    scope(SCHEMA, "ListSchemas", Scope::SchemasRead),
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
    of(SIGNING_KEY, "GetKeySet", Need::Nothing),
    root(SIGNING_KEY, "ListSigningKeys"),
    root(SIGNING_KEY, "RotateSigningKey"),
    scope(TOKEN, "CreateToken", Scope::TokensWrite),
    scope(TOKEN, "GetToken", Scope::TokensRead),
    scope(TOKEN, "ListTokens", Scope::TokensRead),
    scope(TOKEN, "RotateToken", Scope::TokensWrite),
    scope(TOKEN, "DeleteToken", Scope::TokensWrite),
    of(TOKEN, "ExchangeToken", Need::Token),
    of(TOKEN, "ExchangeAssertion", Need::Nothing),
    scope(TOKEN, "IntrospectToken", Scope::TokensIntrospect),
    of(TOKEN, "RevokeToken", Need::Token),
    scope(USER, "CreateUser", Scope::UsersWrite),
    scope(USER, "GetUser", Scope::UsersRead),
    scope(USER, "ListUsers", Scope::UsersRead),
    scope(USER, "BatchGetUsers", Scope::UsersRead),
    scope(USER, "LookupUser", Scope::UsersRead),
    scope(USER, "ListUserIdentities", Scope::IdentitiesRead),
    scope(USER, "CreateUserIdentity", Scope::IdentitiesWrite),
    scope(USER, "DeleteUserIdentity", Scope::IdentitiesWrite),
    scope(USER, "UpdateUser", Scope::UsersWrite),
    scope(USER, "DeleteUser", Scope::UsersWrite),
    scope(USER, "UndeleteUser", Scope::UsersWrite),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::{METHODS, Method, PACKAGE, SERVICES};

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
