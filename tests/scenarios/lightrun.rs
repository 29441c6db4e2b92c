//! Lightrun, with Entra ID.

use identity_proto::v1::{
    ApplyAdoptionRequest, Connection, CreateConnectionRequest, Group, ListConnectionsRequest, MemberChange,
    MemberIds, Organization, UpdateGroupRequest, UpdateOrganizationRequest, member_change,
};
use serde_json::json;
use tonic::Code;

use super::{add_member, grant, patch, rotate, set_active, tear_down, token, user};
use crate::harness::{
    World, assert_refused, assert_status, everywhere,
    grpc::{mask, named},
    scim::text,
};

everywhere!(
    lightrun_gets_what_its_document_says,
    lightrun_has_basic_and_manager_roles_and_pools,
    lightrun_shifts_the_users_that_exist_to_the_provider,
);

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

/// Adds a member manually.
async fn join(world: &World, group: &str, user: &str) -> Result<Group, tonic::Status> {
    let ids = vec![user.to_owned()];
    let change = MemberChange {
        change: Some(member_change::Change::Add(MemberIds { ids })),
    };
    let request = UpdateGroupRequest {
        organization: world.organization().slug.clone(),
        group: Some(Group {
            id: group.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(mask(&[])),
        member_changes: vec![change],
        ..Default::default()
    };
    world.grpc().update_group(request).await
}

async fn lightrun_gets_what_its_document_says(world: World) {
    let world = world.with_preset("lightrun").await;
    let (made, scim) = token(&world, None).await;
    scim.get("/Users?filter=userName%20eq%20%2290c3%22")
        .await
        .expect(200);

    // "Only one IdM should be integrated with our SCIM."
    let second = CreateConnectionRequest {
        organization: world.organization().slug.clone(),
        connection: Some(Connection {
            name: "other".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = world.grpc().connections().create_connection(second).await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");

    // "The users are displayed as read-only", and "you cannot remove SCIM managed users from the Management Portal".
    let ada = scim
        .post("/Users", &json!({"userName": "ada@x.example", "active": "True"}))
        .await
        .expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    let refused = world.grpc().delete_user(&id).await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    let mut renamed = named("ada2@x.example");
    renamed.id.clone_from(&id);
    let refused = world.grpc().update_user(renamed, &["user_name"]).await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    let refused = grant(&world, &id, "manager", "").await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");

    // "(Optional) Select the Sync SCIM groups check box": until then calls about groups raise no alarm and change nothing.
    let dev = text(&scim.create_group("Dev", &[&id]).await["id"]);
    assert_eq!(
        scim.find("/Groups", "displayName eq \"Dev\"").await,
        std::slice::from_ref(&dev)
    );
    assert!(add_member(&scim, &dev, &id).await.status.is_success());
    assert!(scim.member_ids(&dev).await.is_empty());
    assert_eq!(text(&scim.create_group("dev", &[]).await["id"]), dev);
    assert_status(
        world.grpc().group(&dev).await,
        Code::NotFound,
        "RESOURCE_NOT_FOUND",
    );
    scim.delete(&format!("/Groups/{dev}")).await.expect(204);
    assert_refused(&scim.get(&format!("/Groups/{dev}")).await, 404, None);

    // "To provision SCIM groups, ensure that RBAC is enabled."
    set_rbac(&world).await;
    world.set_policy(&[("groups.sync", "true")]).await;
    let dev = text(&scim.create_group("Dev", &[&id]).await["id"]);
    assert_eq!(scim.member_ids(&dev).await, [id.clone()].into());
    let refused = join(&world, &dev, &id).await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");

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

async fn lightrun_has_basic_and_manager_roles_and_pools(world: World) {
    let world = world.with_preset("lightrun").await;
    let scim = world.scim();
    let role = async |id: &str| world.grpc().user(id).await.organization_role;

    // "The SCIM users are added to the default Agent Pool and receive user-role permissions."
    let ada = scim.create_user("ada@x.example").await;
    let (id, path) = (text(&ada["id"]), user(&ada));
    assert_eq!(role(&id).await, "basic");
    let pool = text(&ada["groups"][0]["value"]);
    let stored = world.grpc().group(&pool).await.expect("the default pool");
    assert_eq!(stored.display_name, "default");
    let bob = scim.create_user("bob@x.example").await;
    assert_eq!(text(&bob["groups"][0]["value"]), pool);

    // "Add, remove, and assign users to Lightrun's basic or manager roles", as identity providers send that.
    let names = ["basic", "manager"].map(str::to_owned);
    let listed = scim.get("/Roles").await.expect(200);
    let listed = listed["Resources"].as_array().expect("roles");
    assert_eq!(
        listed.iter().map(|role| text(&role["value"])).collect::<Vec<_>>(),
        names
    );
    let whole = |name: &str| json!({"userName": "ada@x.example", "roles": [{"value": name}]});
    scim.put(&path, &whole("manager")).await.expect(200);
    assert_eq!(role(&id).await, "manager");
    // Somebody else is one, too, so that she need not stay one.
    let eve = json!({"userName": "eve@x.example", "roles": [{"value": "manager", "primary": true}]});
    let eve = text(&scim.post("/Users", &eve).await.expect(201)["id"]);
    assert_eq!(role(&eve).await, "manager");
    let basic = json!({"op": "Replace", "path": "roles", "value": [{"value": "basic"}]});
    patch(&scim, &path, basic).await.expect(200);
    assert_eq!(role(&id).await, "basic");
    let entra = json!({"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "manager"});
    patch(&scim, &user(&bob), entra).await.expect(200);
    assert_eq!(role(&text(&bob["id"])).await, "manager");
    for unknown in [whole("emperor"), whole("editor")] {
        assert_refused(&scim.put(&path, &unknown).await, 400, Some("invalidValue"));
    }
    assert_eq!(role(&id).await, "basic");

    // "You can assign users to different agent pools and they will inherit the roles assigned to the assigned agent pool."
    let other = world
        .grpc()
        .try_create_group("prod", &[])
        .await
        .expect("a pool")
        .id;
    grant(&world, &other, "manager", "")
        .await
        .expect("a role of the pool");
    join(&world, &other, &id).await.expect("a member");
    assert_eq!(role(&id).await, "manager");
}

async fn lightrun_shifts_the_users_that_exist_to_the_provider(world: World) {
    let world = world.with_preset("lightrun").await;
    let grpc = world.grpc();
    let ada = grpc.create_user("ada@x.example").await;
    let pool = grpc.try_create_group("prod", &[]).await.expect("a pool").id;
    let list = ListConnectionsRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let connections = grpc
        .connections()
        .list_connections(list)
        .await
        .expect("connections");
    let connection = connections.into_inner().connections.remove(0);
    assert_eq!(ada.managed_by, "");

    // "Provision existing users with SCIM": the users "are now managed from your SCIM and disabled in the Lightrun Management Portal".
    let apply = ApplyAdoptionRequest {
        organization: world.organization().slug.clone(),
        connection_id: connection.id.clone(),
        ..Default::default()
    };
    let done = grpc
        .connections()
        .apply_adoption(apply)
        .await
        .expect("adoption")
        .into_inner();
    assert_eq!((done.adopted_users, done.adopted_groups), (1, 0));
    assert_status(
        grpc.delete_user(&ada.id).await,
        Code::FailedPrecondition,
        "MANAGED_ELSEWHERE",
    );
    let path = format!("/Users/{}", ada.id);
    let title = json!({"op": "Replace", "path": "displayName", "value": "Ada"});
    patch(&world.scim(), &path, title).await.expect(200);

    // "Sync SCIM groups" is another check box: pools are assigned here as before.
    join(&world, &pool, &ada.id).await.expect("a member");
    assert_eq!(grpc.member_ids(&pool).await, [ada.id].into());
}
