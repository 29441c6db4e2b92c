//! Names in a body that no schema has: they are left out, and told in the change log.

use serde_json::{Value, json};

use crate::harness::{
    World, everywhere,
    scim::{patch_body, text},
};

everywhere!(
    dropped_attributes_are_told_in_the_change_log,
    a_patch_of_nothing_but_unknown_attributes_is_told,
    a_repeated_put_with_unknown_attributes_writes_nothing,
);

/// Lists the ignored attributes that the entries after a revision tell.
async fn ignored(world: &World, revision: i64) -> Vec<String> {
    let changes = world.grpc().changes_after(revision).await;
    changes.into_iter().flat_map(|change| change.ignored).collect()
}

fn odd(name: &str) -> Value {
    json!({
        "userName": name, "displayName": name, "shoeSize": 42, "name": {"nick": "x", "givenName": "Ada"},
        "urn:example:2.0:User": {"badge": 1}, "roles ": [],
    })
}

async fn dropped_attributes_are_told_in_the_change_log(world: World) {
    for path in ["/Users", "/Groups"] {
        let before = world.grpc().revision().await;
        world.scim().post(path, &odd("ada")).await.expect(201);
        let told = ignored(&world, before).await.join("\n");
        for name in ["shoeSize", "urn:example:2.0:User", "roles "] {
            assert!(told.contains(name), "{path}: {told}");
        }
        assert!(path == "/Groups" || told.contains("name.nick"), "{told}");
    }
}

async fn a_patch_of_nothing_but_unknown_attributes_is_told(world: World) {
    let scim = world.scim();
    let user = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let group = format!("/Groups/{}", text(&scim.create_group("g", &[]).await["id"]));
    for path in [user, group] {
        let before = world.grpc().revision().await;
        let version = scim.get(&path).await.expect(200)["meta"]["version"].clone();
        let body = patch_body(json!([{"op": "replace", "value": {"shoeSize": 42}}]));
        let answer = scim
            .send(scim.request_with("PATCH", &path, &body))
            .await
            .expect(200);
        assert_eq!(answer["meta"]["version"], version);
        assert_eq!(ignored(&world, before).await, ["shoeSize: no such attribute"]);
    }
}

async fn a_repeated_put_with_unknown_attributes_writes_nothing(world: World) {
    let scim = world.scim();
    for path in ["/Users", "/Groups"] {
        let made = scim.post(path, &odd("ada")).await.expect(201);
        let before = world.grpc().revision().await;
        let path = format!("{path}/{}", text(&made["id"]));
        scim.put(&path, &odd("ada")).await.expect(200);
        assert_eq!(world.grpc().revision().await, before, "{path}");
    }
}
