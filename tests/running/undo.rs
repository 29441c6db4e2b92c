//! Undo from the command line: a mass deactivation over SCIM, and the way back.

use std::time::{Duration, SystemTime};

use prost_types::Timestamp;
use serde_json::{Value, json};

use super::{
    command_line::{roster, succeed, text},
    command_line_for_people::{has_all, refused},
};
use crate::harness::{World, everywhere, scim::user_body};

everywhere!(
    a_mass_deactivation_is_previewed_and_undone,
    a_deleted_user_comes_back_by_its_name,
    an_undo_that_names_nobody_is_told_what_to_name,
);

/// People whom the identity provider switches off.
const PEOPLE: usize = 12;

/// The time of the server, which runs on this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "a span begins at a time of the server's clock"
)]
fn now() -> String {
    Timestamp::from(SystemTime::now()).to_string()
}

async fn deactivate(world: &World, id: &str) -> u16 {
    let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
    world
        .scim()
        .patch(&format!("/Users/{id}"), operations)
        .await
        .status
        .as_u16()
}

/// The lines of an answer, as JSON.
fn lines(world: &World, arguments: &[&str]) -> Vec<Value> {
    let arguments = [arguments, &["--output", "jsonl"]].concat();
    let told = succeed(world, &arguments);
    let line = |line: &str| serde_json::from_str(line).expect("a line of JSON");
    told.lines().map(line).collect()
}

async fn a_mass_deactivation_is_previewed_and_undone(world: World) {
    world
        .set_policy(&[("deactivation.effect", "strip"), ("reactivation.restore", "none")])
        .await;
    let (org, scim) = (world.organization().slug.clone(), world.scim());
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let mut body = user_body(&format!("user-{number}@acme.example"));
        body["roles"] = json!([{ "value": "editor" }]);
        people.push(text(&scim.post("/Users", &body).await.json()["id"]));
    }
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = text(&scim.create_group("Crew", &ids).await["id"]);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let since = now();
    for id in &people {
        assert_eq!(deactivate(&world, id).await, 200);
    }
    let title = [
        "user",
        "update",
        &people[0],
        "--org",
        &org,
        "--title",
        "Admiral",
        "--break-glass",
        "a test",
    ];
    succeed(&world, &title);

    let undo = ["undo", "--org", &org, "--since", &since];
    let preview = [&undo[..], &["--preview"]].concat();
    let told = roster(&world, &preview);
    let (shown, note) = (
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr),
    );
    has_all(
        &shown,
        &[
            "held",
            "user-3@acme.example",
            "active: false → true",
            "12 members added",
        ],
    );
    has_all(
        &note,
        &["would change 12 users and 1 group change", "--apply does it"],
    );
    assert!(scim.member_ids(&group).await.is_empty());

    let erased = |mut lines: Vec<Value>| {
        for line in &mut lines {
            line.as_object_mut().expect("an object").remove("revision");
        }
        lines
    };
    let previewed = erased(lines(&world, &preview));
    let done = lines(&world, &[&undo[..], &["--apply", "--yes"]].concat());
    assert!(done.iter().all(|line| line["revision"].is_string()), "{done:?}");
    assert_eq!(erased(done), previewed);
    for id in &people {
        let user = scim.get(&format!("/Users/{id}")).await.json();
        assert_eq!(user["active"], true);
        assert_eq!(user["roles"][0]["value"], "editor");
    }
    assert_eq!(scim.member_ids(&group).await.len(), PEOPLE);
    assert_eq!(
        deactivate(&world, &people[1]).await,
        429,
        "the connection is held"
    );
    has_all(
        &succeed(&world, &["log", "--org", &org, "--limit", "1"]),
        &["reverts"],
    );

    let again = roster(&world, &[&undo[..], &["--apply", "--yes"]].concat());
    assert!(again.stdout.is_empty(), "{again:?}");
    // Somebody else deactivates one of them afterwards: that is a conflict, and stays.
    let other = [
        "user",
        "deactivate",
        &people[2],
        "--org",
        &org,
        "--break-glass",
        "a test",
    ];
    succeed(&world, &other);
    let conflict = succeed(&world, &preview);
    has_all(
        &conflict,
        &["user-2@acme.example", "left", "conflict: active by others"],
    );
}

async fn a_deleted_user_comes_back_by_its_name(world: World) {
    let org = world.organization().slug.clone();
    world.grpc().create_user("anna@acme.example").await;
    succeed(&world, &["user", "delete", "anna@acme.example", "--org", &org]);
    let undelete = ["user", "undelete", "anna@acme.example", "--org", &org];
    has_all(&succeed(&world, &undelete), &["anna@acme.example", "active"]);
    has_all(&refused(&world, &undelete), &["no deleted user has the name"]);
}

async fn an_undo_that_names_nobody_is_told_what_to_name(world: World) {
    let org = world.organization().slug.clone();
    let undo = ["undo", "--org", &org, "--since", "1h", "--preview"];
    let nobody = [&undo[..], &["--connection", "okto"]].concat();
    has_all(&refused(&world, &nobody), &["okto"]);
    let both = roster(&world, &[&undo[..], &["--apply"]].concat());
    assert_eq!(both.status.code(), Some(2));
}
