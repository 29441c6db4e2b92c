//! The command line: a gRPC client for people and scripts.

use std::{process::Output, time::Duration};

use identity_proto::v1::ListUsersRequest;
use serde_json::Value;

use crate::harness::{ROOT_TOKEN, Scim, Server, Setup, World, everywhere, run, run_folder, scim::user_body};

everywhere!(
    an_organization_is_made_and_provisioned_from_the_command_line,
    what_is_refused_ends_with_exit_code_1_and_one_line,
    wrong_usage_ends_with_exit_code_2,
    lists_are_tables_for_people_and_json_for_scripts,
    a_scim_token_lives_and_dies_by_the_command_line,
    one_command_makes_a_connection_its_token_and_shows_the_base_url,
    a_changed_policy_is_shown_by_what_changed,
    keys_of_a_service_account_live_and_die_by_the_command_line,
    why_a_person_was_not_provisioned_is_told_with_what_changes_it,
    requests_of_identity_providers_are_listed_shown_and_followed,
);

async fn an_organization_is_made_and_provisioned_from_the_command_line(world: World) {
    let slug = run_folder::fresh_name("cli");
    let create = [
        "org",
        "create",
        "--slug",
        &slug,
        "--name",
        "Acme",
        "--admin",
        "owner@acme.example",
    ];
    succeed(&world, &[&create[..], &["--preset", "lightdash"]].concat());
    succeed(
        &world,
        &[
            "org", "update", "--org", &slug, "--sso", "on", "--rbac", "on", "--plan", "p", "--seats", "9",
        ],
    );
    let token = [
        "scim-token",
        "create",
        "--org",
        &slug,
        "--name",
        "okta",
        "--output",
        "secret",
    ];
    let secret = succeed(&world, &token);

    let scim = Scim::new(&world.endpoints().scim, secret.trim());
    assert_eq!(
        scim.find("/Users", "userName eq \"OWNER@acme.example\"")
            .await
            .len(),
        1
    );
    let organization = json(&world, &["org", "get", &slug])["organization"].take();
    assert_eq!(
        (&organization["plan"], &organization["ssoEnabled"]),
        (&"p".into(), &true.into())
    );
}

async fn what_is_refused_ends_with_exit_code_1_and_one_line(world: World) {
    let taken = world.organization().slug.clone();
    for arguments in [
        vec!["org", "create", "--slug", &taken, "--name", "Again"],
        vec!["org", "get", "nowhere"],
        vec!["user", "get", "--org", &taken, "nobody"],
        vec!["scim-token", "delete", "--org", &taken, "nothing"],
        vec!["policy", "set", "--org", &taken, "no.such_setting=1"],
    ] {
        let output = roster(&world, &arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.starts_with("error: ") && said.trim_end().lines().count() == 1,
            "{arguments:?}: {said}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

async fn wrong_usage_ends_with_exit_code_2(world: World) {
    for arguments in [
        vec![],
        vec!["nonsense"],
        vec!["org"],
        vec!["org", "create"],
        vec!["org", "list", "--output", "nonsense"],
        vec![
            "scim-token",
            "create",
            "--org",
            "x",
            "--name",
            "y",
            "--expires-in",
            "soon",
        ],
    ] {
        let output = roster(&world, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

async fn lists_are_tables_for_people_and_json_for_scripts(world: World) {
    let slug = world.organization().slug.clone();
    world.scim().create_user("ada@example.com").await;
    world.scim().create_group("Team", &[]).await;
    for (arguments, shown) in [
        // All tests of a server make organizations; the first hundred need not hold this one.
        (vec!["org", "list", "--limit", "100000"], slug.as_str()),
        (vec!["user", "list", "--org", &slug], "ada@example.com"),
        (vec!["group", "list", "--org", &slug], "Team"),
        (vec!["connection", "list", "--org", &slug], "default"),
        (vec!["scim-token", "list", "--org", &slug], "rst_"),
        (vec!["policy", "get", "--org", &slug], "roles.unknown_values"),
    ] {
        let table = succeed(&world, &arguments);
        assert!(table.contains(shown), "{arguments:?}: {table}");
        let json = json(&world, &arguments).to_string();
        assert!(json.contains(shown), "{arguments:?}: {json}");
    }
}

async fn a_scim_token_lives_and_dies_by_the_command_line(world: World) {
    let slug = world.organization().slug.clone();
    let create = [
        "scim-token",
        "create",
        "--org",
        &slug,
        "--name",
        "okta",
        "--expires-in",
        "90d",
    ];
    let made = json(&world, &create);
    let id = made["token"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id: {made}"));
    let first = made["secret"]
        .as_str()
        .unwrap_or_else(|| panic!("no secret: {made}"));
    world.scim().with_token(first).get("/Users").await.expect(200);

    let second = succeed(
        &world,
        &[
            "scim-token",
            "rotate",
            id,
            "--org",
            &slug,
            "--compromised",
            "--output",
            "secret",
        ],
    );
    assert_eq!(world.scim().with_token(first).get("/Users").await.status, 401);
    world
        .scim()
        .with_token(second.trim())
        .get("/Users")
        .await
        .expect(200);

    succeed(&world, &["scim-token", "delete", id, "--org", &slug]);
    assert_eq!(
        world.scim().with_token(second.trim()).get("/Users").await.status,
        401
    );
}

async fn keys_of_a_service_account_live_and_die_by_the_command_line(world: World) {
    let slug = world.organization().slug.clone();
    let account = ["service-account", "create", "--org", &slug, "--name", "billing"];
    succeed(
        &world,
        &[&account[..], &["--scopes", "users:read,policy:read,schemas:read"]].concat(),
    );
    let create = ["token", "create", "--org", &slug, "--service-account", "billing"];
    let made = json(&world, &[&create[..], &["--name", "key-1"]].concat());
    let (id, first) = (text(&made["token"]["id"]), text(&made["secret"]));
    let list = ["token", "list", "--org", &slug, "--service-account", "billing"];
    assert!(succeed(&world, &[&list[..], &["--ids"]].concat()).contains(&id));
    let shown = succeed(&world, &list);
    assert!(
        shown.contains("key-1") && shown.contains("service account billing"),
        "{shown}"
    );
    let reads = async |secret: &str| {
        let grpc = world.grpc().with_token(secret);
        grpc.list_users(ListUsersRequest::default()).await.is_ok()
    };

    let rotate = ["token", "rotate", &id, "--org", &slug, "--output", "secret"];
    let second = succeed(&world, &[&rotate[..], &["--overlap", "1h"]].concat());
    assert!(reads(&first).await && reads(second.trim()).await);
    let third = succeed(&world, &[&rotate[..], &["--compromised"]].concat());
    assert!(!reads(&first).await, "the first key");
    assert!(!reads(second.trim()).await, "the second key");
    assert!(reads(third.trim()).await, "the third key");

    succeed(&world, &["service-account", "delete", "billing", "--org", &slug]);
    assert!(!reads(third.trim()).await);
}

pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

pub(super) fn roster(world: &World, arguments: &[&str]) -> Output {
    run(
        arguments,
        &[
            ("ROSTER_ENDPOINT", &world.endpoints().grpc),
            ("ROSTER_TOKEN", ROOT_TOKEN),
        ],
    )
}

pub(super) fn succeed(world: &World, arguments: &[&str]) -> String {
    let output = roster(world, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("utf-8")
}

pub(super) fn json(world: &World, arguments: &[&str]) -> Value {
    let text = succeed(world, &[arguments, &["--output", "json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
}

async fn one_command_makes_a_connection_its_token_and_shows_the_base_url(setup: Setup) {
    let server = Server::start_with(setup, &["--scim-public-url", "https://id.example"]);
    let world = World::new(server.endpoints().clone(), "").await;
    let slug = run_folder::fresh_name("cli");
    succeed(&world, &["org", "create", "--slug", &slug, "--name", "Acme"]);
    let create = [
        "connection",
        "create",
        "--org",
        &slug,
        "--name",
        "okta",
        "--idp",
        "okta",
        "--token-expires-in",
        "180d",
    ];
    let shown = succeed(&world, &create);
    let base = "SCIM base URL: https://id.example/scim/v2";
    assert!(shown.contains("okta") && shown.contains(base), "{shown}");
    let secret = shown
        .split_whitespace()
        .find(|word| word.starts_with("rst_") && word.len() > 60);
    let scim = Scim::new(&world.endpoints().scim, secret.unwrap());
    scim.get("/Users").await.expect(200);

    // A further token is for the only connection, and every secret has the URL beside it.
    let create = ["scim-token", "create", "--org", &slug, "--name", "next"];
    assert!(succeed(&world, &create).contains(base));
    let tokens = json(&world, &["scim-token", "list", "--org", &slug])["tokens"].take();
    assert_eq!(tokens[0]["connectionId"], tokens[1]["connectionId"]);
    let id = tokens[1]["id"].as_str().unwrap();
    assert!(succeed(&world, &["scim-token", "rotate", id, "--org", &slug]).contains(base));
    let connection = json(&world, &["connection", "get", "okta", "--org", &slug])["connection"].take();
    assert_eq!(connection["scimBaseUrl"], "https://id.example/scim/v2");
}

async fn a_changed_policy_is_shown_by_what_changed(world: World) {
    let slug = world.organization().slug.clone();
    let set = ["policy", "set", "--org", &slug, "groups.sync=false"];
    let shown = succeed(&world, &set);
    assert!(
        shown.contains("groups.sync") && !shown.contains("roles.source"),
        "{shown}"
    );
    assert_eq!(succeed(&world, &set), "nothing changed\n");
}

/// The output of a command once it holds a text: records come within a second.
async fn until(world: &World, arguments: &[&str], expected: &str) -> String {
    for _ in 0..300 {
        let output = roster(world, arguments);
        let text = String::from_utf8(output.stdout).expect("utf-8");
        if text.contains(expected) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!(
        "{arguments:?} never says {expected:?}: {}",
        succeed(world, arguments)
    );
}

async fn why_a_person_was_not_provisioned_is_told_with_what_changes_it(world: World) {
    let org = world.organization().slug.clone();
    world.set_policy(&[("roles.unknown_values", "reject")]).await;
    let mut zoe = user_body("zoe@acme.example");
    zoe["externalId"] = "00uZoe".into();
    zoe["roles"] = serde_json::json!([{ "value": "superuser" }]);
    world.scim().post("/Users", &zoe).await;
    for name in ["Zoe@acme.example", "00uZOE"] {
        let told = until(&world, &["why", name, "--org", &org], "was refused").await;
        for part in [
            "No user and no group",
            "create",
            "status 400",
            "roles.unknown_values=keep",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
    zoe.as_object_mut().expect("an object").remove("roles");
    world.scim().post("/Users", &zoe).await.expect(201);
    let told = until(&world, &["why", "zoe@acme.example", "--org", &org], "was applied").await;
    assert!(
        told.contains("zoe@acme.example is active, managed by connection default (id "),
        "{told}"
    );
    let told = succeed(&world, &["why", "nobody@acme.example", "--org", &org]);
    for part in [
        "No request has named",
        "look at the assignments",
        "in the last 720h",
        "The last request of any kind came at 20",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

async fn requests_of_identity_providers_are_listed_shown_and_followed(world: World) {
    let org = world.organization().slug.clone();
    let refused = world.scim().get("/Users/0").await;
    let id = refused.header("x-request-id").to_owned();
    world.scim().create_user("ada").await;
    let list = ["provisioning", "list", "--org", &org];
    until(&world, &list, "ada").await;
    let text = succeed(&world, &[&list[..], &["--outcome", "refused"]].concat());
    assert!(text.contains(&id) && !text.contains("ada"), "{text}");
    let one = json(&world, &[&list[..], &["--limit", "1"]].concat());
    assert_eq!(one["requests"][0]["targetName"], "ada");
    let card = succeed(&world, &["provisioning", "show", &id, "--org", &org]);
    assert!(
        card.contains("resource_not_found") && card.contains("/Users/{id}"),
        "{card}"
    );
    let none = roster(&world, &["provisioning", "show", "none", "--org", &org]);
    assert_eq!(none.status.code(), Some(1));
    let scim = world.scim();
    let busy = async {
        for n in 0.. {
            scim.create_user(&format!("tailed-{n}")).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let endpoint = world.endpoints().grpc.clone();
    let tail = tokio::task::spawn_blocking(move || {
        let arguments = [
            "provisioning",
            "tail",
            "--org",
            &org,
            "--action",
            "create",
            "--limit",
            "2",
        ];
        run(
            &[&arguments[..], &["--endpoint", &endpoint]].concat(),
            &[("ROSTER_TOKEN", ROOT_TOKEN)],
        )
    });
    let output = tokio::select! {
        output = tail => output.expect("an output"),
        () = busy => unreachable!("it goes on"),
    };
    let text = String::from_utf8(output.stdout).expect("utf-8");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().all(|line| line.contains("create")), "{text}");
}
