//! Lightrun, with Entra ID.

use identity_proto::v1::{Organization, UpdateOrganizationRequest};
use serde_json::json;
use tonic::Code;

use super::{rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, assert_status, everywhere, grpc::mask, scim::text};

everywhere!(lightrun_gets_what_its_document_says,);

/// Sets a fact of the organization, as only root can.
async fn set_rbac(world: &World) {
    let organization = Organization {
        slug: world.organization().slug.clone(),
        rbac_enabled: true,
        ..Default::default()
    };
    let request = UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(mask(&["rbac_enabled"])),
        ..Default::default()
    };
    let updated = world.grpc().organizations().update_organization(request).await;
    updated.expect("role-based access control");
}

async fn lightrun_gets_what_its_document_says(world: World) {
    let world = world.with_preset("lightrun").await;
    let (made, scim) = token(&world, None).await;
    scim.get("/Users?filter=userName%20eq%20%2290c3%22")
        .await
        .expect(200);

    // Users first: locked here, and with groups off, calls about groups change nothing.
    let ada = scim
        .post("/Users", &json!({"userName": "ada@x.example", "active": "True"}))
        .await
        .expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    let refused = world.grpc().delete_user(&id).await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    scim.create_group("Dev", &[&id]).await;
    assert!(scim.find("/Groups", "displayName eq \"Dev\"").await.is_empty());

    // Groups are switched on, which needs role-based access control.
    set_rbac(&world).await;
    world.set_policy(&[("groups.sync", "true")]).await;
    let dev = text(&scim.create_group("Dev", &[&id]).await["id"]);
    assert_eq!(scim.member_ids(&dev).await, [id.clone()].into());

    // Deactivated and back: nothing is lost.
    assert_eq!(set_active(&scim, &path, "False").await["active"], false);
    set_active(&scim, &path, "True").await;
    assert_eq!(scim.member_ids(&dev).await, [id].into());

    // A rotation cuts at once.
    let rotated = rotate(&world, &made.id, None).await.expect("a rotation");
    assert_refused(&scim.get("/Users").await, 401, None);
    rotated.get("/Users").await.expect(200);
    assert_eq!(tear_down(&world).await.released_users, 1);
}
