//! `/Bulk`.

use serde_json::{Value, json};

use crate::world::{World, assert_refused};

fn user(bulk_id: &str, user_name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": { "userName": user_name } })
}

fn group(bulk_id: &str, member: &str) -> Value {
    let data = json!({ "displayName": bulk_id, "members": [{ "value": member }] });
    json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data })
}

async fn bulk(world: &World, operations: Value, fail_on_errors: u32) -> Vec<Value> {
    let body = json!({ "Operations": operations, "failOnErrors": fail_on_errors });
    let reply = world.call("POST", "/Bulk", body).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    assert_eq!(
        reply.json["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    );
    reply.json["Operations"].as_array().unwrap().clone()
}

fn statuses(answers: &[Value]) -> Vec<&str> {
    answers
        .iter()
        .map(|answer| answer["status"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_group_can_name_a_user_that_is_made_later() {
    let world = World::new();
    let answers = bulk(&world, json!([group("g", "bulkId:u"), user("u", "ada")]), 0).await;
    assert_eq!(statuses(&answers), ["201", "201"]);
    assert_eq!(
        (&answers[0]["bulkId"], &answers[1]["bulkId"]),
        (&json!("g"), &json!("u"))
    );
    assert_eq!(
        answers[1]["location"],
        "http://127.0.0.1:8080/scim/v2/Users/id001"
    );
    assert_eq!(world.core.state.lock().unwrap().groups["id002"].1, ["id001"]);
}

#[tokio::test]
async fn a_circle_is_409_and_the_rest_is_made() {
    let world = World::new();
    let operations = json!([group("g", "bulkId:h"), group("h", "bulkId:g"), user("u", "ada")]);
    let answers = bulk(&world, operations, 0).await;
    assert_eq!(statuses(&answers), ["409", "409", "201"]);
    assert_eq!(answers[0]["response"]["status"], "409");
}

#[tokio::test]
async fn every_kind_of_operation_answers_for_itself() {
    let world = World::new();
    let id = world.user("ada").await;
    let patch = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "Boss" }] });
    let place = format!("/Users/{id}");
    let operations = json!([
        { "method": "PUT", "path": place, "data": { "userName": "bob" } },
        { "method": "PATCH", "path": place, "version": "W/\"2\"", "data": patch },
        { "method": "PATCH", "path": place, "version": "W/\"2\"", "data": patch },
        { "method": "DELETE", "path": place },
        { "method": "DELETE", "path": place },
        { "method": "GET", "path": place },
        { "method": "POST", "path": "/Users" },
    ]);
    let answers = bulk(&world, operations, 0).await;
    assert_eq!(
        statuses(&answers),
        ["200", "200", "412", "204", "404", "400", "400"]
    );
    assert_eq!(answers[1]["version"], "W/\"3\"");
    assert!(answers[4]["location"].as_str().unwrap().ends_with(&place));
    assert_eq!(answers[6].get("location"), None);
}

#[tokio::test]
async fn after_enough_errors_the_rest_is_not_run() {
    let world = World::new();
    let operations = json!([
        user("a", "ada"),
        user("b", "ADA"),
        user("c", "bob"),
        user("d", "ada"),
        user("e", "eve")
    ]);
    let answers = bulk(&world, operations, 2).await;
    assert_eq!(statuses(&answers), ["201", "409", "201", "409"]);
    assert_eq!(world.core.state.lock().unwrap().users.len(), 2);
}

#[tokio::test]
async fn the_first_of_two_with_the_same_name_is_made() {
    let world = World::new();
    let operations: Vec<_> = (0..40)
        .map(|number| user(&number.to_string(), &format!("u{}", number / 2)))
        .collect();
    let answers = bulk(&world, json!(operations), 0).await;
    let expected: Vec<_> = (0..40)
        .map(|number| if number % 2 == 0 { "201" } else { "409" })
        .collect();
    assert_eq!(statuses(&answers), expected);
}

#[tokio::test]
async fn a_reference_to_nothing_is_refused_where_it_stands() {
    let world = World::new();
    let answers = bulk(&world, json!([group("g", "bulkId:x"), user("u", "ada")]), 0).await;
    assert_eq!(statuses(&answers), ["400", "201"]);
}

#[tokio::test]
async fn too_many_operations_are_413_and_nothing_is_done() {
    let world = World::new();
    let operations: Vec<_> = (0..1_001)
        .map(|number| user(&number.to_string(), &format!("u{number}")))
        .collect();
    assert_refused(
        &world
            .call("POST", "/Bulk", json!({ "Operations": operations }))
            .await,
        413,
        None,
    );
    assert!(world.core.state.lock().unwrap().users.is_empty());
}
