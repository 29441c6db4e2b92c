//! Backups of a running server, and databases that move from one kind to the other.

use std::{fs, process::Output};

use identity_proto::v1::{Token, TokenKind, User, WatchRequest};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::harness::{
    Database, Endpoints, OwnWorld, ROOT_TOKEN, Roster, Server, World, assert_status, create_token,
    everywhere, run, run_folder, scim::text,
};

everywhere!(
    a_deployment_moves_to_either_database_and_goes_on,
    a_backup_under_load_holds_one_revision,
    a_backup_that_is_damaged_or_does_not_fit_is_refused_in_one_line,
    a_resume_token_of_before_a_restore_is_refused_however_far_the_revisions_are,
);

const DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// A core and a facade on a database that nobody serves yet.
struct Moved {
    endpoints: Endpoints,
    _processes: [Roster; 2],
}

impl Moved {
    fn to(url: &str) -> Self {
        let core = Server::start_core(url);
        let grpc = format!("http://{}", core.address("grpc"));
        let facade = Server::start_facade(&grpc);
        let scim = format!("http://{}", facade.address("scim"));
        Self {
            endpoints: Endpoints { grpc, scim },
            _processes: [core, facade],
        }
    }
}

fn succeed(arguments: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = run(arguments, &[]);
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(stdout).expect("utf-8")
}

fn create(url: &str) -> String {
    let file = run_folder::path().join(run_folder::fresh_name("backup"));
    let file = file.to_str().expect("utf-8").to_owned();
    let told = succeed(&["backup", "create", &file, "--database-url", url]);
    assert!(told.starts_with(&format!("created {file}: ")), "{told}");
    file
}

/// The lines with the checksums of tables.
fn checksums(file: &str) -> Vec<String> {
    let told = succeed(&["backup", "verify", file]);
    let (sums, last) = told.trim_end().rsplit_once('\n').expect("lines");
    assert!(last.starts_with(&format!("verified {file}: ")), "{last}");
    sums.lines().map(ToOwned::to_owned).collect()
}

fn manifest(file: &str) -> Vec<Value> {
    let shown = succeed(&["backup", "show", file]);
    shown
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Tables that [`fill`] leaves empty.
const EMPTY: [&str; 1] = ["used_assertions"];
/// Tables of what requests did, which is recorded a moment after them.
const RECORDED: [&str; 3] = [
    "provisioning_requests",
    "connection_health",
    "connection_outcomes",
];

/// Makes something for nearly every table.
fn fill(world: &World) {
    let slug = world.organization().slug.as_str();
    let command = |line: &str| {
        let arguments: Vec<_> = line.split(' ').chain(["--org", slug]).collect();
        let variables = [
            ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
            ("ROSTER_TOKEN", ROOT_TOKEN),
        ];
        let output = run(&arguments, &variables);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{line}: {stderr}");
        String::from_utf8(output.stdout).expect("utf-8").trim().to_owned()
    };
    let schema = run_folder::path().join(run_folder::fresh_name("schema"));
    let declared = json!({
        "id": "urn:example:params:scim:schemas:extension:badge:2.0:User",
        "name": "Badge",
        "extends": "EXTENDED_TYPE_USER",
        "attributes": [{"name": "number", "type": "ATTRIBUTE_TYPE_STRING"}],
    });
    fs::write(&schema, declared.to_string()).expect("a file");
    command(&format!("schema create {}", schema.display()));
    command("policy set license.catalog=developer license.source=manual deactivation.effect=strip");
    command("user create --user-name ada@acme.example --display-name Ada --email ada@acme.example");
    command("user create --user-name owner@acme.example --role admin");
    command("user create --user-name bo@acme.example --role editor");
    command("user identity add ada@acme.example --issuer https://login.example --subject 1");
    command("group create --name Engineering --member ada@acme.example");
    command("project create --name Apollo");
    command("role create --name Auditor --in project --permissions project.view");
    command("role grant editor --user ada@acme.example --project Apollo");
    command("mapping create --group Engineering --license developer");
    command("service-account create --name billing --scopes users:read");
    command("user deactivate bo@acme.example");
    let key = command("token create --name key-1 --service-account billing --output secret");
    let listed = command("token list --service-account billing --output json");
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let id = text(&listed["tokens"][0]["id"]);
    let access = run(
        &["token", "exchange", "--audience", "self", "--output", "secret"],
        &[
            ("ROSTER_ENDPOINT", &world.endpoints().grpc),
            ("ROSTER_TOKEN", &key),
        ],
    );
    let access = String::from_utf8(access.stdout).expect("utf-8");
    command(&format!("token revoke {}", access.trim()));
    command(&format!("token rotate {id} --overlap 1h"));
}

async fn a_deployment_moves_to_either_database_and_goes_on(mut world: OwnWorld) {
    fill(&world);
    let service = world
        .service_token(&["users:read", "users:write", "changes:read"])
        .await;
    let (_, scim) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let access = exchanged(&world, &service);
    let request = |request_id: &str| identity_proto::v1::CreateUserRequest {
        organization: String::new(),
        user: Some(User {
            user_name: "repeated".into(),
            ..Default::default()
        }),
        request_id: request_id.into(),
        ..Default::default()
    };
    let as_service = |world: &World| world.grpc().with_token(&service).naming("");
    let repeated = as_service(&world)
        .users()
        .create_user(request("once"))
        .await
        .unwrap();

    let first = create(world.server().database_url());
    let sums = checksums(&first);
    let lines = manifest(&first);
    let tables = lines[0]["tables"].as_array().expect("tables");
    let empty: Vec<_> = tables
        .iter()
        .filter(|table| table["rows"] == 0 && RECORDED.iter().all(|it| table["name"] != *it))
        .map(|table| &table["name"])
        .collect();
    assert_eq!(empty, EMPTY);
    assert_eq!(lines[1]["revision"], world.grpc().revision().await);
    let log = world.grpc().changes_after(0).await;

    // Through one database into the other, and back.
    let mut file = first.clone();
    for database in DATABASES.into_iter().chain(DATABASES) {
        let url = Server::new_database(database);
        succeed(&["backup", "restore", &file, "--database-url", &url]);
        file = create(&url);
        assert_eq!(checksums(&file), sums, "{database:?}");
    }
    world.server().kill();
    for database in DATABASES {
        let url = Server::new_database(database);
        succeed(&["backup", "restore", &first, "--database-url", &url]);
        let moved = Moved::to(&url);
        let there = world.through(moved.endpoints.clone());
        assert_eq!(there.grpc().changes_after(0).await, log);
        there.scim().with_token(&scim).get("/Users").await.expect(200);
        let grpc = as_service(&there);
        let again = grpc.users().create_user(request("once")).await.unwrap();
        assert_eq!(
            again.into_inner(),
            repeated.get_ref().clone(),
            "a request id is remembered"
        );
        let signed_there = exchanged(&there, &service);
        assert_eq!(header(&signed_there), header(&access), "the same key signs");
        let before = there.grpc().revision().await;
        there.scim().create_user("the next").await;
        let next = there.grpc().changes_after(before).await;
        assert_eq!(next.first().map(|change| change.revision), Some(before + 1));
        there.assert_invariants().await;
        let mut stream = there
            .grpc()
            .change_log()
            .watch(WatchRequest {
                organization: there.organization().slug.clone(),
                after_revision: Some(before),
                ..Default::default()
            })
            .await
            .expect("a stream")
            .into_inner();
        let mut told = Vec::new();
        while told.is_empty() {
            told = stream
                .message()
                .await
                .expect("an answer")
                .expect("a message")
                .changes;
        }
        assert_eq!(told, next);
    }
}

/// The part of an access token that names its key.
fn header(access_token: &str) -> &str {
    access_token.split('.').next().unwrap_or_default()
}

/// An access token for the API itself.
fn exchanged(world: &World, token: &str) -> String {
    let variables = [
        ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
        ("ROSTER_TOKEN", token),
    ];
    let output = run(
        &["token", "exchange", "--audience", "self", "--output", "secret"],
        &variables,
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    String::from_utf8(output.stdout).expect("utf-8").trim().to_owned()
}

async fn a_resume_token_of_before_a_restore_is_refused_however_far_the_revisions_are(mut world: OwnWorld) {
    let requests = |world: &World| {
        let one = WatchRequest {
            organization: world.organization().slug.clone(),
            ..Default::default()
        };
        let all = WatchRequest {
            all_organizations: true,
            ..Default::default()
        };
        [one, all]
    };
    let watch = async |world: &World, request: WatchRequest| {
        let mut stream = world.grpc().change_log().watch(request).await?.into_inner();
        let first = stream.message().await?.expect("an answer");
        Ok::<_, Status>(first.resume_token)
    };
    let resume = |request: &WatchRequest, token: &str| WatchRequest {
        resume_token: token.to_owned(),
        ..request.clone()
    };
    let file = create(world.server().database_url());
    world.scim().create_user("lost").await;
    let mut before = Vec::new();
    for request in requests(&world) {
        let token = watch(&world, request.clone()).await.expect("a token");
        watch(&world, resume(&request, &token))
            .await
            .expect("the stream goes on");
        before.push((request, token));
    }
    world.server().kill();
    for database in DATABASES {
        let url = Server::new_database(database);
        succeed(&["backup", "restore", &file, "--database-url", &url]);
        let moved = Moved::to(&url);
        let there = world.through(moved.endpoints.clone());
        for n in 0..3 {
            there.scim().create_user(&format!("other-{n}")).await;
        }
        let mut since = Vec::new();
        for (request, token) in &before {
            let refused = watch(&there, resume(request, token)).await;
            assert_status(refused, Code::OutOfRange, "RESYNC_REQUIRED");
            let token = watch(&there, request.clone()).await.expect("a token");
            watch(&there, resume(request, &token))
                .await
                .expect("the stream goes on");
            since.push((request, token));
        }
        drop(moved);

        // The same after a restore by other means.
        let marked = succeed(&["backup", "mark-restored", "--database-url", &url]);
        assert!(marked.starts_with("marked"), "{marked}");
        let moved = Moved::to(&url);
        let there = world.through(moved.endpoints.clone());
        for (request, token) in since {
            let refused = watch(&there, resume(request, &token)).await;
            assert_status(refused, Code::OutOfRange, "RESYNC_REQUIRED");
        }
    }
}

const CLIENTS: usize = 8;

async fn a_backup_under_load_holds_one_revision(mut world: OwnWorld) {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let scim = world.scim();
            tokio::spawn(async move {
                for n in 0.. {
                    let body = crate::harness::scim::user_body(&format!("c{client}.{n}"));
                    let request = scim.request_with("POST", "/Users", &body);
                    if scim.try_send(request).await.is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    let url = world.server().database_url().to_owned();
    // The last of several, so that some is written before.
    let file = tokio::task::spawn_blocking(move || (0..3).fold(String::new(), |_, _| create(&url)));
    let file = file.await.expect("a backup");
    for client in clients {
        client.abort();
    }
    let described = manifest(&file)[1].clone();
    assert!(
        described["revision"].as_i64().expect("a number") > 3,
        "{described}"
    );
    for database in DATABASES {
        let url = Server::new_database(database);
        succeed(&["backup", "restore", &file, "--database-url", &url]);
        let moved = Moved::to(&url);
        let there = world.through(moved.endpoints.clone());
        let organization = there.grpc().organization().await;
        assert_eq!(described["revision"], organization.revision);
        assert_eq!(described["users"], organization.user_count);
        let log = there.grpc().changes_after(0).await;
        assert_eq!(
            log.last().map(|change| change.revision),
            Some(organization.revision)
        );
        let scim = there.scim().get("/Users?count=0").await.expect(200);
        assert_eq!(scim["totalResults"], organization.user_count);
    }
}

async fn a_backup_that_is_damaged_or_does_not_fit_is_refused_in_one_line(mut world: OwnWorld) {
    let url = world.server().database_url().to_owned();
    let file = create(&url);
    let refused = |arguments: &[&str], why: &str| {
        let output = run(arguments, &[]);
        let stderr = String::from_utf8(output.stderr).expect("utf-8");
        let told = stderr.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(
            told.starts_with("error: ") && told.contains(why),
            "{arguments:?}: {stderr}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    };
    world.server().terminate();
    refused(
        &["backup", "create", &file, "--database-url", &url],
        "exists already",
    );
    refused(&["backup", "restore", &file, "--database-url", &url], "not empty");
    let empty = Server::new_database(Database::Sqlite);
    let mut bytes = fs::read(&file).expect("the backup");
    fs::write(&file, &bytes[..bytes.len() - 1]).expect("a cut");
    refused(&["backup", "verify", &file], "ends too early");
    refused(
        &["backup", "restore", &file, "--database-url", &empty],
        "ends too early",
    );
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).expect("a change");
    refused(&["backup", "restore", &file, "--database-url", &empty], "damaged");
    fs::write(&file, "something else").expect("a file");
    refused(&["backup", "show", &file], "is not a backup of Roster");
    assert!(!fs::exists(empty.trim_start_matches("sqlite:")).expect("an answer"));
    let nowhere = "sqlite:nowhere/roster.db";
    refused(
        &["backup", "create", "any.backup", "--database-url", nowhere],
        "No such file",
    );
}
