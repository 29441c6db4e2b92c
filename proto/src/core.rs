//! The RPCs that a facade calls, as a trait: over the network by the generated clients, in one process by the services themselves.

use std::fmt;

use tonic::{Request, Response, Status, async_trait};

use crate::v1;

/// Calls a macro with the RPCs that a facade calls, by service: what they implement, what calls them, and where a struct of services
/// keeps them.
#[macro_export]
macro_rules! core_rpcs {
    ($callback:ident) => {
        $callback! {
            user_service_server::UserService, user_service_client::UserServiceClient, users {
                create_user = "CreateUser" (CreateUserRequest) -> CreateUserResponse;
                get_user = "GetUser" (GetUserRequest) -> GetUserResponse;
                list_users = "ListUsers" (ListUsersRequest) -> ListUsersResponse;
                update_user = "UpdateUser" (UpdateUserRequest) -> UpdateUserResponse;
                delete_user = "DeleteUser" (DeleteUserRequest) -> DeleteUserResponse;
                lookup_user = "LookupUser" (LookupUserRequest) -> LookupUserResponse;
            }
            group_service_server::GroupService, group_service_client::GroupServiceClient, groups {
                create_group = "CreateGroup" (CreateGroupRequest) -> CreateGroupResponse;
                get_group = "GetGroup" (GetGroupRequest) -> GetGroupResponse;
                list_groups = "ListGroups" (ListGroupsRequest) -> ListGroupsResponse;
                update_group = "UpdateGroup" (UpdateGroupRequest) -> UpdateGroupResponse;
                delete_group = "DeleteGroup" (DeleteGroupRequest) -> DeleteGroupResponse;
                list_group_members = "ListGroupMembers" (ListGroupMembersRequest) -> ListGroupMembersResponse;
            }
            access_service_server::AccessService, access_service_client::AccessServiceClient, access {
                batch_check_access = "BatchCheckAccess" (BatchCheckAccessRequest) -> BatchCheckAccessResponse;
            }
            policy_service_server::PolicyService, policy_service_client::PolicyServiceClient, policies {
                get_policy = "GetPolicy" (GetPolicyRequest) -> GetPolicyResponse;
            }
            role_service_server::RoleService, role_service_client::RoleServiceClient, roles {
                list_assignable_roles = "ListAssignableRoles" (ListAssignableRolesRequest) -> ListAssignableRolesResponse;
            }
            schema_service_server::SchemaService, schema_service_client::SchemaServiceClient, schemas {
                list_schemas = "ListSchemas" (ListSchemasRequest) -> ListSchemasResponse;
            }
            token_service_server::TokenService, token_service_client::TokenServiceClient, tokens {
                exchange_token = "ExchangeToken" (ExchangeTokenRequest) -> ExchangeTokenResponse;
                exchange_assertion = "ExchangeAssertion" (ExchangeAssertionRequest) -> ExchangeAssertionResponse;
                introspect_token = "IntrospectToken" (IntrospectTokenRequest) -> IntrospectTokenResponse;
                revoke_token = "RevokeToken" (RevokeTokenRequest) -> RevokeTokenResponse;
            }
            signing_key_service_server::SigningKeyService, signing_key_service_client::SigningKeyServiceClient, signing_keys {
                get_key_set = "GetKeySet" (GetKeySetRequest) -> GetKeySetResponse;
            }
            provisioning_log_service_server::ProvisioningLogService,
            provisioning_log_service_client::ProvisioningLogServiceClient,
            provisioning_log {
                record_provisioning_requests = "RecordProvisioningRequests" (RecordProvisioningRequestsRequest)
                    -> RecordProvisioningRequestsResponse;
            }
        }
    };
}

macro_rules! declare {
    ($($server:ident::$service:ident, $client_module:ident::$client:ident, $field:ident {
        $($method:ident = $name:literal ($request:ident) -> $response:ident;)+
    })+) => {
        /// The RPCs of a core that a facade calls. The metadata of a request says who calls, and until when the answer is awaited.
        #[async_trait]
        pub trait Core: Send + Sync {
            $($(
                #[doc = concat!("Calls `", stringify!($service), ".", $name, "`.")]
                async fn $method(
                    &self,
                    request: Request<v1::$request>,
                ) -> Result<Response<v1::$response>, Status>;
            )+)+
        }
    };
}

core_rpcs!(declare);

impl fmt::Debug for dyn Core {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Core")
    }
}
