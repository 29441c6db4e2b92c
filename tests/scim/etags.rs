//! Versions: RFC 7644, section 3.14.

use serde_json::json;

use crate::harness::{
    Answer, World, assert_refused, everywhere,
    scim::{patch_body, text},
};

everywhere!(
    every_answer_with_a_resource_names_its_version,
    a_change_with_the_current_version_is_made,
    a_change_with_a_stale_version_is_412,
    a_read_of_what_is_known_is_304,
    a_change_of_members_is_a_new_version_of_the_group,
);

async fn every_answer_with_a_resource_names_its_version(world: World) {
    let scim = world.scim();
    let created = scim.post("/Users", &json!({"userName": "ada"})).await;
    let path = format!("/Users/{}", text(&created.expect(201)["id"]));
    let replaced = scim.put(&path, &json!({"userName": "ada", "title": "x"})).await;
    let patched = scim
        .patch(&path, json!([{"op": "replace", "path": "title", "value": "y"}]))
        .await;
    let read = scim.get(&path).await;

    for answer in [&created, &replaced, &patched, &read] {
        assert!(answer.header("etag").starts_with("W/\""), "{answer}");
        assert_eq!(answer.json()["meta"]["version"], answer.header("etag"));
    }
    let versions = [&created, &replaced, &patched].map(|answer| answer.header("etag"));
    assert!(
        versions[0] != versions[1] && versions[1] != versions[2],
        "{versions:?}"
    );
    assert_eq!(read.header("etag"), patched.header("etag"));
}

async fn a_change_with_the_current_version_is_made(world: World) {
    for version in ["*", "", "other, "] {
        for method in ["PUT", "PATCH", "DELETE"] {
            let (path, current) = create(&world).await;
            let matches = match version {
                "*" => "*".to_owned(),
                "" => current,
                _ => format!("W/\"other\", {current}"),
            };
            let answer = change(&world, method, &path, &matches).await;
            assert!(answer.status.is_success(), "{method} {matches}: {answer}");
        }
    }
}

async fn a_change_with_a_stale_version_is_412(world: World) {
    let (path, stale) = create(&world).await;
    world
        .scim()
        .put(&path, &json!({"userName": "somebody", "title": "new"}))
        .await
        .expect(200);
    let before = world.grpc().revision().await;
    for method in ["PUT", "PATCH", "DELETE"] {
        for version in [stale.as_str(), "W/\"999999\"", "W/\"x\"", "\"\"", "nonsense"] {
            assert_refused(&change(&world, method, &path, version).await, 412, None);
        }
    }
    assert_eq!(world.grpc().revision().await, before);
    assert_eq!(world.scim().get(&path).await.expect(200)["title"], "new");
}

async fn a_read_of_what_is_known_is_304(world: World) {
    let (path, version) = create(&world).await;
    let scim = world.scim();
    let known = scim
        .send(scim.request("GET", &path).header("if-none-match", &version))
        .await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), version);
    let unknown = scim
        .send(scim.request("GET", &path).header("if-none-match", "W/\"other\""))
        .await;
    unknown.expect(200);
}

async fn a_change_of_members_is_a_new_version_of_the_group(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let path = format!("/Groups/{}", text(&scim.create_group("Team", &[]).await["id"]));
    let before = scim.get(&path).await;
    let user = scim.get(&format!("/Users/{ada}")).await;

    let add = json!([{"op": "add", "path": "members", "value": [{"value": ada}]}]);
    assert!(scim.patch(&path, add).await.status.is_success());

    let after = scim.get(&path).await;
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_ne!(
        after.json()["meta"]["lastModified"],
        before.json()["meta"]["lastModified"]
    );
    let same_user = scim.get(&format!("/Users/{ada}")).await;
    assert_eq!(same_user.header("etag"), user.header("etag"));
}

async fn create(world: &World) -> (String, String) {
    let name = crate::harness::run_folder::fresh_name("p");
    let answer = world.scim().post("/Users", &json!({"userName": name})).await;
    let path = format!("/Users/{}", text(&answer.expect(201)["id"]));
    (path, answer.header("etag").to_owned())
}

async fn change(world: &World, method: &str, path: &str, if_match: &str) -> Answer {
    let scim = world.scim();
    let request = match method {
        "PUT" => {
            let user_name = crate::harness::run_folder::fresh_name("p");
            scim.request_with("PUT", path, &json!({"userName": user_name, "title": "x"}))
        }
        "PATCH" => {
            let replace = json!([{"op": "replace", "path": "title", "value": "x"}]);
            scim.request_with("PATCH", path, &patch_body(replace))
        }
        _ => scim.request("DELETE", path),
    };
    scim.send(request.header("if-match", if_match)).await
}
