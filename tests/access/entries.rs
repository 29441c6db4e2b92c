//! Every RPC: what its caller needs, and a request that does something. Calls that end something come last, as all are made in
//! this order on the same things.

use bytes::Bytes;
use identity_proto::v1::{
    AccessCheck, AdoptionCandidate, ApplyAdoptionRequest, AssignLicenseRequest, BatchCheckAccessRequest,
    BatchGetUsersRequest, CheckAccessRequest, Connection, CreateConnectionRequest, CreateGroupRequest,
    CreateMappingRuleRequest, CreateOrganizationRequest, CreateProjectRequest, CreateRoleRequest,
    CreateSchemaRequest, CreateServiceAccountRequest, CreateSignInLinkRequest, CreateTokenRequest,
    CreateUserIdentityRequest, CreateUserRequest, DeleteConnectionRequest, DeleteGroupRequest,
    DeleteMappingRuleRequest, DeleteOrganizationRequest, DeleteProjectRequest, DeleteRoleRequest,
    DeleteSchemaRequest, DeleteServiceAccountRequest, DeleteTokenRequest, DeleteUserIdentityRequest,
    DeleteUserRequest, EraseUserRequest, ExchangeAssertionRequest, ExchangeTokenRequest,
    ExplainAccessRequest, ExportUserRequest, GetConnectionRequest, GetGroupRequest, GetKeySetRequest,
    GetMappingRuleRequest, GetOrganizationRequest, GetPolicyRequest, GetProjectRequest, GetRoleRequest,
    GetSchemaRequest, GetServiceAccountRequest, GetTokenRequest, GetUserRequest, GrantRoleRequest, Group,
    IntrospectTokenRequest, ListAccessibleProjectsRequest, ListAssignableRolesRequest, ListChangesRequest,
    ListConnectionHealthRequest, ListConnectionsRequest, ListEffectiveRolesRequest, ListGrantsRequest,
    ListGroupMembersRequest, ListGroupsRequest, ListLicensesRequest, ListMappingRulesRequest,
    ListOrganizationsRequest, ListProjectMembersRequest, ListProjectsRequest,
    ListProvisioningRequestsRequest, ListRolesRequest, ListSchemasRequest, ListServiceAccountsRequest,
    ListSigningKeysRequest, ListTokensRequest, ListUserIdentitiesRequest, ListUsersRequest,
    LookupUserRequest, MappingRule, Organization, PreviewAdoptionRequest, PreviewMappingRuleRequest,
    PreviewPolicyRequest, Project, PruneChangesRequest, RecordProvisioningRequestsRequest,
    RejectBrakeRequest, ReleaseBrakeRequest, ReportLicensesRequest, ResetBrakeRequest, RevertChangesRequest,
    RevokeRoleRequest, RevokeTokenRequest, Role, RoleScope, RotateSigningKeyRequest, RotateTokenRequest,
    ServiceAccount, Token, TokenKind, UnassignLicenseRequest, UndeleteOrganizationRequest,
    UndeleteUserRequest, UpdateConnectionRequest, UpdateGroupRequest, UpdateMappingRuleRequest,
    UpdateOrganizationRequest, UpdatePolicyRequest, UpdateProjectRequest, UpdateRoleRequest,
    UpdateServiceAccountRequest, UpdateUserRequest, User, WatchRequest, lookup_user_request::Key,
};

use super::fixture::{Fixture, LICENSE, bytes, rule, schema};
use crate::harness::{
    grpc::{mask, named},
    run_folder::fresh_name,
};

/// Token that the caller of an RPC needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Requirement {
    /// The operator's token.
    Root,
    /// Any service token of the organization.
    Service,
    /// A service token with this scope.
    Scope(&'static str),
    /// A service token with this scope, or a SCIM token.
    ScopeOrScim(&'static str),
    /// Any token of the organization.
    Token,
    /// No token.
    Nothing,
}

/// One RPC.
pub(super) struct Entry {
    /// `Service/Method`.
    pub(super) method: &'static str,
    /// Token that its caller needs.
    pub(super) requirement: Requirement,
    /// A request that is in order.
    pub(super) request: fn(&Fixture) -> Bytes,
}

macro_rules! entry {
    ($method:literal, $requirement:expr, $request:expr) => {
        Entry {
            method: $method,
            requirement: $requirement,
            request: |fixture| bytes(&$request(fixture)),
        }
    };
}

use Requirement::{Nothing, Root, Scope, ScopeOrScim, Service};

/// Every RPC there is.
pub(super) const ENTRIES: &[Entry] = &[
    entry!("OrganizationService/CreateOrganization", Root, |_: &Fixture| {
        let organization = Organization {
            slug: fresh_name("new"),
            name: "New".into(),
            ..Default::default()
        };
        CreateOrganizationRequest {
            organization: Some(organization),
            ..Default::default()
        }
    }),
    entry!(
        "OrganizationService/GetOrganization",
        Service,
        |fixture: &Fixture| GetOrganizationRequest {
            organization: fixture.organization.clone(),
        }
    ),
    entry!("OrganizationService/ListOrganizations", Root, |_: &Fixture| {
        ListOrganizationsRequest::default()
    }),
    entry!(
        "OrganizationService/UpdateOrganization",
        Root,
        |fixture: &Fixture| {
            let slug = fixture.organization.clone();
            let organization = Organization {
                slug,
                name: fresh_name("Name"),
                ..Default::default()
            };
            UpdateOrganizationRequest {
                organization: Some(organization),
                update_mask: Some(mask(&["name"])),
                ..Default::default()
            }
        }
    ),
    entry!(
        "OrganizationService/DeleteOrganization",
        Root,
        |fixture: &Fixture| DeleteOrganizationRequest {
            organization: fixture.spare.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "OrganizationService/UndeleteOrganization",
        Root,
        |fixture: &Fixture| UndeleteOrganizationRequest {
            id: fixture.gone.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/CreateUser",
        ScopeOrScim("users:write"),
        |fixture: &Fixture| CreateUserRequest {
            organization: fixture.organization.clone(),
            user: Some(named(&fresh_name("new"))),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/GetUser",
        ScopeOrScim("users:read"),
        |fixture: &Fixture| GetUserRequest {
            organization: fixture.organization.clone(),
            id: fixture.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/ListUsers",
        ScopeOrScim("users:read"),
        |fixture: &Fixture| ListUsersRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/UpdateUser",
        ScopeOrScim("users:write"),
        |fixture: &Fixture| UpdateUserRequest {
            organization: fixture.organization.clone(),
            user: Some(User {
                id: fixture.user.clone(),
                title: fresh_name("T"),
                ..Default::default()
            }),
            update_mask: Some(mask(&["title"])),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/BatchGetUsers",
        ScopeOrScim("users:read"),
        |fixture: &Fixture| BatchGetUsersRequest {
            organization: fixture.organization.clone(),
            ids: vec![fixture.user.clone()],
        }
    ),
    entry!(
        "UserService/CreateUserIdentity",
        Scope("identities:write"),
        |fixture: &Fixture| CreateUserIdentityRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
            identity: Some(fixture.identity()),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/ListUserIdentities",
        Scope("identities:read"),
        |fixture: &Fixture| ListUserIdentitiesRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
        }
    ),
    entry!(
        "UserService/LookupUser",
        ScopeOrScim("users:read"),
        |fixture: &Fixture| LookupUserRequest {
            organization: fixture.organization.clone(),
            key: Some(Key::Identity(fixture.identity())),
        }
    ),
    entry!(
        "GroupService/CreateGroup",
        ScopeOrScim("groups:write"),
        |fixture: &Fixture| CreateGroupRequest {
            organization: fixture.organization.clone(),
            group: Some(Group {
                display_name: fresh_name("new"),
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!(
        "GroupService/GetGroup",
        ScopeOrScim("groups:read"),
        |fixture: &Fixture| GetGroupRequest {
            organization: fixture.organization.clone(),
            id: fixture.group.clone(),
        }
    ),
    entry!(
        "GroupService/ListGroups",
        ScopeOrScim("groups:read"),
        |fixture: &Fixture| ListGroupsRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "GroupService/ListGroupMembers",
        ScopeOrScim("groups:read"),
        |fixture: &Fixture| {
            let (organization, group_id) = (fixture.organization.clone(), fixture.group.clone());
            ListGroupMembersRequest {
                organization,
                group_id,
                ..Default::default()
            }
        }
    ),
    entry!(
        "GroupService/UpdateGroup",
        ScopeOrScim("groups:write"),
        |fixture: &Fixture| UpdateGroupRequest {
            organization: fixture.organization.clone(),
            group: Some(Group {
                id: fixture.group.clone(),
                external_id: fresh_name("x"),
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!(
        "PolicyService/GetPolicy",
        ScopeOrScim("policy:read"),
        |fixture: &Fixture| GetPolicyRequest {
            organization: fixture.organization.clone(),
        }
    ),
    entry!(
        "PolicyService/PreviewPolicy",
        Scope("policy:write"),
        |fixture: &Fixture| PreviewPolicyRequest {
            organization: fixture.organization.clone(),
            preset: "lightdash".into(),
            ..Default::default()
        }
    ),
    entry!(
        "PolicyService/UpdatePolicy",
        Scope("policy:write"),
        |fixture: &Fixture| UpdatePolicyRequest {
            organization: fixture.organization.clone(),
            settings: [("connections.max".into(), "5".into())].into(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/ListLicenses",
        Scope("licenses:read"),
        |fixture: &Fixture| ListLicensesRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/AssignLicense",
        Scope("licenses:write"),
        |fixture: &Fixture| AssignLicenseRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
            license: LICENSE.into(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/UnassignLicense",
        Scope("licenses:write"),
        |fixture: &Fixture| UnassignLicenseRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/ReportLicenses",
        Scope("licenses:read"),
        |fixture: &Fixture| ReportLicensesRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/CreateMappingRule",
        Scope("mappings:write"),
        |fixture: &Fixture| CreateMappingRuleRequest {
            organization: fixture.organization.clone(),
            rule: Some(rule(&fresh_name("group"))),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/GetMappingRule",
        Scope("mappings:read"),
        |fixture: &Fixture| GetMappingRuleRequest {
            organization: fixture.organization.clone(),
            id: fixture.rule.clone(),
        }
    ),
    entry!(
        "MappingService/ListMappingRules",
        Scope("mappings:read"),
        |fixture: &Fixture| ListMappingRulesRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/PreviewMappingRule",
        Scope("mappings:read"),
        |fixture: &Fixture| PreviewMappingRuleRequest {
            organization: fixture.organization.clone(),
            rule: Some(rule(&fresh_name("group"))),
        }
    ),
    entry!(
        "MappingService/UpdateMappingRule",
        Scope("mappings:write"),
        |fixture: &Fixture| UpdateMappingRuleRequest {
            organization: fixture.organization.clone(),
            rule: Some(MappingRule {
                id: fixture.rule.clone(),
                position: Some(7),
                ..Default::default()
            }),
            update_mask: Some(mask(&["position"])),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/CreateConnection",
        Scope("connections:write"),
        |fixture: &Fixture| {
            let connection = Connection {
                name: fresh_name("new"),
                ..Default::default()
            };
            let organization = fixture.organization.clone();
            CreateConnectionRequest {
                organization,
                connection: Some(connection),
                ..Default::default()
            }
        }
    ),
    entry!(
        "ConnectionService/GetConnection",
        Scope("connections:read"),
        |fixture: &Fixture| GetConnectionRequest {
            organization: fixture.organization.clone(),
            id: fixture.connection.clone(),
        }
    ),
    entry!(
        "ConnectionService/ListConnections",
        Scope("connections:read"),
        |fixture: &Fixture| {
            ListConnectionsRequest {
                organization: fixture.organization.clone(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "ConnectionService/ListConnectionHealth",
        Scope("connections:read"),
        |fixture: &Fixture| ListConnectionHealthRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/UpdateConnection",
        Scope("connections:write"),
        |fixture: &Fixture| {
            let connection = Connection {
                id: fixture.connection.clone(),
                name: fresh_name("other"),
                brake_count: 1000,
                ..Default::default()
            };
            UpdateConnectionRequest {
                organization: fixture.organization.clone(),
                connection: Some(connection),
                update_mask: Some(mask(&["name", "brake_count"])),
                ..Default::default()
            }
        }
    ),
    entry!(
        "ConnectionService/ReleaseBrake",
        Scope("connections:write"),
        |fixture: &Fixture| ReleaseBrakeRequest {
            organization: fixture.organization.clone(),
            id: fixture.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/RejectBrake",
        Scope("connections:write"),
        |fixture: &Fixture| RejectBrakeRequest {
            organization: fixture.organization.clone(),
            id: fixture.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/ResetBrake",
        Scope("connections:write"),
        |fixture: &Fixture| ResetBrakeRequest {
            organization: fixture.organization.clone(),
            id: fixture.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/PreviewAdoption",
        Scope("connections:read"),
        |fixture: &Fixture| PreviewAdoptionRequest {
            organization: fixture.organization.clone(),
            connection_id: fixture.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/ApplyAdoption",
        Scope("connections:write"),
        |fixture: &Fixture| ApplyAdoptionRequest {
            organization: fixture.organization.clone(),
            connection_id: fixture.connection.clone(),
            candidates: vec![AdoptionCandidate {
                user_name: "nobody".into(),
                ..Default::default()
            }],
            ..Default::default()
        }
    ),
    entry!(
        "TokenService/CreateToken",
        Scope("tokens:write"),
        |fixture: &Fixture| {
            let (name, kind) = (fresh_name("new"), TokenKind::Service.into());
            let token = Token {
                name,
                kind,
                scopes: vec!["tokens:write".into()],
                ..Default::default()
            };
            let organization = fixture.organization.clone();
            CreateTokenRequest {
                organization,
                token: Some(token),
                ..Default::default()
            }
        }
    ),
    entry!(
        "TokenService/GetToken",
        Scope("tokens:read"),
        |fixture: &Fixture| GetTokenRequest {
            organization: fixture.organization.clone(),
            id: fixture.token.clone(),
        }
    ),
    entry!(
        "TokenService/ListTokens",
        Scope("tokens:read"),
        |fixture: &Fixture| ListTokensRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/CreateProject",
        Scope("projects:write"),
        |fixture: &Fixture| CreateProjectRequest {
            organization: fixture.organization.clone(),
            project: Some(Project {
                name: fresh_name("new"),
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/GetProject",
        Scope("projects:read"),
        |fixture: &Fixture| GetProjectRequest {
            organization: fixture.organization.clone(),
            id: fixture.project.clone(),
        }
    ),
    entry!(
        "ProjectService/ListProjects",
        Scope("projects:read"),
        |fixture: &Fixture| ListProjectsRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/UpdateProject",
        Scope("projects:write"),
        |fixture: &Fixture| UpdateProjectRequest {
            organization: fixture.organization.clone(),
            project: Some(Project {
                id: fixture.project.clone(),
                name: fresh_name("other"),
                ..Default::default()
            }),
            update_mask: Some(mask(&["name"])),
            ..Default::default()
        }
    ),
    entry!(
        "RoleService/CreateRole",
        Scope("roles:write"),
        |fixture: &Fixture| CreateRoleRequest {
            organization: fixture.organization.clone(),
            role: Some(Role {
                name: fresh_name("new"),
                scope: RoleScope::Project.into(),
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!("RoleService/GetRole", Scope("roles:read"), |fixture: &Fixture| {
        GetRoleRequest {
            organization: fixture.organization.clone(),
            id: fixture.role.clone(),
        }
    }),
    entry!(
        "RoleService/ListRoles",
        Scope("roles:read"),
        |fixture: &Fixture| {
            ListRolesRequest {
                organization: fixture.organization.clone(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "RoleService/UpdateRole",
        Scope("roles:write"),
        |fixture: &Fixture| UpdateRoleRequest {
            organization: fixture.organization.clone(),
            role: Some(Role {
                id: fixture.role.clone(),
                name: fresh_name("other"),
                ..Default::default()
            }),
            update_mask: Some(mask(&["name"])),
            ..Default::default()
        }
    ),
    entry!(
        "RoleService/ListAssignableRoles",
        ScopeOrScim("roles:read"),
        |fixture: &Fixture| ListAssignableRolesRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "RoleService/GrantRole",
        Scope("roles:write"),
        |fixture: &Fixture| GrantRoleRequest {
            organization: fixture.organization.clone(),
            project: fixture.project.clone(),
            principal_id: fixture.group.clone(),
            role: "viewer".into(),
            ..Default::default()
        }
    ),
    entry!(
        "RoleService/ListGrants",
        Scope("roles:read"),
        |fixture: &Fixture| {
            ListGrantsRequest {
                organization: fixture.organization.clone(),
                project: fixture.project.clone(),
                principal_id: fixture.group.clone(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "RoleService/RevokeRole",
        Scope("roles:write"),
        |fixture: &Fixture| RevokeRoleRequest {
            organization: fixture.organization.clone(),
            project: fixture.project.clone(),
            principal_id: fixture.group.clone(),
            role: "viewer".into(),
            ..Default::default()
        }
    ),
    entry!(
        "SchemaService/CreateSchema",
        Scope("schemas:write"),
        |fixture: &Fixture| CreateSchemaRequest {
            organization: fixture.organization.clone(),
            schema: Some(schema(&fresh_name("urn:example:new"))),
            ..Default::default()
        }
    ),
    entry!(
        "SchemaService/GetSchema",
        ScopeOrScim("schemas:read"),
        |fixture: &Fixture| GetSchemaRequest {
            organization: fixture.organization.clone(),
            id: fixture.schema.clone(),
        }
    ),
    entry!(
        "SchemaService/ListSchemas",
        ScopeOrScim("schemas:read"),
        |fixture: &Fixture| ListSchemasRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/CheckAccess",
        Scope("access:read"),
        |fixture: &Fixture| CheckAccessRequest {
            organization: fixture.organization.clone(),
            check: Some(AccessCheck {
                user_id: fixture.user.clone(),
                permission: "project.view".into(),
                project_id: fixture.project.clone(),
            }),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/BatchCheckAccess",
        Scope("access:read"),
        |fixture: &Fixture| BatchCheckAccessRequest {
            organization: fixture.organization.clone(),
            checks: vec![AccessCheck {
                user_id: fixture.user.clone(),
                permission: "project.view".into(),
                project_id: fixture.project.clone(),
            }],
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ListEffectiveRoles",
        Scope("access:read"),
        |fixture: &Fixture| ListEffectiveRolesRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ListAccessibleProjects",
        Scope("access:read"),
        |fixture: &Fixture| ListAccessibleProjectsRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ListProjectMembers",
        Scope("access:read"),
        |fixture: &Fixture| ListProjectMembersRequest {
            organization: fixture.organization.clone(),
            project_id: fixture.project.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ExplainAccess",
        Scope("access:read"),
        |fixture: &Fixture| ExplainAccessRequest {
            organization: fixture.organization.clone(),
            user_id: fixture.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ChangeService/ListChanges",
        Scope("changes:read"),
        |fixture: &Fixture| ListChangesRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ChangeService/Watch",
        Scope("changes:read"),
        |fixture: &Fixture| {
            WatchRequest {
                organization: fixture.organization.clone(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "ChangeService/RevertChanges",
        Scope("changes:revert"),
        |fixture: &Fixture| RevertChangesRequest {
            organization: fixture.organization.clone(),
            actor_request_id: "of-nothing".into(),
            start_time: Some(prost_types::Timestamp::default()),
            keep_serving: true,
            ..Default::default()
        }
    ),
    entry!("ChangeService/PruneChanges", Root, |fixture: &Fixture| {
        PruneChangesRequest {
            organization: fixture.organization.clone(),
            before_time: Some(prost_types::Timestamp::default()),
            ..Default::default()
        }
    }),
    entry!(
        "ProvisioningLogService/ListProvisioningRequests",
        Scope("provisioning:read"),
        |fixture: &Fixture| ListProvisioningRequestsRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProvisioningLogService/RecordProvisioningRequests",
        Nothing,
        |_: &Fixture| RecordProvisioningRequestsRequest::default()
    ),
    entry!(
        "RoleService/DeleteRole",
        Scope("roles:write"),
        |fixture: &Fixture| DeleteRoleRequest {
            organization: fixture.organization.clone(),
            id: fixture.role.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/DeleteProject",
        Scope("projects:write"),
        |fixture: &Fixture| DeleteProjectRequest {
            organization: fixture.organization.clone(),
            id: fixture.project.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/DeleteMappingRule",
        Scope("mappings:write"),
        |fixture: &Fixture| DeleteMappingRuleRequest {
            organization: fixture.organization.clone(),
            id: fixture.rule.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "SchemaService/DeleteSchema",
        Scope("schemas:write"),
        |fixture: &Fixture| DeleteSchemaRequest {
            organization: fixture.organization.clone(),
            id: fixture.schema.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "GroupService/DeleteGroup",
        ScopeOrScim("groups:write"),
        |fixture: &Fixture| DeleteGroupRequest {
            organization: fixture.organization.clone(),
            id: fixture.group.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/DeleteUserIdentity",
        Scope("identities:write"),
        |fixture: &Fixture| DeleteUserIdentityRequest {
            organization: fixture.organization.clone(),
            identity: Some(fixture.identity()),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/DeleteUser",
        ScopeOrScim("users:write"),
        |fixture: &Fixture| DeleteUserRequest {
            organization: fixture.organization.clone(),
            id: fixture.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/UndeleteUser",
        Scope("users:write"),
        |fixture: &Fixture| UndeleteUserRequest {
            organization: fixture.organization.clone(),
            id: fixture.gone_user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/ExportUser",
        Scope("users:export"),
        |fixture: &Fixture| ExportUserRequest {
            organization: fixture.organization.clone(),
            id: fixture.gone_user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/EraseUser",
        Scope("users:erase"),
        |fixture: &Fixture| EraseUserRequest {
            organization: fixture.organization.clone(),
            id: fixture.gone_user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ServiceAccountService/CreateServiceAccount",
        Scope("service_accounts:write"),
        |fixture: &Fixture| CreateServiceAccountRequest {
            organization: fixture.organization.clone(),
            service_account: Some(ServiceAccount {
                name: fresh_name("account"),
                scopes: vec!["service_accounts:write".into()],
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!(
        "ServiceAccountService/GetServiceAccount",
        Scope("service_accounts:read"),
        |fixture: &Fixture| GetServiceAccountRequest {
            organization: fixture.organization.clone(),
            id: fixture.service_account.clone(),
        }
    ),
    entry!(
        "ServiceAccountService/ListServiceAccounts",
        Scope("service_accounts:read"),
        |fixture: &Fixture| ListServiceAccountsRequest {
            organization: fixture.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ServiceAccountService/UpdateServiceAccount",
        Scope("service_accounts:write"),
        |fixture: &Fixture| UpdateServiceAccountRequest {
            organization: fixture.organization.clone(),
            service_account: Some(ServiceAccount {
                id: fixture.service_account.clone(),
                description: "new".into(),
                ..Default::default()
            }),
            update_mask: Some(mask(&["description"])),
            ..Default::default()
        }
    ),
    entry!(
        "ServiceAccountService/DeleteServiceAccount",
        Scope("service_accounts:write"),
        |fixture: &Fixture| DeleteServiceAccountRequest {
            organization: fixture.organization.clone(),
            id: fixture.service_account.clone(),
            ..Default::default()
        }
    ),
    entry!("SigningKeyService/GetKeySet", Nothing, |_: &Fixture| {
        GetKeySetRequest {}
    }),
    entry!("SigningKeyService/ListSigningKeys", Root, |_: &Fixture| {
        ListSigningKeysRequest::default()
    }),
    entry!("SigningKeyService/RotateSigningKey", Root, |_: &Fixture| {
        RotateSigningKeyRequest::default()
    }),
    entry!(
        "TokenService/ExchangeToken",
        Requirement::Token,
        |fixture: &Fixture| {
            ExchangeTokenRequest {
                organization: fixture.organization.clone(),
                audience: vec!["billing".into()],
                ..Default::default()
            }
        }
    ),
    entry!(
        "TokenService/CreateSignInLink",
        Requirement::Service,
        |_: &Fixture| CreateSignInLinkRequest {}
    ),
    entry!("TokenService/ExchangeAssertion", Nothing, |_: &Fixture| {
        ExchangeAssertionRequest::default()
    }),
    entry!(
        "TokenService/IntrospectToken",
        Scope("tokens:introspect"),
        |fixture: &Fixture| IntrospectTokenRequest {
            organization: fixture.organization.clone(),
            token: "rst_unknown".into(),
            ..Default::default()
        }
    ),
    entry!(
        "TokenService/RevokeToken",
        Requirement::Token,
        |fixture: &Fixture| {
            RevokeTokenRequest {
                organization: fixture.organization.clone(),
                token: "rst_unknown".into(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "TokenService/RotateToken",
        Scope("tokens:write"),
        |fixture: &Fixture| RotateTokenRequest {
            organization: fixture.organization.clone(),
            id: fixture.token.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "TokenService/DeleteToken",
        Scope("tokens:write"),
        |fixture: &Fixture| DeleteTokenRequest {
            organization: fixture.organization.clone(),
            id: fixture.token.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/DeleteConnection",
        Scope("connections:write"),
        |fixture: &Fixture| {
            DeleteConnectionRequest {
                organization: fixture.organization.clone(),
                id: fixture.connection.clone(),
                ..Default::default()
            }
        }
    ),
];
