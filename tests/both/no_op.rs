//! A change that changes nothing writes nothing: no version, no time, no revision, no entry.

use identity_proto::v1::{Group, MemberChange, MemberIds, UpdateGroupRequest, User, member_change};
use serde_json::{Value, json};

use crate::harness::{World, everywhere, scim::text};

everywhere!(
    the_same_put_of_a_user_twice_is_one_change,
    the_same_put_of_a_group_twice_is_one_change,
    a_patch_to_the_values_that_are_there_is_no_change,
    adding_members_that_are_there_is_no_change,
    an_update_to_the_values_that_are_there_is_no_change,
    a_member_change_without_effect_is_no_change,
);

async fn the_same_put_of_a_user_twice_is_one_change(world: World) {
    let body = json!({
        "userName": "ada", "displayName": "Ada", "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}], "active": true,
        "roles": [{"value": "editor"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R"},
    });
    let path = format!("/Users/{}", text(&world.scim().create_user("ada").await["id"]));
    world.scim().put(&path, &body).await.expect(200);
    assert_writes_nothing(&world, &path, async |world| {
        world.scim().put(&path, &body).await.expect(200);
    })
    .await;
}

async fn the_same_put_of_a_group_twice_is_one_change(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let path = format!(
        "/Groups/{}",
        text(&scim.create_group("Team", &[&ada]).await["id"])
    );
    let body = json!({"displayName": "Team", "externalId": "t-1", "members": [{"value": ada}]});
    scim.put(&path, &body).await.expect(200);
    assert_writes_nothing(&world, &path, async |world| {
        world.scim().put(&path, &body).await.expect(200);
    })
    .await;
}

async fn a_patch_to_the_values_that_are_there_is_no_change(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let operations = json!([
        {"op": "add", "path": "emails", "value": [{"value": "ada@example.com", "type": "work"}]},
        {"op": "replace", "path": "active", "value": "True"},
        {"op": "replace", "value": {"title": "Countess", "name": {"givenName": "Ada"}}},
    ]);
    scim.patch(&path, operations.clone()).await.expect(200);
    assert_writes_nothing(&world, &path, async |world| {
        world.scim().patch(&path, operations).await.expect(200);
    })
    .await;
}

async fn adding_members_that_are_there_is_no_change(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let path = format!(
        "/Groups/{}",
        text(&scim.create_group("Team", &[&ada]).await["id"])
    );
    for operation in [
        json!({"op": "add", "path": "members", "value": [{"value": ada}]}),
        json!({"op": "replace", "path": "members", "value": [{"value": ada}]}),
        json!({"op": "remove", "path": "members[value eq \"nobody\"]"}),
        json!({"op": "replace", "path": "displayName", "value": "Team"}),
    ] {
        assert_writes_nothing(&world, &path, async |world| {
            let answer = world.scim().patch(&path, json!([operation])).await;
            assert!(answer.status.is_success(), "{answer}");
        })
        .await;
    }
}

async fn an_update_to_the_values_that_are_there_is_no_change(world: World) {
    let grpc = world.grpc();
    let user = User {
        title: "Countess".into(),
        ..grpc.create_user("ada").await
    };
    let user = grpc.update_user(user, &["title"]).await.unwrap();
    let path = format!("/Users/{}", user.id);
    assert_writes_nothing(&world, &path, async |world| {
        let same = world
            .grpc()
            .update_user(user.clone(), &["title", "user_name", "emails"])
            .await;
        assert_eq!(same.unwrap(), user);
    })
    .await;
}

async fn a_member_change_without_effect_is_no_change(world: World) {
    let grpc = world.grpc();
    let user = grpc.create_user("ada").await;
    let group = grpc.try_create_group("Team", &[&user.id]).await.unwrap();
    let add = member_change::Change::Add(MemberIds { ids: vec![user.id] });
    let path = format!("/Groups/{}", group.id);
    assert_writes_nothing(&world, &path, async |world| {
        let request = UpdateGroupRequest {
            group: Some(Group {
                id: group.id.clone(),
                ..Default::default()
            }),
            member_changes: vec![MemberChange { change: Some(add) }],
            ..Default::default()
        };
        assert_eq!(world.grpc().update_group(request).await.unwrap(), group);
    })
    .await;
}

/// Asserts that what is done leaves the resource, the revision and the change log as they are.
async fn assert_writes_nothing(world: &World, path: &str, done: impl AsyncFnOnce(&World)) {
    let before = traces(world, path).await;
    done(world).await;
    assert_eq!(traces(world, path).await, before);
}

async fn traces(world: &World, path: &str) -> (Value, String, i64, usize) {
    let answer = world.scim().get(path).await;
    let (version, revision) = (answer.header("etag").to_owned(), world.grpc().revision().await);
    (
        answer.expect(200),
        version,
        revision,
        world.grpc().changes_after(0).await.len(),
    )
}
