//! Groups.

use serde_json::json;

use crate::harness::{
    World, assert_refused, everywhere,
    scim::{group_body, text},
};

everywhere!(
    q54_a_group_s_name_is_unique_and_its_own_is_no_clash,
    q60_a_put_of_a_group_stands_for_all_members,
    q61_one_patch_takes_thousands_of_members,
    q62_an_unknown_member_is_left_out_and_told_in_the_change_log,
    q63_a_deleted_user_is_in_no_group,
    q66_names_are_kept_and_found_exactly,
    q67_a_test_group_is_made_changed_and_deleted_at_once,
);

async fn q54_a_group_s_name_is_unique_and_its_own_is_no_clash(world: World) {
    let scim = world.scim();
    scim.create_group("a", &[]).await;
    let path = format!("/Groups/{}", text(&scim.create_group("b", &[]).await["id"]));
    assert_refused(
        &scim.post("/Groups", &group_body("A", &[])).await,
        409,
        Some("uniqueness"),
    );
    let rename = |name: &str| json!([{"op": "Replace", "path": "displayName", "value": name}]);
    assert_refused(&scim.patch(&path, rename("A")).await, 409, Some("uniqueness"));
    for name in ["b", "B", "c"] {
        assert!(scim.patch(&path, rename(name)).await.status.is_success());
    }
    scim.create_group("b", &[]).await;
}

async fn q60_a_put_of_a_group_stands_for_all_members(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let bob = text(&scim.create_user("bob").await["id"]);
    let id = text(&scim.create_group("g", &[&ada]).await["id"]);
    let path = format!("/Groups/{id}");
    scim.put(&path, &group_body("g", &[&bob])).await.expect(200);
    assert_eq!(scim.member_ids(&id).await, [bob].into());
    scim.put(&path, &json!({"displayName": "g"})).await.expect(200);
    assert!(scim.member_ids(&id).await.is_empty());
}

/// That it is answered in five seconds for 10,000, the test of concurrent members measures.
async fn q61_one_patch_takes_thousands_of_members(world: World) {
    let scim = world.scim();
    let people = crate::scim::cursors::populate(&scim, 1_000).await;
    let id = text(&scim.create_group("all", &[]).await["id"]);
    let members: Vec<_> = people.iter().map(|id| json!({ "value": id })).collect();
    let add = json!([{"op": "Add", "path": "members", "value": members}]);
    let added = scim.patch(&format!("/Groups/{id}"), add).await;
    assert!(added.status.is_success(), "{added}");
    assert_eq!(scim.member_ids(&id).await, people);
}

async fn q62_an_unknown_member_is_left_out_and_told_in_the_change_log(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let group = scim.create_group("g", &[&ada, "nobody-1"]).await;
    assert_eq!(scim.member_ids(&text(&group["id"])).await, [ada].into());
    let changes = world.grpc().changes_after(0).await;
    let told = changes.iter().flat_map(|change| &change.ignored);
    assert!(told.into_iter().any(|sentence| sentence.contains("nobody-1")));
    let strict = world.with_preset("strict_rfc").await;
    let refused = strict
        .scim()
        .post("/Groups", &group_body("g", &["nobody-1"]))
        .await;
    assert_refused(&refused, 400, Some("invalidValue"));
    assert!(
        refused.json()["detail"].to_string().contains("nobody-1"),
        "{refused}"
    );
}

async fn q63_a_deleted_user_is_in_no_group(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let id = text(&scim.create_group("g", &[&ada]).await["id"]);
    scim.delete(&format!("/Users/{ada}")).await.expect(204);
    assert!(scim.member_ids(&id).await.is_empty());
    assert_eq!(
        scim.find("/Groups", &format!("members.value eq \"{ada}\"")).await,
        [""; 0]
    );
}

async fn q66_names_are_kept_and_found_exactly(world: World) {
    let scim = world.scim();
    for name in ["Dock \"North\"", "R&D / Ops + QA #1", "営業 \\ 部", "naïve — Ω"] {
        let id = text(&scim.create_group(name, &[]).await["id"]);
        let found = scim
            .list("/Groups", &format!("displayName eq {}", json!(name)), "")
            .await
            .expect(200);
        assert_eq!(
            (
                &found["Resources"][0]["id"],
                &found["Resources"][0]["displayName"]
            ),
            (&json!(id), &json!(name))
        );
    }
}

async fn q67_a_test_group_is_made_changed_and_deleted_at_once(world: World) {
    let scim = world.scim();
    let user = text(&scim.create_user("jumpcloud-test").await["id"]);
    let id = text(&scim.create_group("jumpcloud-test", &[]).await["id"]);
    let path = format!("/Groups/{id}");
    assert_eq!(
        scim.find("/Groups", "displayName eq \"jumpcloud-test\"").await,
        std::slice::from_ref(&id)
    );
    scim.put(&path, &group_body("jumpcloud-test-2", &[&user]))
        .await
        .expect(200);
    scim.delete(&path).await.expect(204);
    assert_refused(&scim.get(&path).await, 404, None);
    scim.create_group("jumpcloud-test-2", &[]).await;
}
