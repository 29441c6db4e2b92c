//! Each product's document in its order: set-up, token, connection, people, groups, deactivation, return, rotation, the end. What
//! comes out is what that product says, by its preset alone.

mod client_platform;
mod dbt;
mod default;
mod lightdash;
mod lightrun;

use identity_proto::v1::{
    AccessCheck, CheckAccessRequest, Consistency, DeleteConnectionRequest, DeleteConnectionResponse,
    GrantRoleRequest, ListConnectionsRequest, RotateTokenRequest, Token, TokenKind,
    access_service_client::AccessServiceClient, consistency::Requirement,
    role_service_client::RoleServiceClient,
};
use serde_json::{Value, json};
use tonic::Status;

use crate::harness::{
    Answer, Scim, World, create_token,
    scim::{patch_body, text},
};

/// An end that no test lives to see.
const FAR: prost_types::Timestamp = prost_types::Timestamp {
    seconds: 4_000_000_000,
    nanos: 0,
};

/// A SCIM token, and a client with it.
async fn token(world: &World, expire_time: Option<prost_types::Timestamp>) -> (Token, Scim) {
    let asked = Token {
        expire_time,
        ..Default::default()
    };
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, asked).await;
    (token, world.scim().with_token(&secret))
}

/// Gives a token a new secret; answers a client with it.
async fn rotate(
    world: &World,
    id: &str,
    expire_time: Option<prost_types::Timestamp>,
) -> Result<Scim, Status> {
    let request = RotateTokenRequest {
        organization: world.organization().slug.clone(),
        id: id.to_owned(),
        expire_time,
        ..Default::default()
    };
    let answer = world.grpc().tokens().rotate_token(request).await?;
    Ok(world.scim().with_token(&answer.into_inner().secret))
}

/// Applies one operation to a user or group.
async fn patch(scim: &Scim, path: &str, operation: Value) -> Answer {
    let body = patch_body(json!([operation]));
    scim.send(scim.request_with("PATCH", path, &body)).await
}

/// Sets `active` as Entra does.
async fn set_active(scim: &Scim, path: &str, active: &str) -> Value {
    let operation = json!({"op": "Replace", "path": "active", "value": active});
    patch(scim, path, operation).await.expect(200)
}

/// Changes a group's members as Entra does.
async fn add_member(scim: &Scim, group: &str, user: &str) -> Answer {
    let operation = json!({"op": "Add", "path": "members", "value": [{"value": user}]});
    patch(scim, &format!("/Groups/{group}"), operation).await
}

/// Gives a user or group a role, in a project or (empty) in the organization.
pub(crate) async fn grant(world: &World, principal: &str, role: &str, project: &str) -> Result<(), Status> {
    let grpc = world.grpc();
    let request = GrantRoleRequest {
        organization: grpc.organization_named(),
        principal_id: principal.to_owned(),
        role: role.to_owned(),
        project: project.to_owned(),
        ..Default::default()
    };
    let granted = RoleServiceClient::new(grpc.line()).grant_role(request).await;
    granted.map(drop)
}

/// Tells whether a user may do something, in a project or (empty) in the organization.
pub(crate) async fn may(world: &World, user: &str, permission: &str, project: &str) -> bool {
    let grpc = world.grpc();
    let check = AccessCheck {
        user_id: user.to_owned(),
        permission: permission.to_owned(),
        project_id: project.to_owned(),
    };
    let request = CheckAccessRequest {
        organization: grpc.organization_named(),
        check: Some(check),
        consistency: Some(Consistency {
            requirement: Some(Requirement::FullyConsistent(true)),
        }),
    };
    let mut access = AccessServiceClient::new(grpc.line());
    let answer = access.check_access(request).await.expect("a decision");
    answer.into_inner().allowed
}

/// A user's path.
fn user(resource: &Value) -> String {
    format!("/Users/{}", text(&resource["id"]))
}

/// Removes the connection of the identity provider.
async fn tear_down(world: &World) -> DeleteConnectionResponse {
    let organization = world.organization().slug.clone();
    let list = ListConnectionsRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let mut connections = world.grpc().connections();
    let found = connections
        .list_connections(list)
        .await
        .expect("connections")
        .into_inner();
    let request = DeleteConnectionRequest {
        organization,
        id: found.connections[0].id.clone(),
        ..Default::default()
    };
    connections
        .delete_connection(request)
        .await
        .expect("the end")
        .into_inner()
}
