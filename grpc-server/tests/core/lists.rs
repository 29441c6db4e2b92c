//! Pages that cannot be given.

use identity_proto::v1::{
    Comparison, CreateGroupRequest, Filter, Group, ListChangesRequest, ListConnectionsRequest,
    ListGroupMembersRequest, ListGroupsRequest, ListOrganizationsRequest, ListSchemasRequest,
    ListTokensRequest, ListUsersRequest, change_service_client::ChangeServiceClient,
    connection_service_client::ConnectionServiceClient, filter::Condition,
    group_service_client::GroupServiceClient, organization_service_client::OrganizationServiceClient,
    schema_service_client::SchemaServiceClient, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};
use tonic::{Code, Status};

use crate::world::{ORGANIZATION, World, as_root, assert_refused};

/// How each list refuses this size and token.
async fn refusals(world: &World, page_size: i32, page_token: &str) -> Vec<Status> {
    /// Asks one list: its client, its method, its request, and the variables that it names.
    macro_rules! refusal {
        ($client:ident $method:ident $request:ident: $($field:ident)*) => {{
            let mut request = $request::default();
            (request.page_size, request.page_token) = (page_size, page_token.to_owned());
            $(request.$field.clone_from(&$field);)*
            let answer = $client::new(world.service.clone()).$method(as_root(request)).await;
            answer.map(drop).expect_err(stringify!($method))
        }};
    }
    let organization = ORGANIZATION.to_owned();
    let group_id = group(world).await;
    vec![
        refusal!(UserServiceClient list_users ListUsersRequest: organization),
        refusal!(GroupServiceClient list_groups ListGroupsRequest: organization),
        refusal!(GroupServiceClient list_group_members ListGroupMembersRequest: organization group_id),
        refusal!(OrganizationServiceClient list_organizations ListOrganizationsRequest:),
        refusal!(ConnectionServiceClient list_connections ListConnectionsRequest: organization),
        refusal!(TokenServiceClient list_tokens ListTokensRequest: organization),
        refusal!(SchemaServiceClient list_schemas ListSchemasRequest: organization),
        refusal!(ChangeServiceClient list_changes ListChangesRequest: organization),
    ]
}

async fn group(world: &World) -> String {
    let group = Group {
        display_name: "Engineers".into(),
        ..Default::default()
    };
    let request = CreateGroupRequest {
        organization: ORGANIZATION.into(),
        group: Some(group),
        ..Default::default()
    };
    let mut client = GroupServiceClient::new(world.service.clone());
    client
        .create_group(as_root(request))
        .await
        .unwrap()
        .into_inner()
        .group
        .unwrap()
        .id
}

async fn list(world: &World, filter: Option<Filter>, order_by: &str) -> Status {
    let request = ListUsersRequest {
        organization: ORGANIZATION.into(),
        filter,
        order_by: order_by.into(),
        ..Default::default()
    };
    let mut client = UserServiceClient::new(world.service.clone());
    client.list_users(as_root(request)).await.unwrap_err()
}

#[tokio::test]
async fn a_negative_page_size_is_refused() {
    let world = World::new().await;
    for status in refusals(&world, -1, "").await {
        assert_refused(&status, Code::InvalidArgument, "PAGE_INVALID");
    }
}

#[tokio::test]
async fn a_page_token_of_nobody_is_refused() {
    let world = World::new().await;
    for status in refusals(&world, 0, "nonsense").await {
        assert_refused(&status, Code::InvalidArgument, "PAGE_INVALID");
    }
}

#[tokio::test]
async fn a_filter_or_order_by_what_is_unknown_is_refused() {
    let world = World::new().await;
    let comparison = Comparison {
        attribute: "shoe_size".into(),
        operator: 1,
        value: None,
    };
    let filter = Filter {
        condition: Some(Condition::Comparison(comparison)),
    };
    for status in [
        list(&world, Some(filter), "").await,
        list(&world, None, "shoe_size").await,
    ] {
        assert_refused(&status, Code::InvalidArgument, "FILTER_INVALID");
    }
}
