//! Each product's document in its order: set-up, token, connection, people, groups, deactivation, return, rotation, the end. What
//! comes out is what that product says, by its preset alone.

mod client_platform;
mod dbt;
mod default;
mod lightdash;
mod lightrun;

use identity_proto::v1::{
    DeleteConnectionRequest, DeleteConnectionResponse, ListConnectionsRequest, RotateTokenRequest, Token,
    TokenKind,
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

/// A SCIM token, and the door with it.
async fn token(world: &World, expire_time: Option<prost_types::Timestamp>) -> (Token, Scim) {
    let asked = Token {
        expire_time,
        ..Default::default()
    };
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, asked).await;
    (token, world.scim().with_token(&secret))
}

/// Gives a token a new secret; answers the door with it.
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
