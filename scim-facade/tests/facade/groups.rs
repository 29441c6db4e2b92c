//! `/Groups`.

use serde_json::json;

use crate::world::{World, assert_refused};

#[tokio::test]
async fn members_travel_as_steps_in_one_call_without_a_read() {
    let world = World::new();
    let (a, b) = (world.user("a").await, world.user("b").await);
    let id = world.group("Crew", &[&a]).await;
    world.core.calls();
    let body = json!({ "Operations": [
        { "op": "Remove", "path": format!("members[value eq \"{a}\"]") },
        { "op": "Add", "path": "members", "value": [{ "value": b }] },
        { "op": "replace", "value": { "id": id, "displayName": "Team" } },
    ] });
    let reply = world
        .call("PATCH", &format!("/Groups/{id}?excludedAttributes=members"), body)
        .await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json["displayName"]),
        (200, &json!("Team"))
    );
    assert_eq!(world.core.calls(), ["GetPolicy", "ListSchemas", "UpdateGroup"]);
    assert_eq!(world.core.state.lock().unwrap().groups[&id].1, [b]);
}

#[tokio::test]
async fn members_that_are_not_shown_are_not_read() {
    let world = World::new();
    let a = world.user("a").await;
    let id = world.group("Crew", &[&a]).await;
    world.core.calls();
    let shown = world.get(&format!("/Groups/{id}")).await;
    assert_eq!(shown.json["members"][0]["value"], a);
    assert_eq!(world.core.calls(), ["GetGroup", "ListGroupMembers"]);
    world
        .get(&format!("/Groups/{id}?excludedAttributes=members"))
        .await;
    world.get("/Groups?attributes=displayName").await;
    assert_eq!(world.core.calls(), ["GetGroup", "ListGroups"]);
}

#[tokio::test]
async fn members_of_a_large_group_are_read_page_by_page() {
    let world = World::new();
    let ids: Vec<String> = (0..2_500).map(|number| format!("m{number:04}")).collect();
    let id = world
        .group("Crew", &ids.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    world.core.calls();
    let shown = world.get(&format!("/Groups/{id}")).await;
    assert_eq!(shown.json["members"].as_array().unwrap().len(), 2_500);
    assert_eq!(world.core.calls().len(), 4);
}

#[tokio::test]
async fn a_patch_of_a_large_group_is_204_unless_attributes_are_asked_for() {
    let world = World::new();
    let ids: Vec<String> = (0..1_001).map(|number| format!("m{number:04}")).collect();
    let id = world
        .group("Crew", &ids.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": "new" }] });
    let silent = world.patch(&format!("/Groups/{id}"), add.clone()).await;
    assert_eq!((silent.status.as_u16(), silent.header("etag")), (204, "W/\"2\""));
    let small = world
        .patch(&format!("/Groups/{id}?attributes=displayName"), add.clone())
        .await;
    assert_eq!((small.status.as_u16(), small.json.get("members")), (200, None));
    let full = world
        .patch(&format!("/Groups/{id}?attributes=members"), add)
        .await;
    assert_eq!(full.json["members"].as_array().unwrap().len(), 1_002);
}

#[tokio::test]
async fn a_put_replaces_the_members_that_it_names() {
    let world = World::new();
    let (a, b) = (world.user("a").await, world.user("b").await);
    let id = world.group("Crew", &[&a]).await;
    let body = json!({ "displayName": "Crew", "members": [{ "value": b }] });
    let reply = world.call("PUT", &format!("/Groups/{id}"), body).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json["members"].as_array().unwrap().len(), 1);
    assert_eq!(reply.json["members"][0]["value"], b);
}

#[tokio::test]
async fn a_patch_without_changes_still_needs_the_group() {
    let world = World::new();
    let id = world.group("Crew", &[]).await;
    let nothing = json!({ "op": "replace", "value": { "id": id } });
    let reply = world.patch(&format!("/Groups/{id}"), nothing.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.header("etag")), (200, "W/\"1\""));
    assert_refused(&world.patch("/Groups/unknown", nothing).await, 404, None);
}
