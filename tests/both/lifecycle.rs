//! Seats, deactivation, deletion, break-glass accounts and the deactivation safeguard, as an identity provider and a service see them.

use futures::future::join_all;
use identity_proto::v1::{
    Connection, ListConnectionsRequest, Organization, ReleaseBrakeRequest, UpdateConnectionRequest,
    UpdateOrganizationRequest, User,
};
use serde_json::json;
use tonic::Code;

use crate::harness::{
    World, assert_refused, assert_status, everywhere,
    grpc::{mask, named},
    scim::{text, user_body},
};

everywhere!(
    seats_are_never_exceeded_through_either_api,
    a_stripped_user_comes_back_with_nothing,
    a_deletion_that_deactivates_is_repeatable_and_keeps_the_user,
    a_deleted_user_comes_back_by_a_post_under_its_id,
    an_unmanaged_user_is_taken_over_only_where_the_policy_says_so,
    no_connection_sees_or_touches_a_break_glass_account,
    an_identity_provider_that_deactivates_everybody_is_stopped_and_let_go_on,
    a_provisioned_user_says_how_it_signs_in_first,
);

async fn seats(world: &World, seats: i64) {
    let organization = Organization {
        slug: world.organization().slug.clone(),
        seats,
        ..Default::default()
    };
    let request = UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(mask(&["seats"])),
        ..Default::default()
    };
    let updated = world.grpc().organizations().update_organization(request).await;
    updated.expect("new seats");
}

async fn seats_are_never_exceeded_through_either_api(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    seats(&world, 5).await;
    let bodies: Vec<_> = (0..10).map(|n| user_body(&format!("s{n}"))).collect();
    let names: Vec<_> = (0..10).map(|n| format!("g{n}")).collect();
    let there = join_all(bodies.iter().map(|body| scim.post("/Users", body)));
    let here = join_all(names.iter().map(|name| grpc.try_create(named(name))));
    let (there, here) = tokio::join!(there, here);
    let made = there.iter().filter(|answer| answer.status == 201).count();
    let refused: Vec<_> = there.iter().filter(|answer| answer.status != 201).collect();
    assert_eq!(made + here.iter().filter(|answer| answer.is_ok()).count(), 5);
    for answer in refused {
        assert_refused(answer, 400, Some("invalidValue"));
        assert!(
            answer.json()["detail"].as_str().unwrap().contains("5 seats"),
            "{answer}"
        );
    }
    assert_eq!(grpc.organization().await.active_user_count, 5);
    let refused = grpc.try_create(named("one-more")).await;
    assert_status(refused, Code::FailedPrecondition, "SEATS_EXHAUSTED");
}

async fn set_active(world: &World, path: &str, active: bool) -> crate::harness::Answer {
    let operation = json!([{"op": "replace", "path": "active", "value": active}]);
    world.scim().patch(path, operation).await
}

async fn a_stripped_user_comes_back_with_nothing(world: World) {
    let scim = world.scim();
    world
        .set_policy(&[("deactivation.effect", "strip"), ("reactivation.restore", "none")])
        .await;
    let body = json!({"userName": "ada", "roles": [{"value": "editor"}]});
    let ada = text(&scim.post("/Users", &body).await.expect(201)["id"]);
    let team = text(&scim.create_group("Team", &[&ada]).await["id"]);
    let path = format!("/Users/{ada}");
    set_active(&world, &path, false).await.expect(200);
    assert!(scim.member_ids(&team).await.is_empty());
    let back = set_active(&world, &path, true).await.expect(200);
    assert!(back.get("groups").is_none(), "{back}");
    let user = world.grpc().user(&ada).await;
    assert_eq!(
        (user.organization_role.as_str(), user.active),
        ("member", Some(true))
    );
}

async fn a_deletion_that_deactivates_is_repeatable_and_keeps_the_user(world: World) {
    let scim = world.scim();
    world.set_policy(&[("delete.mode", "deactivate")]).await;
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    scim.delete(&path).await.expect(204);
    let revision = world.grpc().revision().await;
    scim.delete(&path).await.expect(204);
    assert_eq!(world.grpc().revision().await, revision);
    assert_eq!(scim.get(&path).await.expect(200)["active"], json!(false));
    assert_refused(
        &scim.post("/Users", &user_body("ada")).await,
        409,
        Some("uniqueness"),
    );
}

async fn a_deleted_user_comes_back_by_a_post_under_its_id(world: World) {
    let scim = world.scim();
    world
        .set_policy(&[("create.revive", "deleted"), ("list.include_deleted", "true")])
        .await;
    let ada = text(&scim.create_user("ada").await["id"]);
    scim.delete(&format!("/Users/{ada}")).await.expect(204);
    assert_eq!(
        scim.find("/Users", "userName eq \"ada\"").await,
        std::slice::from_ref(&ada)
    );
    let shown = scim.get(&format!("/Users/{ada}")).await.expect(200);
    assert_eq!(shown["active"], json!(false));
    let back = scim.post("/Users", &user_body("ada")).await.expect(201);
    assert_eq!((text(&back["id"]), &back["active"]), (ada, &json!(true)));
}

async fn an_unmanaged_user_is_taken_over_only_where_the_policy_says_so(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = grpc.create_user("ada").await;
    let path = format!("/Users/{}", ada.id);
    assert_refused(&set_active(&world, &path, false).await, 400, Some("mutability"));
    assert_refused(&scim.delete(&path).await, 400, Some("mutability"));
    assert_refused(
        &scim.post("/Users", &user_body("ada")).await,
        409,
        Some("uniqueness"),
    );
    world.set_policy(&[("adopt", "on_match")]).await;
    let adopted = scim.post("/Users", &user_body("ada")).await.expect(201);
    assert_eq!(text(&adopted["id"]), ada.id);
    assert!(!grpc.user(&ada.id).await.managed_by.is_empty());
}

async fn no_connection_sees_or_touches_a_break_glass_account(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let owner = scim.create_user("owner").await;
    let (id, path) = (text(&owner["id"]), format!("/Users/{}", text(&owner["id"])));
    let protected = User {
        id: id.clone(),
        break_glass: Some(true),
        ..Default::default()
    };
    grpc.update_user(protected, &["break_glass"]).await.unwrap();
    assert_refused(&scim.get(&path).await, 403, None);
    assert_refused(&set_active(&world, &path, false).await, 403, None);
    assert_refused(&scim.put(&path, &user_body("owner")).await, 403, None);
    assert_refused(&scim.delete(&path).await, 403, None);
    assert!(scim.find("/Users", "userName eq \"owner\"").await.is_empty());
    assert!(scim.find("/Users", "userName pr").await.is_empty());
    assert_eq!(grpc.user(&id).await.active, Some(true));
}

/// The connection of the identity provider, with a limit on deactivations.
async fn limited(world: &World, brake_count: i64) -> Connection {
    let organization = world.organization().slug.clone();
    let request = ListConnectionsRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let mut client = world.grpc().connections();
    let found = client.list_connections(request).await.unwrap().into_inner();
    let connection = Connection {
        id: found.connections[0].id.clone(),
        brake_count,
        ..Default::default()
    };
    let request = UpdateConnectionRequest {
        organization,
        connection: Some(connection),
        update_mask: Some(mask(&["brake_count"])),
        ..Default::default()
    };
    let updated = client.update_connection(request).await.unwrap().into_inner();
    updated.connection.unwrap()
}

async fn an_identity_provider_that_deactivates_everybody_is_stopped_and_let_go_on(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    grpc.create_user("outsider").await;
    let names: Vec<_> = (0..10).map(|n| format!("p{n}")).collect();
    let people = join_all(names.iter().map(|name| scim.create_user(name))).await;
    let paths: Vec<_> = people
        .iter()
        .map(|it| format!("/Users/{}", text(&it["id"])))
        .collect();
    let connection = limited(&world, 3).await;

    let answers = join_all(paths.iter().map(|path| set_active(&world, path, false))).await;

    let held: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert_eq!(held.len(), 7);
    for answer in held {
        assert_refused(answer, 429, None);
        assert_eq!(answer.header("retry-after"), "300");
    }
    assert_eq!(grpc.organization().await.active_user_count, 8);

    let request = ReleaseBrakeRequest {
        organization: world.organization().slug.clone(),
        id: connection.id,
        ..Default::default()
    };
    grpc.connections().release_brake(request).await.unwrap();
    for path in &paths {
        set_active(&world, path, false).await.expect(200);
    }
    assert_eq!(grpc.organization().await.active_user_count, 1);
}

async fn a_provisioned_user_says_how_it_signs_in_first(world: World) {
    world.set_policy(&[("first_login", "password_reset")]).await;
    let ada = text(&world.scim().create_user("ada").await["id"]);
    let credential = world.grpc().user(&ada).await.credential.unwrap();
    assert_eq!(
        (credential.kind.as_str(), credential.first_login.as_str()),
        ("none", "password_reset")
    );
    assert!(credential.password_reset_allowed);
    assert!(world.grpc().create_user("bob").await.credential.is_none());
}
