//! PUT, deactivation and deletion.

use serde_json::json;

use crate::harness::{
    World, assert_refused, everywhere,
    scim::{group_body, patch_body, text, user_body},
};

everywhere!(
    q49_a_put_of_what_was_read_changes_nothing_and_of_less_clears,
    q50_who_is_activated_again_has_its_id_and_data,
    q51_a_delete_is_final_and_frees_the_name,
    q52_who_is_inactive_can_be_changed,
    q64_repeated_writes_change_nothing,
    q68_an_if_match_is_kept,
    q70_what_was_deleted_is_not_found_by_put_and_patch,
);

async fn q49_a_put_of_what_was_read_changes_nothing_and_of_less_clears(world: World) {
    let scim = world.scim();
    let body =
        json!({"userName": "ada", "title": "Clerk", "emails": [{"value": "a@x.example", "primary": true}]});
    let user = scim.post("/Users", &body).await.expect(201);
    let id = text(&user["id"]);
    scim.create_group("clerks", &[&id]).await;
    let path = format!("/Users/{id}");
    let read = scim.get(&path).await.expect(200);
    assert_eq!(scim.put(&path, &read).await.expect(200), read);
    let less = scim
        .put(&path, &json!({"userName": "ada", "id": id}))
        .await
        .expect(200);
    assert!(
        less.get("title").is_none() && less.get("emails").is_none(),
        "{less}"
    );
    assert_eq!(
        (&less["active"], &less["groups"]),
        (&json!(true), &read["groups"])
    );
}

async fn q50_who_is_activated_again_has_its_id_and_data(world: World) {
    let scim = world.scim();
    let user = scim
        .post("/Users", &json!({"userName": "ada", "title": "Clerk"}))
        .await
        .expect(201);
    let path = format!("/Users/{}", text(&user["id"]));
    for active in [false, true] {
        let body = json!({"userName": "ada", "title": "Clerk", "active": active});
        let put = scim.put(&path, &body).await.expect(200);
        assert_eq!((&put["id"], &put["active"]), (&user["id"], &json!(active)));
    }
    assert_eq!(scim.get(&path).await.expect(200)["title"], "Clerk");
}

async fn q51_a_delete_is_final_and_frees_the_name(world: World) {
    let scim = world.scim();
    let old = text(&scim.create_user("ada").await["id"]);
    let path = format!("/Users/{old}");
    scim.delete(&path).await.expect(204);
    assert_refused(&scim.delete(&path).await, 404, None);
    assert_refused(&scim.get(&path).await, 404, None);
    assert_eq!(scim.find("/Users", "userName eq \"ada\"").await, [""; 0]);
    assert_ne!(text(&scim.create_user("ada").await["id"]), old);
}

async fn q52_who_is_inactive_can_be_changed(world: World) {
    let scim = world.scim();
    let off = json!({"userName": "ada", "active": false});
    let path = format!(
        "/Users/{}",
        text(&scim.post("/Users", &off).await.expect(201)["id"])
    );
    let rename = patch_body(json!([{"op": "replace", "path": "userName", "value": "ada.l"}]));
    let renamed = scim
        .send(scim.request_with("PATCH", &path, &rename))
        .await
        .expect(200);
    assert_eq!(
        (&renamed["userName"], &renamed["active"]),
        (&json!("ada.l"), &json!(false))
    );
}

async fn q64_repeated_writes_change_nothing(world: World) {
    let scim = world.scim();
    let user = text(&scim.create_user("ada").await["id"]);
    let group = text(&scim.create_group("clerks", &[&user]).await["id"]);
    let (user, group_path) = (format!("/Users/{user}"), format!("/Groups/{group}"));
    let before = world.grpc().revision().await;
    let member = json!([{"value": user.rsplit('/').next()}]);
    for _ in 0..3 {
        scim.put(&user, &user_body("ada")).await.expect(200);
        let title = patch_body(json!([{"op": "remove", "path": "title"}]));
        scim.send(scim.request_with("PATCH", &user, &title))
            .await
            .expect(200);
        let add = json!([{"op": "Add", "path": "members", "value": member}]);
        let added = scim.patch(&group_path, add).await;
        assert!(added.status.is_success(), "{added}");
        let again = scim.post("/Users", &user_body("ada")).await;
        assert_refused(&again, 409, Some("uniqueness"));
    }
    assert_eq!(world.grpc().revision().await, before);
}

async fn q68_an_if_match_is_kept(world: World) {
    let scim = world.scim();
    let user = scim.create_user("ada").await;
    let path = format!("/Users/{}", text(&user["id"]));
    let put = |tag: &str, title: &str| {
        let body = json!({"userName": "ada", "title": title});
        scim.request_with("PUT", &path, &body).header("if-match", tag)
    };
    let first = text(&user["meta"]["version"]);
    scim.send(put(&first, "a")).await.expect(200);
    assert_refused(&scim.send(put(&first, "b")).await, 412, None);
    scim.send(put("*", "c")).await.expect(200);
    assert_eq!(scim.get(&path).await.expect(200)["title"], "c");
}

async fn q70_what_was_deleted_is_not_found_by_put_and_patch(world: World) {
    let scim = world.scim();
    let user = text(&scim.create_user("ada").await["id"]);
    let group = text(&scim.create_group("clerks", &[]).await["id"]);
    let (user, group) = (format!("/Users/{user}"), format!("/Groups/{group}"));
    for (path, body) in [(&user, user_body("ada")), (&group, group_body("clerks", &[]))] {
        scim.delete(path).await.expect(204);
        assert_refused(&scim.put(path, &body).await, 404, None);
        let operation = json!([{"op": "replace", "value": {"externalId": "x"}}]);
        assert_refused(&scim.patch(path, operation).await, 404, None);
    }
}
