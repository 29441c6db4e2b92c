//! Many at once: no write is lost, no rule is broken, and nothing answers 5xx.

use std::collections::BTreeSet;

use futures::future::join_all;
use identity_proto::v1::User;
use serde_json::json;
use tonic::Code;

use crate::harness::{
    World, assert_refused, assert_status, everywhere,
    scim::{group_body, text, user_body},
};

everywhere!(
    fifty_patches_of_one_member_each_leave_fifty_members,
    of_fifty_creates_of_one_name_in_any_case_one_wins,
    of_fifty_creates_of_one_group_name_one_wins,
    of_two_updates_with_one_etag_one_is_aborted,
    of_two_scim_changes_with_one_version_one_is_412,
    patches_of_one_user_all_take_effect,
    adds_and_removes_of_different_members_do_not_undo_each_other,
    revisions_have_no_gap_under_parallel_writers,
);

async fn fifty_patches_of_one_member_each_leave_fifty_members(world: World) {
    let scim = world.scim();
    let names: Vec<_> = (0..50).map(|n| format!("p{n}")).collect();
    let people = join_all(names.iter().map(|name| scim.create_user(name))).await;
    let group = text(&scim.create_group("Everybody", &[]).await["id"]);
    let path = format!("/Groups/{group}");

    let answers = join_all(people.iter().map(|person| {
        scim.patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": person["id"]}]}]),
        )
    }))
    .await;

    for answer in &answers {
        assert!(answer.status.is_success(), "{answer}");
    }
    let expected: BTreeSet<_> = people.iter().map(|person| text(&person["id"])).collect();
    assert_eq!(scim.member_ids(&group).await, expected);
    assert_eq!(world.grpc().member_ids(&group).await, expected);
}

async fn of_fifty_creates_of_one_name_in_any_case_one_wins(world: World) {
    let scim = world.scim();
    let bodies: Vec<_> = (0..50)
        .map(|n| user_body(&in_case("lovelace@example.com", n)))
        .collect();

    let answers = join_all(bodies.iter().map(|body| scim.post("/Users", body))).await;

    let (created, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((created.len(), refused.len()), (1, 49));
    for answer in refused {
        assert_refused(answer, 409, Some("uniqueness"));
    }
    assert_eq!(scim.find("/Users", "userName pr").await.len(), 1);
    assert_eq!(world.grpc().organization().await.user_count, 1);
}

async fn of_fifty_creates_of_one_group_name_one_wins(world: World) {
    let scim = world.scim();
    let bodies: Vec<_> = (0..50)
        .map(|n| group_body(&in_case("engineering", n), &[]))
        .collect();

    let answers = join_all(bodies.iter().map(|body| scim.post("/Groups", body))).await;

    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((created, refused), (1, 49));
}

async fn of_two_updates_with_one_etag_one_is_aborted(world: World) {
    let grpc = world.grpc();
    let user = grpc.create_user("ada").await;
    let change = |title: &str| User {
        title: title.into(),
        ..user.clone()
    };

    let (first, second) = tokio::join!(
        grpc.update_user(change("Countess"), &["title"]),
        grpc.update_user(change("Analyst"), &["title"]),
    );

    let (won, lost) = if first.is_ok() {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(grpc.user(&user.id).await.title, won.unwrap().title);
    assert_status(lost, Code::Aborted, "VERSION_MISMATCH");
}

async fn of_two_scim_changes_with_one_version_one_is_412(world: World) {
    let scim = world.scim();
    let user = scim.create_user("ada").await;
    let path = format!("/Users/{}", text(&user["id"]));
    let change = |title: &str| {
        let body = json!({"userName": "ada", "title": title});
        let request = scim.request_with("PUT", &path, &body);
        scim.send(request.header("if-match", user["meta"]["version"].as_str().unwrap()))
    };

    let (first, second) = tokio::join!(change("Countess"), change("Analyst"));

    let (won, lost) = if first.status == 200 {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(
        scim.get(&path).await.expect(200)["title"],
        won.expect(200)["title"]
    );
    assert_refused(&lost, 412, None);
}

/// A PATCH that named no version is never refused because somebody else was faster.
async fn patches_of_one_user_all_take_effect(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let attributes = [
        "title",
        "nickName",
        "userType",
        "displayName",
        "locale",
        "timezone",
    ];

    let answers = join_all(
        attributes
            .iter()
            .map(|name| scim.patch(&path, json!([{"op": "replace", "path": name, "value": "x"}]))),
    )
    .await;

    for answer in &answers {
        assert!(answer.status.is_success(), "{answer}");
    }
    let user = scim.get(&path).await.expect(200);
    for name in attributes {
        assert_eq!(user[name], "x", "{name}");
    }
}

async fn adds_and_removes_of_different_members_do_not_undo_each_other(world: World) {
    let scim = world.scim();
    let names: Vec<_> = (0..40).map(|n| format!("p{n}")).collect();
    let people = join_all(names.iter().map(|name| scim.create_user(name))).await;
    let ids: Vec<_> = people.iter().map(|person| text(&person["id"])).collect();
    let (leavers, joiners) = ids.split_at(20);
    let first: Vec<_> = leavers.iter().map(String::as_str).collect();
    let group = text(&scim.create_group("Shift", &first).await["id"]);
    let path = format!("/Groups/{group}");

    let answers = join_all(ids.iter().map(|id| {
        let operation = if leavers.contains(id) {
            json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}])
        } else {
            json!([{"op": "add", "path": "members", "value": [{"value": id}]}])
        };
        scim.patch(&path, operation)
    }))
    .await;

    for answer in &answers {
        assert!(answer.status.is_success(), "{answer}");
    }
    assert_eq!(scim.member_ids(&group).await, joiners.iter().cloned().collect());
}

async fn revisions_have_no_gap_under_parallel_writers(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let before = grpc.revision().await;
    let names: Vec<_> = (0..40).map(|n| (format!("s{n}"), format!("g{n}"))).collect();

    join_all(
        names
            .iter()
            .map(|(here, there)| async { tokio::join!(scim.create_user(here), grpc.create_user(there)) }),
    )
    .await;

    let revisions: BTreeSet<_> = grpc
        .changes_after(before)
        .await
        .iter()
        .map(|change| change.revision)
        .collect();
    assert_eq!(revisions, (before + 1..=before + 80).collect());
    assert_eq!(grpc.revision().await, before + 80);
}

/// The text with another choice of upper-case letters for each number.
fn in_case(text: &str, number: usize) -> String {
    let upper = |(place, letter): (usize, char)| {
        if number >> (place % 6) & 1 == 1 {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    };
    text.chars().enumerate().map(upper).collect()
}
