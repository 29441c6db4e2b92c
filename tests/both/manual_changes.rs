//! Manual changes, over gRPC, of what an identity provider manages.

use identity_proto::v1::{ListChangesRequest, UpdateGroupRequest, User};
use prost_types::FieldMask;
use serde_json::json;
use tonic::{Code, Request};

use crate::harness::{World, assert_status, everywhere, grpc::named, scim::text};

everywhere!(
    what_the_provider_manages_is_not_changed_manually,
    manual_changes_last_until_the_next_sync,
    breaking_glass_is_told_in_the_log,
    nobody_is_invited_beside_the_provider,
);

fn titled(id: &str, title: &str) -> User {
    User {
        id: id.to_owned(),
        title: title.to_owned(),
        ..Default::default()
    }
}

async fn what_the_provider_manages_is_not_changed_manually(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = text(&scim.create_user("ada").await["id"]);
    let team = text(&scim.create_group("Team", &[&ada]).await["id"]);
    let revision = grpc.revision().await;
    let refused = |answer| assert_status(answer, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    refused(
        grpc.update_user(titled(&ada, "Countess"), &["title"])
            .await
            .map(drop),
    );
    refused(grpc.delete_user(&ada).await);
    let group = UpdateGroupRequest {
        group: Some(identity_proto::v1::Group {
            id: team,
            display_name: "Crew".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".into()],
        }),
        ..Default::default()
    };
    refused(grpc.update_group(group).await.map(drop));
    assert_eq!(grpc.revision().await, revision);
}

async fn manual_changes_last_until_the_next_sync(world: World) {
    world
        .set_policy(&[("manual_updates", "allow_until_next_sync")])
        .await;
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = text(&scim.create_user("ada").await["id"]);
    grpc.update_user(titled(&ada, "by hand"), &["title"])
        .await
        .unwrap();
    let path = format!("/Users/{ada}");
    let other = json!([{"op": "replace", "path": "nickName", "value": "A"}]);
    assert_eq!(scim.patch(&path, other).await.expect(200)["title"], "by hand");
    let title = json!([{"op": "replace", "path": "title", "value": "by sync"}]);
    assert_eq!(scim.patch(&path, title).await.expect(200)["title"], "by sync");
}

async fn breaking_glass_is_told_in_the_log(world: World) {
    let ada = text(&world.scim().create_user("ada").await["id"]);
    let grpc = world.grpc();
    let revision = grpc.revision().await;
    let mut request = Request::new(identity_proto::v1::DeleteUserRequest {
        organization: grpc.organization_named(),
        id: ada,
        ..Default::default()
    });
    let reason = "the provider is down".parse().unwrap();
    request.metadata_mut().insert("x-break-glass", reason);
    grpc.users().delete_user(request).await.unwrap();
    let log = ListChangesRequest {
        organization: grpc.organization_named(),
        after_revision: revision,
        ..Default::default()
    };
    let changes = grpc
        .change_log()
        .list_changes(log)
        .await
        .unwrap()
        .into_inner()
        .changes;
    assert_eq!(changes[0].break_glass, "the provider is down");
}

async fn nobody_is_invited_beside_the_provider(world: World) {
    world.set_policy(&[("invites", "deny")]).await;
    let refused = world.grpc().try_create(named("bob")).await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    world.scim().create_user("ada").await;
}
