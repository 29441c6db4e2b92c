//! Groups, pools and roles made of groups (rules 88 to 101).

use identity_proto::v1::{
    Group, ListRolesRequest, MemberChange, MemberIds, Role, UpdateGroupRequest, UpdateRoleRequest,
    member_change, role_service_client::RoleServiceClient,
};
use serde_json::json;
use tonic::{Code, Status};

use super::path;
use crate::{
    harness::{World, assert_refused, assert_status, everywhere, grpc::mask, scim::text},
    scenarios::{grant, may},
};

everywhere!(
    a_group_that_was_made_here_goes_by_a_delete_once_it_is_managed,
    a_change_of_members_leaves_the_roles_of_the_group,
    a_group_that_arrives_is_a_role_that_permits_nothing_yet,
    a_group_is_tied_to_one_of_the_same_name_where_the_policy_says_so,
    groups_in_sync_are_not_changed_manually,
    new_users_are_put_into_the_default_pool_and_inherit_its_roles,
);

/// Adds a member manually.
async fn join(world: &World, group: &str, user: &str) -> Result<Group, Status> {
    let ids = vec![user.to_owned()];
    let change = MemberChange {
        change: Some(member_change::Change::Add(MemberIds { ids })),
    };
    let request = UpdateGroupRequest {
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

async fn a_group_that_was_made_here_goes_by_a_delete_once_it_is_managed(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let local = grpc.try_create_group("Local", &[]).await.expect("a group").id;
    let path = format!("/Groups/{local}");
    assert_refused(&scim.delete(&path).await, 400, Some("mutability"));
    world.set_policy(&[("adopt", "on_match")]).await;
    scim.delete(&path).await.expect(204);
    assert_status(grpc.group(&local).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    scim.create_group("Local", &[]).await;
}

async fn a_change_of_members_leaves_the_roles_of_the_group(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let team = text(&scim.create_group("Team", &[&ada]).await["id"]);
    grant(&world, &team, "editor", "")
        .await
        .expect("a role of the group");
    let path = format!("/Groups/{team}");
    let member = |operation: &str| json!([{"op": operation, "path": "members", "value": [{"value": ada}]}]);
    let whole = |members: serde_json::Value| json!({"displayName": "Crew", "members": members});
    for is_member in [true, false, true] {
        let operation = if is_member { "add" } else { "remove" };
        scim.patch(&path, member(operation)).await.expect(200);
        assert_eq!(may(&world, &ada, "project.edit", "").await, is_member);
    }
    scim.put(&path, &whole(json!([]))).await.expect(200);
    assert!(!may(&world, &ada, "project.edit", "").await);
    scim.put(&path, &whole(json!([{"value": ada}]))).await.expect(200);
    assert!(may(&world, &ada, "project.edit", "").await);
    // A role of the group is no role of its own: what is sent of those does not take it, and a group takes no `roles`.
    let roles = json!({"userName": "ada", "roles": [{"value": "viewer"}]});
    scim.put(&format!("/Users/{ada}"), &roles).await.expect(200);
    assert!(may(&world, &ada, "project.edit", "").await);
    let roles = json!({"displayName": "Crew", "members": [{"value": ada}], "roles": [{"value": "admin"}]});
    scim.put(&path, &roles).await.expect(200);
    assert!(!may(&world, &ada, "users.edit", "").await);
}

async fn a_group_that_arrives_is_a_role_that_permits_nothing_yet(world: World) {
    world
        .set_policy(&[("groups.project_to", "roles"), ("roles.source", "groups")])
        .await;
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let group = text(&scim.create_group("Billing", &[&ada]).await["id"]);
    assert!(!may(&world, &ada, "billing.pay", "").await);
    let mut roles = RoleServiceClient::new(world.grpc().line());
    let list = ListRolesRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let made = roles
        .list_roles(list.clone())
        .await
        .expect("roles")
        .into_inner()
        .roles;
    let role = made
        .into_iter()
        .find(|role| role.name == "Billing")
        .expect("a role");
    let update = UpdateRoleRequest {
        organization: world.organization().slug.clone(),
        role: Some(Role {
            id: role.id,
            permissions: vec!["billing.pay".into()],
            ..Default::default()
        }),
        update_mask: Some(mask(&["permissions"])),
        ..Default::default()
    };
    roles.update_role(update).await.expect("permissions");
    assert!(may(&world, &ada, "billing.pay", "").await);
    scim.delete(&format!("/Groups/{group}")).await.expect(204);
    assert!(!may(&world, &ada, "billing.pay", "").await);
    let left = roles.list_roles(list).await.expect("roles").into_inner().roles;
    assert!(left.iter().all(|role| role.name != "Billing"));
}

async fn a_group_is_tied_to_one_of_the_same_name_where_the_policy_says_so(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = grpc.create_user("ada").await.id;
    let local = grpc.try_create_group("Team", &[&ada]).await.expect("a group").id;
    let body = json!({"displayName": "TEAM", "externalId": "g-1"});
    assert_refused(&scim.post("/Groups", &body).await, 409, Some("uniqueness"));
    world.set_policy(&[("groups.adopt_by_name", "true")]).await;
    assert_eq!(text(&scim.post("/Groups", &body).await.expect(201)["id"]), local);
    let tied = grpc.group(&local).await.expect("the group");
    assert!(!tied.managed_by.is_empty());
    assert_eq!((tied.external_id.as_str(), tied.member_count), ("g-1", 1));
}

async fn groups_in_sync_are_not_changed_manually(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let team = text(&scim.create_group("Team", &[]).await["id"]);
    let refused = join(&world, &team, &ada).await;
    let is_named = refused
        .as_ref()
        .is_err_and(|status| status.message().contains("\"default\""));
    assert!(is_named, "{refused:?}");
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    world.set_policy(&[("manual_updates", "allow")]).await;
    join(&world, &team, &ada).await.expect("a member");
    assert_eq!(scim.member_ids(&team).await, [ada].into());
}

async fn new_users_are_put_into_the_default_pool_and_inherit_its_roles(world: World) {
    world.set_policy(&[("defaults.pool", "agents")]).await;
    let (scim, grpc) = (world.scim(), world.grpc());
    // Default groups are kept from provisioned users unless the policy says otherwise.
    assert!(scim.create_user("ada").await.get("groups").is_none());
    let manual = grpc.create_user("bob").await;
    let pool = manual.groups[0].id.clone();
    assert_eq!(grpc.group(&pool).await.expect("the pool").display_name, "agents");
    world
        .set_policy(&[("defaults.apply_to_scim_users", "true")])
        .await;
    let eve = scim.create_user("eve").await;
    assert_eq!(text(&eve["groups"][0]["value"]), pool);
    grant(&world, &pool, "editor", "")
        .await
        .expect("a role of the pool");
    assert_eq!(grpc.user(&text(&eve["id"])).await.organization_role, "editor");
    assert_eq!(
        scim.get(&path(&eve)).await.expect(200)["groups"][0]["display"],
        "agents"
    );
}
