//! The cost of one request: it is refused by name before it keeps a processor busy for long.

use serde_json::{Value, json};

use crate::world::{Reply, World, assert_refused};

/// A user with as many long e-mail addresses as one may have, and its path.
async fn with_long_texts(world: &World) -> String {
    let emails: Vec<_> = (0..100)
        .map(|index| json!({ "value": format!("{index}{}", "Ä".repeat(280)), "type": index.to_string() }))
        .collect();
    let body = json!({ "userName": "ada", "emails": emails, "addresses": addresses() });
    let reply = world.call("POST", "/Users", body).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    format!("/Users/{}", reply.json["id"].as_str().unwrap())
}

fn addresses() -> Vec<Value> {
    (0..100)
        .map(|index| json!({ "locality": index.to_string(), "formatted": "ß".repeat(50) }))
        .collect()
}

/// A filter of 200 terms that nothing meets.
fn terms(of: &str) -> String {
    let terms: Vec<_> = (0..200).map(|index| format!("{of} co \"zz{index}\"")).collect();
    terms.join(" or ")
}

async fn patched(world: &World, path: &str, operations: Vec<Value>) -> Reply {
    world
        .call("PATCH", path, json!({ "Operations": operations }))
        .await
}

fn assert_too_much(reply: &Reply) {
    assert_refused(reply, 400, Some("tooMany"));
    assert!(
        reply.json["detail"].as_str().unwrap().contains("more work"),
        "{}",
        reply.json
    );
}

#[tokio::test]
async fn a_patch_whose_filters_look_at_too_much_is_refused_and_changes_nothing() {
    let world = World::new();
    let path = with_long_texts(&world).await;
    let before = world.get(&path).await.json;
    let removal = json!({ "op": "remove", "path": format!("emails[{}]", terms("value")) });
    let mut operations = vec![json!({ "op": "replace", "path": "title", "value": "new" })];
    operations.extend(vec![removal; 30]);
    assert_too_much(&patched(&world, &path, operations).await);
    assert_eq!(world.get(&path).await.json, before);
}

#[tokio::test]
async fn a_filter_of_many_terms_over_long_texts_is_answered() {
    let world = World::new();
    let path = with_long_texts(&world).await;
    let removal = json!({ "op": "remove", "path": format!("emails[{}]", terms("value")) });
    let reply = patched(&world, &path, vec![removal; 3]).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
}

#[tokio::test]
async fn operations_that_hold_whole_lists_against_each_other_are_bounded() {
    let world = World::new();
    let path = with_long_texts(&world).await;
    let others: Vec<_> = (0..100)
        .map(|index| json!({ "value": format!("ß{index}") }))
        .collect();
    let forms = [
        json!({ "op": "add", "path": "addresses", "value": addresses() }),
        json!({ "op": "remove", "path": "emails", "value": others }),
        json!({ "op": "replace", "path": "addresses[locality pr].country", "value": "DE" }),
        json!({ "op": "replace", "path": "emails[type pr].display", "value": "x".repeat(10_000) }),
    ];
    for form in forms {
        assert_too_much(&patched(&world, &path, vec![form; 700]).await);
    }
}

#[tokio::test]
async fn the_operations_of_a_bulk_share_what_one_request_may_cost() {
    let world = World::new();
    let path = with_long_texts(&world).await;
    let removal = json!({ "op": "remove", "path": format!("emails[{}]", terms("value")) });
    let operation = json!({ "method": "PATCH", "path": path, "data": { "Operations": vec![removal; 5] } });
    let reply = world
        .call("POST", "/Bulk", json!({ "Operations": vec![operation; 10] }))
        .await;
    let statuses: Vec<_> = reply.json["Operations"].as_array().unwrap().iter().collect();
    assert_eq!(statuses[0]["status"], "200", "{}", statuses[0]);
    assert_eq!(statuses[9]["response"]["scimType"], "tooMany", "{}", statuses[9]);
}

#[tokio::test]
async fn filters_over_the_members_of_a_group_are_bounded() {
    let world = World::new();
    let mut ids = Vec::new();
    for index in 0..100 {
        ids.push(world.user(&format!("u{index}")).await);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let path = format!("/Groups/{}", world.group("g", &ids).await);
    let removal = json!({ "op": "remove", "path": format!("members[{}]", terms("display")) });
    assert_eq!(
        patched(&world, &path, vec![removal.clone(); 10]).await.status,
        200
    );
    assert_too_much(&patched(&world, &path, vec![removal; 400]).await);
}

#[tokio::test]
async fn filters_in_the_list_of_attributes_are_bounded() {
    let world = World::new();
    with_long_texts(&world).await;
    let attributes = vec![format!("emails[{}]", terms("value")); 40];
    let reply = world
        .call("POST", "/Users/.search", json!({ "attributes": attributes }))
        .await;
    assert_too_much(&reply);
}

#[tokio::test]
async fn a_body_of_many_values_is_413_by_name() {
    let world = World::new();
    let body = json!({ "userName": "ada", "x": vec![json!({ "a": 1 }); 250_000] });
    let reply = world.call("POST", "/Users", body).await;
    assert_refused(&reply, 413, None);
    assert!(reply.json["detail"].as_str().unwrap().contains("values"));
}
