//! Requests of one client that are well-formed and dear.

use std::time::Instant;

use futures::future::join_all;
use identity_proto::v1::{
    CreateMappingRuleRequest, MappingRule,
    mapping_rule::{Group, Target as RuleTarget},
    mapping_service_client::MappingServiceClient,
};
use serde_json::{Value, json};

use super::{Budget, Target};
use crate::harness::{Grpc, everywhere, run_folder::fresh_name};

everywhere!(
    filters_in_patch_paths_stop_nobody,
    filters_over_many_users_stop_nobody,
    bodies_of_many_values_stop_nobody,
    rules_and_groups_with_long_names_stop_nobody,
);

/// Searches that the attacker sends at a time.
const SEARCHES: usize = 16;
/// Other requests: each takes seconds of a debug build.
const REQUESTS: usize = 4;
/// Users that filters look through: few, as this is a debug build.
const USERS: usize = 1_000;
/// Groups and mapping rules with long names beyond ASCII.
const GROUPS: usize = 200;
/// See [`GROUPS`].
const RULES: usize = 100;
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

async fn rules_and_groups_with_long_names_stop_nobody(target: Target) {
    let attacker = target.attacker.grpc();
    let groups: Vec<_> = (0..GROUPS)
        .map(|index| {
            let data = json!({ "displayName": format!("{index}{}", "ä".repeat(500)) });
            json!({ "method": "POST", "path": "/Groups", "data": data })
        })
        .collect();
    let bulk = json!({ "Operations": groups });
    target.attacker.scim().post("/Bulk", &bulk).await.expect(200);
    for index in 0..RULES {
        create_rule(&attacker, &format!("x{index}{}*", "ä".repeat(500))).await;
    }
    let bystander = target.attacker.other().await.grpc();
    let budget = Budget::default();
    let attack = async {
        for index in 0..REQUESTS {
            let writing = async {
                let begun = Instant::now();
                bystander.create_user(&fresh_name("ada")).await;
                begun.elapsed()
            };
            let rule = format!("*q{index}");
            let ((), write) = tokio::join!(create_rule(&attacker, &rule), writing);
            assert!(
                write <= budget.answer,
                "a write of another organization took {write:?}"
            );
        }
    };
    target.endures_within(budget, Box::pin(attack)).await;
}

async fn create_rule(grpc: &Grpc, pattern: &str) {
    let rule = MappingRule {
        group: Some(Group::GroupPattern(pattern.to_owned())),
        target: Some(RuleTarget::Role("member".into())),
        ..Default::default()
    };
    let request = CreateMappingRuleRequest {
        organization: grpc.organization_named(),
        rule: Some(rule),
        ..Default::default()
    };
    let mut rules = MappingServiceClient::new(grpc.line());
    rules.create_mapping_rule(request).await.expect("a new rule");
}
