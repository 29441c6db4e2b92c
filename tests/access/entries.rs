//! Every RPC: what its caller needs, and a request that does something. Calls that end something come last, as all are made in
//! this order on the same things.

use bytes::Bytes;
use identity_proto::v1::{
    AccessCheck, AdoptionCandidate, ApplyAdoptionRequest, AssignLicenseRequest, BatchCheckAccessRequest,
    BatchGetUsersRequest, CheckAccessRequest, Connection, CreateConnectionRequest, CreateGroupRequest,
    CreateMappingRuleRequest, CreateOrganizationRequest, CreateProjectRequest, CreateRoleRequest,
    CreateSchemaRequest, CreateServiceAccountRequest, CreateTokenRequest, CreateUserIdentityRequest,
    CreateUserRequest, DeleteConnectionRequest, DeleteGroupRequest, DeleteMappingRuleRequest,
    DeleteOrganizationRequest, DeleteProjectRequest, DeleteRoleRequest, DeleteSchemaRequest,
    DeleteServiceAccountRequest, DeleteTokenRequest, DeleteUserIdentityRequest, DeleteUserRequest,
    ExchangeAssertionRequest, ExchangeTokenRequest, ExplainAccessRequest, GetConnectionRequest,
    GetGroupRequest, GetKeySetRequest, GetMappingRuleRequest, GetOrganizationRequest, GetPolicyRequest,
    GetProjectRequest, GetRoleRequest, GetSchemaRequest, GetServiceAccountRequest, GetTokenRequest,
    GetUserRequest, GrantRoleRequest, Group, IntrospectTokenRequest, ListAccessibleProjectsRequest,
    ListAssignableRolesRequest, ListChangesRequest, ListConnectionsRequest, ListEffectiveRolesRequest,
    ListGrantsRequest, ListGroupMembersRequest, ListGroupsRequest, ListLicensesRequest,
    ListMappingRulesRequest, ListOrganizationsRequest, ListProjectMembersRequest, ListProjectsRequest,
    ListRolesRequest, ListSchemasRequest, ListServiceAccountsRequest, ListSigningKeysRequest,
    ListTokensRequest, ListUserIdentitiesRequest, ListUsersRequest, LookupUserRequest, MappingRule,
    Organization, PreviewAdoptionRequest, PreviewMappingRuleRequest, PreviewPolicyRequest, Project,
    PruneChangesRequest, RejectBrakeRequest, ReleaseBrakeRequest, ReportLicensesRequest, ResetBrakeRequest,
    RevokeRoleRequest, RevokeTokenRequest, Role, RoleScope, RotateSigningKeyRequest, RotateTokenRequest,
    ServiceAccount, Token, TokenKind, UnassignLicenseRequest, UndeleteOrganizationRequest,
    UndeleteUserRequest, UpdateConnectionRequest, UpdateGroupRequest, UpdateMappingRuleRequest,
    UpdateOrganizationRequest, UpdatePolicyRequest, UpdateProjectRequest, UpdateRoleRequest,
    UpdateServiceAccountRequest, UpdateUserRequest, User, WatchRequest, lookup_user_request::Key,
};

use super::things::{LICENSE, Things, bytes, rule, schema};
use crate::harness::{
    grpc::{mask, named},
    run_folder::fresh_name,
};

/// What the caller of an RPC needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
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
    /// What its caller needs.
    pub(super) need: Need,
    /// A request that is in order.
    pub(super) request: fn(&Things) -> Bytes,
}

macro_rules! entry {
    ($method:literal, $need:expr, $request:expr) => {
        Entry {
            method: $method,
            need: $need,
            request: |things| bytes(&$request(things)),
        }
    };
}

use Need::{Nothing, Root, Scope, ScopeOrScim, Service};

/// Every RPC there is.
pub(super) const ENTRIES: &[Entry] = &[
    entry!("OrganizationService/CreateOrganization", Root, |_: &Things| {
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
        |things: &Things| GetOrganizationRequest {
            organization: things.organization.clone(),
        }
    ),
    entry!("OrganizationService/ListOrganizations", Root, |_: &Things| {
        ListOrganizationsRequest::default()
    }),
    entry!(
        "OrganizationService/UpdateOrganization",
        Root,
        |things: &Things| {
            let slug = things.organization.clone();
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
        |things: &Things| DeleteOrganizationRequest {
            organization: things.spare.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "OrganizationService/UndeleteOrganization",
        Root,
        |things: &Things| UndeleteOrganizationRequest {
            id: things.gone.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/CreateUser",
        ScopeOrScim("users:write"),
        |things: &Things| CreateUserRequest {
            organization: things.organization.clone(),
            user: Some(named(&fresh_name("new"))),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/GetUser",
        ScopeOrScim("users:read"),
        |things: &Things| GetUserRequest {
            organization: things.organization.clone(),
            id: things.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/ListUsers",
        ScopeOrScim("users:read"),
        |things: &Things| ListUsersRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/UpdateUser",
        ScopeOrScim("users:write"),
        |things: &Things| UpdateUserRequest {
            organization: things.organization.clone(),
            user: Some(User {
                id: things.user.clone(),
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
        |things: &Things| BatchGetUsersRequest {
            organization: things.organization.clone(),
            ids: vec![things.user.clone()],
        }
    ),
    entry!(
        "UserService/CreateUserIdentity",
        Scope("identities:write"),
        |things: &Things| CreateUserIdentityRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
            identity: Some(things.identity()),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/ListUserIdentities",
        Scope("identities:read"),
        |things: &Things| ListUserIdentitiesRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
        }
    ),
    entry!(
        "UserService/LookupUser",
        ScopeOrScim("users:read"),
        |things: &Things| LookupUserRequest {
            organization: things.organization.clone(),
            key: Some(Key::Identity(things.identity())),
        }
    ),
    entry!(
        "GroupService/CreateGroup",
        ScopeOrScim("groups:write"),
        |things: &Things| CreateGroupRequest {
            organization: things.organization.clone(),
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
        |things: &Things| GetGroupRequest {
            organization: things.organization.clone(),
            id: things.group.clone(),
        }
    ),
    entry!(
        "GroupService/ListGroups",
        ScopeOrScim("groups:read"),
        |things: &Things| ListGroupsRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "GroupService/ListGroupMembers",
        ScopeOrScim("groups:read"),
        |things: &Things| {
            let (organization, group_id) = (things.organization.clone(), things.group.clone());
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
        |things: &Things| UpdateGroupRequest {
            organization: things.organization.clone(),
            group: Some(Group {
                id: things.group.clone(),
                external_id: fresh_name("x"),
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!(
        "PolicyService/GetPolicy",
        ScopeOrScim("policy:read"),
        |things: &Things| GetPolicyRequest {
            organization: things.organization.clone(),
        }
    ),
    entry!(
        "PolicyService/PreviewPolicy",
        Scope("policy:write"),
        |things: &Things| PreviewPolicyRequest {
            organization: things.organization.clone(),
            preset: "lightdash".into(),
            ..Default::default()
        }
    ),
    entry!(
        "PolicyService/UpdatePolicy",
        Scope("policy:write"),
        |things: &Things| UpdatePolicyRequest {
            organization: things.organization.clone(),
            settings: [("connections.max".into(), "5".into())].into(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/ListLicenses",
        Scope("licenses:read"),
        |things: &Things| ListLicensesRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/AssignLicense",
        Scope("licenses:write"),
        |things: &Things| AssignLicenseRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
            license: LICENSE.into(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/UnassignLicense",
        Scope("licenses:write"),
        |things: &Things| UnassignLicenseRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "LicenseService/ReportLicenses",
        Scope("licenses:read"),
        |things: &Things| ReportLicensesRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/CreateMappingRule",
        Scope("mappings:write"),
        |things: &Things| CreateMappingRuleRequest {
            organization: things.organization.clone(),
            rule: Some(rule(&fresh_name("group"))),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/GetMappingRule",
        Scope("mappings:read"),
        |things: &Things| GetMappingRuleRequest {
            organization: things.organization.clone(),
            id: things.rule.clone(),
        }
    ),
    entry!(
        "MappingService/ListMappingRules",
        Scope("mappings:read"),
        |things: &Things| ListMappingRulesRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/PreviewMappingRule",
        Scope("mappings:read"),
        |things: &Things| PreviewMappingRuleRequest {
            organization: things.organization.clone(),
            rule: Some(rule(&fresh_name("group"))),
        }
    ),
    entry!(
        "MappingService/UpdateMappingRule",
        Scope("mappings:write"),
        |things: &Things| UpdateMappingRuleRequest {
            organization: things.organization.clone(),
            rule: Some(MappingRule {
                id: things.rule.clone(),
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
        |things: &Things| {
            let connection = Connection {
                name: fresh_name("new"),
                ..Default::default()
            };
            let organization = things.organization.clone();
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
        |things: &Things| GetConnectionRequest {
            organization: things.organization.clone(),
            id: things.connection.clone(),
        }
    ),
    entry!(
        "ConnectionService/ListConnections",
        Scope("connections:read"),
        |things: &Things| {
            ListConnectionsRequest {
                organization: things.organization.clone(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "ConnectionService/UpdateConnection",
        Scope("connections:write"),
        |things: &Things| {
            let connection = Connection {
                id: things.connection.clone(),
                name: fresh_name("other"),
                brake_count: 1000,
                ..Default::default()
            };
            UpdateConnectionRequest {
                organization: things.organization.clone(),
                connection: Some(connection),
                update_mask: Some(mask(&["name", "brake_count"])),
                ..Default::default()
            }
        }
    ),
    entry!(
        "ConnectionService/ReleaseBrake",
        Scope("connections:write"),
        |things: &Things| ReleaseBrakeRequest {
            organization: things.organization.clone(),
            id: things.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/RejectBrake",
        Scope("connections:write"),
        |things: &Things| RejectBrakeRequest {
            organization: things.organization.clone(),
            id: things.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/ResetBrake",
        Scope("connections:write"),
        |things: &Things| ResetBrakeRequest {
            organization: things.organization.clone(),
            id: things.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/PreviewAdoption",
        Scope("connections:read"),
        |things: &Things| PreviewAdoptionRequest {
            organization: things.organization.clone(),
            connection_id: things.connection.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/ApplyAdoption",
        Scope("connections:write"),
        |things: &Things| ApplyAdoptionRequest {
            organization: things.organization.clone(),
            connection_id: things.connection.clone(),
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
        |things: &Things| {
            let (name, kind) = (fresh_name("new"), TokenKind::Service.into());
            let token = Token {
                name,
                kind,
                scopes: vec!["tokens:write".into()],
                ..Default::default()
            };
            let organization = things.organization.clone();
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
        |things: &Things| GetTokenRequest {
            organization: things.organization.clone(),
            id: things.token.clone(),
        }
    ),
    entry!(
        "TokenService/ListTokens",
        Scope("tokens:read"),
        |things: &Things| ListTokensRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/CreateProject",
        Scope("projects:write"),
        |things: &Things| CreateProjectRequest {
            organization: things.organization.clone(),
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
        |things: &Things| GetProjectRequest {
            organization: things.organization.clone(),
            id: things.project.clone(),
        }
    ),
    entry!(
        "ProjectService/ListProjects",
        Scope("projects:read"),
        |things: &Things| ListProjectsRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/UpdateProject",
        Scope("projects:write"),
        |things: &Things| UpdateProjectRequest {
            organization: things.organization.clone(),
            project: Some(Project {
                id: things.project.clone(),
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
        |things: &Things| CreateRoleRequest {
            organization: things.organization.clone(),
            role: Some(Role {
                name: fresh_name("new"),
                scope: RoleScope::Project.into(),
                ..Default::default()
            }),
            ..Default::default()
        }
    ),
    entry!("RoleService/GetRole", Scope("roles:read"), |things: &Things| {
        GetRoleRequest {
            organization: things.organization.clone(),
            id: things.role.clone(),
        }
    }),
    entry!("RoleService/ListRoles", Scope("roles:read"), |things: &Things| {
        ListRolesRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    }),
    entry!(
        "RoleService/UpdateRole",
        Scope("roles:write"),
        |things: &Things| UpdateRoleRequest {
            organization: things.organization.clone(),
            role: Some(Role {
                id: things.role.clone(),
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
        |things: &Things| ListAssignableRolesRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "RoleService/GrantRole",
        Scope("roles:write"),
        |things: &Things| GrantRoleRequest {
            organization: things.organization.clone(),
            principal_id: things.group.clone(),
            role: "viewer".into(),
            ..Default::default()
        }
    ),
    entry!(
        "RoleService/ListGrants",
        Scope("roles:read"),
        |things: &Things| {
            ListGrantsRequest {
                organization: things.organization.clone(),
                principal_id: things.group.clone(),
                ..Default::default()
            }
        }
    ),
    entry!(
        "RoleService/RevokeRole",
        Scope("roles:write"),
        |things: &Things| RevokeRoleRequest {
            organization: things.organization.clone(),
            principal_id: things.group.clone(),
            role: "viewer".into(),
            ..Default::default()
        }
    ),
    entry!(
        "SchemaService/CreateSchema",
        Scope("schemas:write"),
        |things: &Things| CreateSchemaRequest {
            organization: things.organization.clone(),
            schema: Some(schema(&fresh_name("urn:example:new"))),
            ..Default::default()
        }
    ),
    entry!(
        "SchemaService/GetSchema",
        ScopeOrScim("schemas:read"),
        |things: &Things| GetSchemaRequest {
            organization: things.organization.clone(),
            id: things.schema.clone(),
        }
    ),
    entry!(
        "SchemaService/ListSchemas",
        ScopeOrScim("schemas:read"),
        |things: &Things| ListSchemasRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/CheckAccess",
        Scope("access:read"),
        |things: &Things| CheckAccessRequest {
            organization: things.organization.clone(),
            check: Some(AccessCheck {
                user_id: things.user.clone(),
                permission: "project.view".into(),
                project_id: String::new(),
            }),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/BatchCheckAccess",
        Scope("access:read"),
        |things: &Things| BatchCheckAccessRequest {
            organization: things.organization.clone(),
            checks: vec![AccessCheck {
                user_id: things.user.clone(),
                permission: "project.view".into(),
                project_id: String::new(),
            }],
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ListEffectiveRoles",
        Scope("access:read"),
        |things: &Things| ListEffectiveRolesRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ListAccessibleProjects",
        Scope("access:read"),
        |things: &Things| ListAccessibleProjectsRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ListProjectMembers",
        Scope("access:read"),
        |things: &Things| ListProjectMembersRequest {
            organization: things.organization.clone(),
            project_id: things.project.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "AccessService/ExplainAccess",
        Scope("access:read"),
        |things: &Things| ExplainAccessRequest {
            organization: things.organization.clone(),
            user_id: things.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ChangeService/ListChanges",
        Scope("changes:read"),
        |things: &Things| ListChangesRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!("ChangeService/Watch", Scope("changes:read"), |things: &Things| {
        WatchRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    }),
    entry!("ChangeService/PruneChanges", Root, |things: &Things| {
        PruneChangesRequest {
            organization: things.organization.clone(),
            before_time: Some(prost_types::Timestamp::default()),
            ..Default::default()
        }
    }),
    entry!(
        "RoleService/DeleteRole",
        Scope("roles:write"),
        |things: &Things| DeleteRoleRequest {
            organization: things.organization.clone(),
            id: things.role.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ProjectService/DeleteProject",
        Scope("projects:write"),
        |things: &Things| DeleteProjectRequest {
            organization: things.organization.clone(),
            id: things.project.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "MappingService/DeleteMappingRule",
        Scope("mappings:write"),
        |things: &Things| DeleteMappingRuleRequest {
            organization: things.organization.clone(),
            id: things.rule.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "SchemaService/DeleteSchema",
        Scope("schemas:write"),
        |things: &Things| DeleteSchemaRequest {
            organization: things.organization.clone(),
            id: things.schema.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "GroupService/DeleteGroup",
        ScopeOrScim("groups:write"),
        |things: &Things| DeleteGroupRequest {
            organization: things.organization.clone(),
            id: things.group.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/DeleteUserIdentity",
        Scope("identities:write"),
        |things: &Things| DeleteUserIdentityRequest {
            organization: things.organization.clone(),
            identity: Some(things.identity()),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/DeleteUser",
        ScopeOrScim("users:write"),
        |things: &Things| DeleteUserRequest {
            organization: things.organization.clone(),
            id: things.user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "UserService/UndeleteUser",
        Scope("users:write"),
        |things: &Things| UndeleteUserRequest {
            organization: things.organization.clone(),
            id: things.gone_user.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ServiceAccountService/CreateServiceAccount",
        Scope("service_accounts:write"),
        |things: &Things| CreateServiceAccountRequest {
            organization: things.organization.clone(),
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
        |things: &Things| GetServiceAccountRequest {
            organization: things.organization.clone(),
            id: things.service_account.clone(),
        }
    ),
    entry!(
        "ServiceAccountService/ListServiceAccounts",
        Scope("service_accounts:read"),
        |things: &Things| ListServiceAccountsRequest {
            organization: things.organization.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ServiceAccountService/UpdateServiceAccount",
        Scope("service_accounts:write"),
        |things: &Things| UpdateServiceAccountRequest {
            organization: things.organization.clone(),
            service_account: Some(ServiceAccount {
                id: things.service_account.clone(),
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
        |things: &Things| DeleteServiceAccountRequest {
            organization: things.organization.clone(),
            id: things.service_account.clone(),
            ..Default::default()
        }
    ),
    entry!("SigningKeyService/GetKeySet", Nothing, |_: &Things| {
        GetKeySetRequest {}
    }),
    entry!("SigningKeyService/ListSigningKeys", Root, |_: &Things| {
        ListSigningKeysRequest::default()
    }),
    entry!("SigningKeyService/RotateSigningKey", Root, |_: &Things| {
        RotateSigningKeyRequest::default()
    }),
    entry!("TokenService/ExchangeToken", Need::Token, |things: &Things| {
        ExchangeTokenRequest {
            organization: things.organization.clone(),
            audience: vec!["billing".into()],
            ..Default::default()
        }
    }),
    entry!("TokenService/ExchangeAssertion", Nothing, |_: &Things| {
        ExchangeAssertionRequest::default()
    }),
    entry!(
        "TokenService/IntrospectToken",
        Scope("tokens:introspect"),
        |things: &Things| IntrospectTokenRequest {
            organization: things.organization.clone(),
            token: "rst_unknown".into(),
            ..Default::default()
        }
    ),
    entry!("TokenService/RevokeToken", Need::Token, |things: &Things| {
        RevokeTokenRequest {
            organization: things.organization.clone(),
            token: "rst_unknown".into(),
            ..Default::default()
        }
    }),
    entry!(
        "TokenService/RotateToken",
        Scope("tokens:write"),
        |things: &Things| RotateTokenRequest {
            organization: things.organization.clone(),
            id: things.token.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "TokenService/DeleteToken",
        Scope("tokens:write"),
        |things: &Things| DeleteTokenRequest {
            organization: things.organization.clone(),
            id: things.token.clone(),
            ..Default::default()
        }
    ),
    entry!(
        "ConnectionService/DeleteConnection",
        Scope("connections:write"),
        |things: &Things| {
            DeleteConnectionRequest {
                organization: things.organization.clone(),
                id: things.connection.clone(),
                ..Default::default()
            }
        }
    ),
];
