//! A person who wants to know what is known of her, and then that nothing is.

use std::time::Duration;

use identity_proto::v1::{
    Change, ChangeAction, CreateUserIdentityRequest, CreateUserRequest, EraseUserRequest, UpdateUserRequest,
    User, UserIdentity,
};
use serde_json::{Value, json};

use crate::harness::{
    OwnWorld, ROOT_TOKEN, World, assert_refused, everywhere,
    grpc::{mask, named},
    run,
    scim::text,
};

everywhere!(
    nothing_of_an_erased_person_is_left_anywhere,
    an_erasure_that_a_crash_interrupts_is_finished_by_its_repetition,
);

/// Time after which a request is in the provisioning log, on a machine that is busy.
const RECORDED: Duration = Duration::from_secs(3);

/// Every value of the person.
const VALUES: [&str; 13] = [
    "Erika.Mustermann@acme.example",
    "erika.änderson@acme.example",
    "00uErika",
    "Erika-Given",
    "Mustermännin",
    "Erika-Displayed",
    "Erika-Headwoman",
    "erika@home.example",
    "+49-170-3742529",
    "Erikastraße 17",
    "erika-4711",
    "erika-subject",
    "erikaShoeSize",
];

fn erika() -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "userName": "Erika.Mustermann@acme.example",
        "externalId": "00uErika",
        "name": { "givenName": "Erika-Given", "familyName": "Mustermännin" },
        "displayName": "Erika-Displayed",
        "title": "Erika-Headwoman",
        "emails": [{ "value": "erika@home.example", "type": "home", "primary": true }],
        "phoneNumbers": [{ "value": "+49-170-3742529", "type": "mobile" }],
        "addresses": [{ "streetAddress": "Erikastraße 17", "type": "home" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "employeeNumber": "erika-4711" },
        "erikaShoeSize": 42,
    })
}

/// Has the person created, found, renamed, refused and put into a group by an identity provider; answers her id.
async fn live(world: &World) -> String {
    let scim = world.scim();
    let id = text(&scim.post("/Users", &erika()).await.expect(201)["id"]);
    let path = format!("/Users/{id}");
    assert_refused(&scim.post("/Users", &erika()).await, 409, Some("uniqueness"));
    let rename = json!([{ "op": "replace", "path": "userName", "value": "erika.änderson@acme.example" }]);
    scim.patch(&path, rename).await.expect(200);
    scim.create_group("Team", &[&id]).await;
    let filter = "userName eq \"Erika.Mustermann@acme.example\"";
    scim.list("/Users", filter, "").await.expect(200);
    let taken = json!([{ "op": "replace", "path": "userName", "value": "erika.änderson@acme.example" }]);
    let other = text(&scim.create_user("somebody.else@acme.example").await["id"]);
    assert_refused(
        &scim.patch(&format!("/Users/{other}"), taken).await,
        409,
        Some("uniqueness"),
    );
    let identity = CreateUserIdentityRequest {
        organization: world.organization().slug.clone(),
        user_id: id.clone(),
        identity: Some(UserIdentity {
            issuer: "https://issuer.example".into(),
            subject: "erika-subject".into(),
        }),
        ..Default::default()
    };
    world
        .grpc()
        .users()
        .create_user_identity(identity)
        .await
        .expect("an identity");
    id
}

fn roster(world: &World, arguments: &[&str]) -> String {
    let variables = [
        ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
        ("ROSTER_TOKEN", ROOT_TOKEN),
        ("ROSTER_ORG", &world.organization().slug),
    ];
    let output = run(arguments, &variables);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("utf-8")
}

/// Fails if a value of hers is in a table, in a file of the database, or in what the server printed.
async fn assert_nothing_left(world: &mut OwnWorld, values: &[&str]) {
    let mut contents: Vec<(String, Vec<u8>)> = Vec::new();
    for (table, rows) in world.whole_dump().await {
        contents.push((table, rows.join("\n").into_bytes()));
    }
    if let Some(path) = world.server().database_url().strip_prefix("sqlite:") {
        for end in ["", "-wal"] {
            let file = format!("{path}{end}");
            contents.push((file.clone(), std::fs::read(file).unwrap_or_default()));
        }
    }
    contents.push(("the server's log".into(), world.server().output().into_bytes()));
    for value in values {
        for form in [(*value).to_owned(), value.to_lowercase()] {
            for (place, content) in &contents {
                let is_there = content.windows(form.len()).any(|part| part == form.as_bytes());
                assert!(!is_there, "{form:?} is in {place}");
            }
        }
    }
}

/// The whole log, which must have no gap.
async fn log(world: &World) -> Vec<Change> {
    let log = world.grpc().changes_after(0).await;
    let mut before = (0, 0);
    for change in &log {
        let place = (change.revision, change.sequence);
        assert!(
            place == (before.0, before.1 + 1) || place == (before.0 + 1, 0),
            "{place:?}"
        );
        before = place;
    }
    log
}

async fn nothing_of_an_erased_person_is_left_anywhere(mut world: OwnWorld) {
    let id = live(&world).await;
    tokio::time::sleep(RECORDED).await;
    let exported: Value = serde_json::from_str(&roster(&world, &["user", "export", &id])).expect("JSON");
    for value in VALUES {
        assert!(exported.to_string().contains(value), "{value}");
    }
    assert!(
        exported["provisioningRequests"]
            .as_array()
            .is_some_and(|it| it.len() > 2),
        "{exported}"
    );

    assert_eq!(world.scim().delete(&format!("/Users/{id}")).await.status, 204);
    tokio::time::sleep(RECORDED).await;
    let before = log(&world).await;
    let told = roster(
        &world,
        &["user", "erase", &id, "--break-glass", "as the law says", "--yes"],
    );
    assert!(told.contains(&id), "{told}");
    assert_nothing_left(&mut world, &VALUES).await;
    let after = log(&world).await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after.last().map(Change::action), Some(ChangeAction::Erased));
    assert_refused(&world.scim().get(&format!("/Users/{id}")).await, 404, None);

    // It stays so.
    roster(&world, &["user", "erase", &id, "--yes"]);
    world.restart();
    assert_eq!(log(&world).await, after);
    assert_nothing_left(&mut world, &VALUES).await;
}

async fn an_erasure_that_a_crash_interrupts_is_finished_by_its_repetition(mut world: OwnWorld) {
    let organization = world.organization().slug.clone();
    let create = CreateUserRequest {
        organization: organization.clone(),
        user: Some(named("crashed-0@acme.example")),
        ..Default::default()
    };
    let made = world.grpc().users().create_user(create).await.expect("a user");
    let id = made.into_inner().user.expect("a user").id;
    for number in 1..150 {
        let rename = UpdateUserRequest {
            organization: organization.clone(),
            user: Some(User {
                id: id.clone(),
                ..named(&format!("crashed-{number}@acme.example"))
            }),
            update_mask: Some(mask(&["user_name"])),
            ..Default::default()
        };
        world
            .grpc()
            .users()
            .update_user(rename)
            .await
            .expect("a new name");
    }
    let request = EraseUserRequest {
        organization,
        id: id.clone(),
        ..Default::default()
    };
    for pause in [0, 5, 20, 60] {
        let mut users = world.grpc().users();
        let erasing = users.erase_user(request.clone());
        // It may be over before the crash.
        let _ = tokio::time::timeout(Duration::from_millis(pause), erasing).await;
        world.restart();
    }
    roster(&world, &["user", "erase", &id, "--yes"]);
    assert_nothing_left(&mut world, &["crashed-"]).await;
    let erasures = log(&world).await;
    let erasures = erasures.iter().filter(|it| it.action() == ChangeAction::Erased);
    assert_eq!(erasures.count(), 1);
}
