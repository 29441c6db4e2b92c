//! Bulk: RFC 7644, section 3.7.

use serde_json::{Value, json};

use crate::harness::{World, assert_refused, everywhere, scim::text};

everywhere!(
    operations_may_refer_to_each_other_in_both_directions,
    without_a_limit_of_errors_every_operation_is_tried,
    at_the_limit_of_errors_it_stops,
    a_cycle_of_references_is_refused,
    more_operations_than_published_are_413,
);

async fn operations_may_refer_to_each_other_in_both_directions(world: World) {
    let scim = world.scim();
    let group = json!({"displayName": "Team", "members": [{"value": "bulkId:ada"}]});
    let operations = json!([
        {"method": "POST", "path": "/Groups", "bulkId": "team", "data": group},
        {"method": "POST", "path": "/Users", "bulkId": "ada", "data": {"userName": "ada"}},
        {"method": "PATCH", "path": "/Users/bulkId:ada", "data": {
            "Operations": [{"op": "add", "path": "title", "value": "Countess"}]}},
    ]);
    let answer = scim
        .post("/Bulk", &json!({"Operations": operations}))
        .await
        .expect(200);
    assert_eq!(statuses(&answer), ["201", "201", "200"], "{answer}");
    let ada = scim.find("/Users", "title eq \"Countess\"").await;
    let team = scim.find("/Groups", "displayName eq \"Team\"").await;
    assert_eq!(scim.member_ids(&team[0]).await, ada.into_iter().collect());
}

async fn without_a_limit_of_errors_every_operation_is_tried(world: World) {
    let answer = world
        .scim()
        .post("/Bulk", &json!({"Operations": duplicates()}))
        .await
        .expect(200);
    assert_eq!(statuses(&answer), ["201", "409", "409", "201"], "{answer}");
    let refused = &answer["Operations"][1];
    assert_eq!(refused["response"]["scimType"], "uniqueness", "{refused}");
    assert_eq!(refused["bulkId"], "b1", "{refused}");
}

async fn at_the_limit_of_errors_it_stops(world: World) {
    let body = json!({"failOnErrors": 1, "Operations": duplicates()});
    let answer = world.scim().post("/Bulk", &body).await.expect(200);
    assert_eq!(statuses(&answer)[..2], ["201", "409"], "{answer}");
    assert!(
        world
            .scim()
            .find("/Users", "userName eq \"bob\"")
            .await
            .is_empty(),
        "{answer}"
    );
}

async fn a_cycle_of_references_is_refused(world: World) {
    let group = |name: &str, member: &str| {
        let data = json!({"displayName": name, "members": [{"value": format!("bulkId:{member}")}]});
        json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": data})
    };
    let before = world.grpc().organization().await.group_count;
    let body = json!({"Operations": [group("a", "b"), group("b", "a")]});
    let answer = world.scim().post("/Bulk", &body).await;
    assert!(
        answer.status == 409 || !statuses(&answer.json()).contains(&"201".into()),
        "{answer}"
    );
    assert_eq!(world.grpc().organization().await.group_count, before);
}

async fn more_operations_than_published_are_413(world: World) {
    let scim = world.scim();
    let config = scim.get("/ServiceProviderConfig").await.expect(200);
    let most = usize::try_from(config["bulk"]["maxOperations"].as_u64().expect("a number")).expect("a size");
    let operation = json!({"method": "DELETE", "path": "/Users/x"});
    let body = json!({"Operations": vec![operation; most + 1]});
    assert_refused(&scim.post("/Bulk", &body).await, 413, None);
}

fn duplicates() -> Value {
    let create = |(n, name): (usize, &str)| {
        let data = json!({"userName": name});
        json!({"method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": data})
    };
    ["ada", "ADA", "ada", "bob"]
        .into_iter()
        .enumerate()
        .map(create)
        .collect()
}

fn statuses(answer: &Value) -> Vec<String> {
    answer["Operations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|operation| text(&operation["status"]))
        .collect()
}
