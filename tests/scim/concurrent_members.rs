//! Every dialect's way of changing members, at the same time on the same group.

use futures::future::{join, join_all, join3};
use serde_json::{Value, json};

use super::{cursors::populate, scale};
use crate::harness::{Answer, Scim, World, everywhere, scim::text};

everywhere!(all_dialects_at_once_leave_exactly_what_was_acknowledged,);

async fn all_dialects_at_once_leave_exactly_what_was_acknowledged(world: World) {
    let scim = world.scim();
    let (people, members, few) = scale::choose((400, 150, 50), (15_000, 10_000, 1_000));
    let people: Vec<_> = populate(&scim, people).await.into_iter().collect();
    let (first, joining) = people.split_at(members);
    let (leaving, staying) = first.split_at(few);
    let (by_entra, by_okta) = joining.split_at(few);
    let members: Vec<_> = first.iter().map(String::as_str).collect();
    let group = text(&scim.create_group("Storm", &members).await["id"]);

    let (entra, okta, (jumpcloud, names)) = join3(
        entra_adds(&scim, &group, by_entra),
        okta_adds(&scim, &group, by_okta),
        join(jumpcloud_removes(&scim, &group, leaving), renames(&scim, &group)),
    )
    .await;

    for answer in [entra, okta, jumpcloud, names].concat() {
        assert!(answer.status.is_success(), "{answer}");
    }
    let expected = staying.iter().chain(joining).cloned().collect();
    assert_eq!(world.grpc().member_ids(&group).await, expected);
    assert_eq!(scim.member_ids(&group).await, expected);
}

/// One member a request, five requests at a time.
async fn entra_adds(scim: &Scim, group: &str, people: &[String]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for five in people.chunks(5) {
        let adds = five.iter().map(|id| {
            let value = json!([{"$ref": null, "value": id}]);
            patch(
                scim,
                group,
                json!([{"op": "Add", "path": "members", "value": value}]),
            )
        });
        answers.extend(join_all(adds).await);
    }
    answers
}

/// Many members in one operation, one request after the other.
async fn okta_adds(scim: &Scim, group: &str, people: &[String]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for many in people.chunks(scale::choose(50, 1_000)) {
        let values: Vec<_> = many
            .iter()
            .map(|id| json!({"value": id, "display": "somebody"}))
            .collect();
        answers.push(
            patch(
                scim,
                group,
                json!([{"op": "add", "path": "members", "value": values}]),
            )
            .await,
        );
    }
    answers
}

/// Members as a list in the value of a remove.
async fn jumpcloud_removes(scim: &Scim, group: &str, people: &[String]) -> Vec<Answer> {
    let removes = people.chunks(10).map(|ten| {
        let values: Vec<_> = ten.iter().map(|id| json!({"value": id})).collect();
        patch(
            scim,
            group,
            json!([{"op": "remove", "path": "members", "value": values}]),
        )
    });
    join_all(removes).await
}

/// Renames the group, as Okta does along with every push.
async fn renames(scim: &Scim, group: &str) -> Vec<Answer> {
    let renames = (0..10).map(|_| {
        let value = json!({"id": group, "displayName": "Storm"});
        patch(scim, group, json!([{"op": "replace", "value": value}]))
    });
    join_all(renames).await
}

async fn patch(scim: &Scim, group: &str, operations: Value) -> Answer {
    scim.patch(&format!("/Groups/{group}"), operations).await
}
