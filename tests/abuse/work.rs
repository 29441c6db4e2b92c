//! Requests of one client that are well-formed and dear.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Budget, Target};
use crate::harness::everywhere;

everywhere!(
    filters_in_patch_paths_stop_nobody,
    filters_over_many_users_stop_nobody,
    bodies_of_many_values_stop_nobody,
);

/// Searches that the attacker sends at a time.
const SEARCHES: usize = 16;
/// Other requests: each takes seconds of a debug build.
const REQUESTS: usize = 4;
/// Users that filters look through: few, as this is a debug build.
const USERS: usize = 1_000;
/// Objects in a body: 15 MB.
const OBJECTS: usize = 1_800_000;
/// Bytes of one large body, and its values until they are too many.
const MEMORY_OF_A_BODY: u64 = 300;

fn any_of(terms: usize, term: impl Fn(usize) -> String) -> String {
    (0..terms).map(term).collect::<Vec<_>>().join(" or ")
}

async fn filters_in_patch_paths_stop_nobody(target: Target) {
    let scim = target.attacker.scim();
    let emails: Vec<_> = (0..100)
        .map(|index| json!({ "value": format!("{index}{}", "ä".repeat(280)), "type": index.to_string() }))
        .collect();
    let user = json!({ "userName": "long", "emails": emails });
    let user = scim.post("/Users", &user).await.expect(201);
    let path = format!("/Users/{}", user["id"].as_str().expect("an id"));
    let filter = any_of(200, |index| format!("value co \"zz{index}\""));
    let removal = json!({ "op": "remove", "path": format!("emails[{filter}]") });
    let operations = Value::Array(vec![removal; 100]);
    let attack = async {
        let patches = (0..REQUESTS).map(|_| scim.patch(&path, operations.clone()));
        for answer in join_all(patches).await {
            assert!([400, 503].contains(&answer.status.as_u16()), "{answer}");
        }
    };
    target.endures(attack).await;
}

async fn filters_over_many_users_stop_nobody(target: Target) {
    let scim = target.attacker.scim();
    let operations: Vec<_> = (0..USERS)
        .map(|index| {
            let emails = json!([{ "value": "shared@x.example" }, { "value": format!("{index}@x.example") }]);
            let user = json!({ "userName": format!("u{index}"), "emails": emails });
            json!({ "method": "POST", "path": "/Users", "data": user })
        })
        .collect();
    scim.post("/Bulk", &json!({ "Operations": operations }))
        .await
        .expect(200);
    let parts = any_of(20, |index| format!("emails.value co \"zz{index}\""));
    let others = any_of(170, |index| format!("title eq \"zz{index}\""));
    let filters = [
        format!("{parts} or {others}"),
        format!("emails.value eq \"shared@x.example\" and ({parts} or {others})"),
        format!("displayName eq \"u\" or {others}"),
    ];
    let attack = async {
        let searches = filters.iter().cycle().take(SEARCHES);
        let searches = searches.map(|filter| scim.list("/Users", filter, "&count=0"));
        for answer in join_all(searches).await {
            assert!([200, 429, 503].contains(&answer.status.as_u16()), "{answer}");
        }
    };
    target.endures(attack).await;
}

async fn bodies_of_many_values_stop_nobody(target: Target) {
    let scim = target.attacker.scim();
    let objects = "{\"a\":1},".repeat(OBJECTS);
    let body = format!("{{\"userName\":\"large\",\"x\":[{objects}0]}}");
    let request = || {
        scim.request("POST", "/Users")
            .header("content-type", "application/scim+json")
            .body(body.clone())
    };
    let attack = async {
        let requests = (0..REQUESTS).map(|_| scim.send(request()));
        for answer in join_all(requests).await {
            assert!([413, 503].contains(&answer.status.as_u16()), "{answer}");
        }
    };
    let budget = Budget {
        memory: MEMORY_OF_A_BODY,
        ..Budget::default()
    };
    target.endures_within(budget, attack).await;
}
