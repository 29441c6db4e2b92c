//! Rules of `docs/rules.md` that no other test asks through both APIs: what an administrator sets over gRPC, an identity provider meets over
//! SCIM, and what the identity provider sends, services see.

mod adoption;
mod groups;
mod people;
mod set_up;
mod tokens;

use identity_proto::v1::{Connection, ListConnectionsRequest, Organization, UpdateOrganizationRequest};
use serde_json::Value;

use crate::harness::{World, grpc::mask, scim::text};

/// Sets facts of the organization, as only root can.
async fn set_facts(world: &World, facts: Organization, fields: &[&str]) {
    let organization = Organization {
        slug: world.organization().slug.clone(),
        ..facts
    };
    let request = UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(mask(fields)),
        ..Default::default()
    };
    let updated = world.grpc().organizations().update_organization(request).await;
    updated.expect("other facts");
}

/// The only connection.
async fn connection(world: &World) -> Connection {
    let request = ListConnectionsRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let found = world.grpc().connections().list_connections(request).await;
    found.expect("connections").into_inner().connections.remove(0)
}

/// A user's path.
fn path(user: &Value) -> String {
    format!("/Users/{}", text(&user["id"]))
}
