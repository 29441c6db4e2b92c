//! The command line as people use it: names in and out, the newest first, errors with the next step.

use std::time::Duration;

use super::command_line::{json, roster, succeed, text};
use crate::harness::{ROOT_TOKEN, Roster, World, everywhere, run, scim::user_body};

everywhere!(
    names_are_taken_and_shown_in_the_place_of_ids,
    grants_of_all_scopes_are_listed_by_names,
    a_name_that_is_nobodys_is_an_error_and_never_a_no,
    the_change_log_shows_the_newest_first_and_from_what_to_what,
    the_change_log_is_followed_from_its_newest_entries_on,
    errors_tell_the_next_step,
    the_health_of_connections_is_shown_with_the_next_step,
);

/// An organization with the project Apollo, the user ada and the custom role Auditor in projects.
pub(super) async fn arranged(world: &World) -> String {
    let org = world.organization().slug.clone();
    world.grpc().create_user("ada@acme.example").await;
    succeed(world, &["project", "create", "--org", &org, "--name", "Apollo"]);
    let role = [
        "role", "create", "--org", &org, "--name", "Auditor", "--in", "project",
    ];
    succeed(
        world,
        &[&role[..], &["--permissions", "project.view,audit.read"]].concat(),
    );
    org
}

pub(super) fn refused(world: &World, arguments: &[&str]) -> String {
    let output = roster(world, arguments);
    let told = String::from_utf8(output.stderr).expect("utf-8");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    told
}

pub(super) fn has_all(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part:?}: {shown}");
    }
}

async fn names_are_taken_and_shown_in_the_place_of_ids(world: World) {
    let org = arranged(&world).await;
    let org = ["--org", &org];
    let on = |arguments: &[&str]| succeed(&world, &[arguments, &org].concat());
    let grant = [
        "role",
        "grant",
        "auditor",
        "--user",
        "ada@acme.example",
        "--project",
        "Apollo",
    ];
    has_all(&on(&grant), &["Auditor", "Apollo", "ada@acme.example"]);

    let check = [
        "access",
        "check",
        "ada@acme.example",
        "audit.read",
        "--project",
        "Apollo",
    ];
    assert_eq!(on(&check), "yes\n");
    has_all(
        &on(&["access", "members", "Apollo"]),
        &["ada@acme.example", "Auditor"],
    );
    has_all(&on(&["access", "projects", "ada@acme.example"]), &["Apollo"]);
    has_all(
        &on(&["access", "roles", "ada@acme.example"]),
        &["Apollo", "Auditor"],
    );

    let account = [
        "service-account",
        "create",
        "--name",
        "billing",
        "--projects",
        "Apollo",
    ];
    has_all(
        &on(&[&account[..], &["--scopes", "access:read"]].concat()),
        &["Apollo"],
    );
    let token = ["token", "create", "--name", "key", "--service-account", "billing"];
    on(&token);
    has_all(
        &on(&["token", "list"]),
        &["service account billing", "connection default"],
    );
    on(&["token", "rotate", "key", "--compromised"]);
    on(&["token", "delete", "key"]);
    assert!(!on(&["token", "list"]).contains("billing"));

    on(&[
        "mapping",
        "create",
        "--group",
        "Auditors",
        "--role",
        "Apollo:Auditor",
    ]);
    has_all(&on(&["mapping", "list"]), &["role Auditor in Apollo"]);
    on(&["role", "update", "Auditor", "--name", "Inspector"]);
    on(&["role", "delete", "Inspector"]);
    assert!(!on(&["role", "permissions"]).contains("Inspector"));

    on(&[
        "group",
        "create",
        "--name",
        "Inner",
        "--member",
        "ada@acme.example",
    ]);
    on(&["group", "create", "--name", "Outer", "--member", "Inner"]);
    on(&["group", "members", "add", "Outer", "ada@acme.example"]);
    let members = on(&["group", "members", "list", "Outer"]);
    assert_eq!(members.lines().count(), 3, "{members}");
    has_all(
        &on(&["group", "members", "remove", "Outer", "Inner"]),
        &["Outer", "1"],
    );

    world.scim().create_user("bo@acme.example").await;
    has_all(
        &on(&["user", "list", "--where", "user_name=bo@acme.example"]),
        &["default"],
    );
}

async fn grants_of_all_scopes_are_listed_by_names(world: World) {
    let org = arranged(&world).await;
    let grant = ["role", "grant", "--org", &org, "--user", "ada@acme.example"];
    succeed(&world, &[&grant[..], &["viewer"]].concat());
    succeed(
        &world,
        &[&grant[..], &["Auditor", "--project", "Apollo"]].concat(),
    );
    let list = ["role", "grants", "--org", &org];
    let shown = succeed(&world, &list);
    let line = |of: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(of))
            .unwrap_or_default()
            .to_owned()
    };
    has_all(&line("viewer"), &["ada@acme.example", "manual"]);
    has_all(&line("Auditor"), &["Apollo", "ada@acme.example"]);

    let grants = json(&world, &list)["grants"].take();
    let of_project = grants
        .as_array()
        .expect("grants")
        .iter()
        .find(|grant| grant.get("projectId").is_some());
    let project = text(&of_project.expect("a grant in the project")["projectId"]);
    assert!(!shown.contains(&project));
    has_all(&succeed(&world, &[&list[..], &["--ids"]].concat()), &[&project]);

    let first = succeed(&world, &[&list[..], &["--limit", "1"]].concat());
    assert_eq!(first.lines().count(), 2, "{first}");
    let apollo = succeed(&world, &[&list[..], &["--project", "Apollo"]].concat());
    assert!(
        !apollo.contains("viewer") && apollo.contains("Auditor"),
        "{apollo}"
    );
}

async fn a_name_that_is_nobodys_is_an_error_and_never_a_no(world: World) {
    let org = arranged(&world).await;
    let check = ["access", "check", "--org", &org];
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (arguments, expected) in [
        (
            ["ada@acme.example", "project.view", "--project", "Apolo"],
            "did you mean \"Apollo\"?",
        ),
        (
            ["ada@acme.example", "project.view", "--project", nobody],
            "does not exist",
        ),
        (
            ["ada@acme.exampel", "project.view", "--project", "Apollo"],
            "did you mean \"ada@acme.example\"?",
        ),
        ([nobody, "project.view", "--project", "Apollo"], "does not exist"),
    ] {
        has_all(&refused(&world, &[&check[..], &arguments].concat()), &[expected]);
    }
    let no = roster(
        &world,
        &[&check[..], &["ada@acme.example", "users.edit"]].concat(),
    );
    assert_eq!((no.status.code(), &no.stdout[..3]), (Some(0), &b"no:"[..]));
    let asked = [&check[..], &["ada@acme.example", "users.edit", "--exit-code"]].concat();
    assert_eq!(roster(&world, &asked).status.code(), Some(3));
    let typo = roster(
        &world,
        &[&check[..], &["ada@acme.example", "users.edti"]].concat(),
    );
    has_all(
        &String::from_utf8_lossy(&typo.stderr),
        &["did you mean \"users.edit\"?"],
    );
}

async fn the_change_log_shows_the_newest_first_and_from_what_to_what(world: World) {
    let org = arranged(&world).await;
    let about = json(&world, &["log", "--org", &org, "--user", "ada@acme.example"])["changes"].take();
    let ada = text(&about[0]["entityId"]);
    let update = ["user", "update", "ada@acme.example", "--org", &org, "--title"];
    succeed(&world, &[&update[..], &["Analyst"]].concat());
    succeed(&world, &[&update[..], &["Head of Data"]].concat());
    let log = |arguments: &[&str]| succeed(&world, &[&["log", "--org", &org], arguments].concat());
    let newest = log(&["--limit", "1"]);
    let line = newest.lines().nth(1).unwrap_or_default();
    has_all(
        line,
        &[
            "updated",
            "user",
            "ada@acme.example",
            "root",
            "title: Analyst → Head of Data",
        ],
    );
    assert_eq!(newest.lines().count(), 2, "{newest}");
    has_all(
        &log(&["--limit", "1", "--oldest-first"]),
        &["1.0", "created", "organization"],
    );

    let revisions = |arguments: &[&str]| -> Vec<i64> {
        let arguments = [&["log", "--org", &org], arguments].concat();
        let changes = json(&world, &arguments)["changes"].take();
        let changes = changes.as_array().cloned().unwrap_or_default();
        changes
            .iter()
            .map(|it| text(&it["revision"]).parse().expect("a number"))
            .collect()
    };
    let (all, back) = (revisions(&["--oldest-first"]), revisions(&[]));
    assert!(all.is_sorted() && all.iter().rev().eq(&back), "{all:?} {back:?}");
    let after = revisions(&["--after", "2", "--limit", "2"]);
    assert!(after.is_sorted() && after[0] == 3, "{after:?}");
    succeed(&world, &["project", "delete", "Apollo", "--org", &org]);
    succeed(&world, &["user", "delete", "ada@acme.example", "--org", &org]);
    has_all(&log(&["--limit", "1"]), &["deleted", "ada@acme.example"]);
    has_all(
        &log(&["--limit", "1", "--type", "project"]),
        &["deleted", "Apollo"],
    );
    let revision = text(&about[0]["revision"]);
    has_all(
        &log(&["--after", &revision, "--limit", "1"]),
        &["REVISION", "created", "Apollo"],
    );
    let shown = succeed(&world, &["log", "show", &revision, "--org", &org]);
    has_all(
        &shown,
        &["created", "ada@acme.example", "user_name", "request id"],
    );
    has_all(
        &refused(&world, &["log", "show", "999", "--org", &org]),
        &["its newest is"],
    );
    let about_ada = log(&["--id", &ada, "--type", "user"]);
    assert_eq!(about_ada.lines().count(), 5, "{about_ada}");
}

async fn the_change_log_is_followed_from_its_newest_entries_on(world: World) {
    let org = arranged(&world).await;
    let arguments = ["log", "--org", &org, "--follow", "--limit", "1", "--type", "user"];
    let variables = [
        ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    let follower = Roster::start(&arguments, &variables);
    until(&follower, "ada@acme.example").await;
    let mut user = world.grpc().create_user("later@acme.example").await;
    until(&follower, "later@acme.example").await;
    user.title = "Analyst".into();
    world
        .grpc()
        .update_user(user, &["title"])
        .await
        .expect("an update");
    until(&follower, "title: - → Analyst").await;
}

/// Waits until the program has said this.
async fn until(program: &Roster, expected: &str) {
    for _ in 0..300 {
        if program.output().contains(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never says {expected:?}: {}", program.output());
}

async fn errors_tell_the_next_step(world: World) {
    let org = arranged(&world).await;
    let org = org.as_str();
    for (arguments, next) in [
        (vec!["user", "list"], "--org"),
        (vec!["org", "get", "nowhere"], "roster org list"),
        (
            vec!["user", "get", "--org", org, "ada"],
            "did you mean \"ada@acme.example\"?",
        ),
        (
            vec!["connection", "get", "--org", org, "defualt"],
            "did you mean \"default\"?",
        ),
        (
            vec!["project", "get", "--org", org, "Appollo"],
            "did you mean \"Apollo\"?",
        ),
        (
            vec!["policy", "set", "--org", org, "group.sync=false"],
            "did you mean \"groups.sync\"?",
        ),
        (
            vec![
                "role",
                "grant",
                "Auditors",
                "--org",
                org,
                "--user",
                "ada@acme.example",
                "--project",
                "Apollo",
            ],
            "did you mean \"Auditor\"?",
        ),
        (
            vec!["user", "list", "--org", org, "--where", "shoe_size=9"],
            "user_name",
        ),
        (
            vec![
                "connection",
                "create",
                "--org",
                org,
                "--name",
                "second",
                "--idp",
                "okta",
            ],
            "roster policy set connections.max=VALUE",
        ),
    ] {
        let told = refused(&world, &arguments);
        assert_eq!(told.lines().count(), 1, "{told}");
        has_all(&told, &[next]);
    }
    let unreached = run(
        &["org", "list"],
        &[
            ("ROSTER_ENDPOINT", "http://127.0.0.1:1"),
            ("ROSTER_TOKEN", ROOT_TOKEN),
        ],
    );
    has_all(
        &String::from_utf8_lossy(&unreached.stderr),
        &["is roster serve running there?"],
    );
}

async fn the_health_of_connections_is_shown_with_the_next_step(world: World) {
    let org = world.organization().slug.clone();
    let shown = |arguments: &[&str]| succeed(&world, &[arguments, &["--org", &org]].concat());
    let list = ["connection", "list"];
    has_all(
        &shown(&list),
        &["HEALTH", "LAST SEEN", "FAILED 24H", "never called"],
    );
    let scim = world.scim();
    let zoe = user_body("zoe@acme.example");
    scim.post("/Users", &zoe).await.expect(201);
    for _ in 0..5 {
        scim.post("/Users", &zoe).await;
    }
    let seen = async {
        while !shown(&list).contains("failing") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen)
        .await
        .expect("the state");
    has_all(
        &shown(&["connection", "health"]),
        &["default", "failing", "5", "see the last failure"],
    );
    let next_step = format!("roster provisioning list --org {org} --connection default --outcome refused");
    has_all(
        &shown(&["connection", "health", "default"]),
        &["failing", "409", "zoe@acme.example", &next_step],
    );
    has_all(
        &shown(&["connection", "get", "default"]),
        &["failing", "last failure status"],
    );
    has_all(
        &refused(&world, &["connection", "health", "okta", "--org", &org]),
        &["okta", "does not exist"],
    );
}
