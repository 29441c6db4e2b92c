//! How the program starts, and when it does not.

use crate::harness::{
    ANY, Http, OwnWorld, ROOT_TOKEN, Request, Roster, Server, Setup, everywhere, run,
    run_folder::{fresh_name, path},
};

everywhere!(
    what_was_stored_is_there_after_a_restart,
    a_second_start_finds_the_database_ready,
);

async fn what_was_stored_is_there_after_a_restart(mut world: OwnWorld) {
    let ada = world.scim().create_user("ada").await;
    let revision = world.grpc().revision().await;
    world.restart();
    let again = world
        .scim()
        .get(&format!("/Users/{}", ada["id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(again["userName"], "ada");
    assert_eq!(world.grpc().revision().await, revision);
}

async fn a_second_start_finds_the_database_ready(setup: Setup) {
    let mut server = Server::start(setup);
    server.restart();
    for probe in ["/livez", "/readyz"] {
        let http = Http::new(server.endpoints().scim.clone());
        assert_eq!(http.send(Request::new("GET", probe)).await.status, 200, "{probe}");
    }
}

#[test]
fn a_second_process_on_one_sqlite_file_is_refused() {
    let url = sqlite_url();
    let serve = [
        "serve",
        "--database-url",
        &url,
        "--grpc-listen",
        ANY,
        "--scim-listen",
        ANY,
    ];
    let first = Roster::start(&serve, &[]);
    first.address("grpc");

    let second = run(&serve, &[]);

    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("error: ") && said.contains("roster.db"), "{said}");
}

#[test]
fn wrong_settings_end_the_program_with_exit_code_2_and_name_the_setting() {
    let url = sqlite_url();
    let anywhere = "0.0.0.0:0";
    for (arguments, named) in [
        (vec!["--grpc-listen", "nonsense"], "grpc-listen"),
        (vec!["--scim-listen", "127.0.0.1"], "scim-listen"),
        (vec!["--database-url", "mysql://localhost/x"], "database-url"),
        (
            vec!["--database-url", "postgres://127.0.0.1/x"],
            "ROSTER_ROOT_TOKEN",
        ),
        (vec!["--only", "scim"], "core-url"),
        (vec!["--only", "nothing"], "only"),
        (vec!["--only", "scim", "--core-url", "nonsense"], "core-url"),
        (
            vec!["--only", "scim", "--core-url", "http://192.0.2.1:50051"],
            "core-url",
        ),
        (vec!["--only", "core", "--grpc-listen", anywhere], "grpc-listen"),
        (vec!["--scim-listen", anywhere], "scim-listen"),
        (vec!["--unknown"], "--unknown"),
    ] {
        let defaults = if arguments.contains(&"--database-url") {
            vec![]
        } else {
            vec!["--database-url", &url]
        };
        let ended = run(&[vec!["serve"], defaults, arguments.clone()].concat(), &[]);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
}

#[test]
fn secrets_made_at_the_first_start_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = path().join(fresh_name("secrets"));
    let url = format!("sqlite:{}", folder.join("roster.db").display());
    let serve = [
        "serve",
        "--database-url",
        &url,
        "--grpc-listen",
        ANY,
        "--scim-listen",
        ANY,
    ];
    let mut program = Roster::start(&serve, &[]);
    program.address("grpc");
    for name in ["root-token", "secret-key"] {
        let file = folder.join(name);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let secret = std::fs::read_to_string(&file).unwrap();
        assert!(!program.output().contains(secret.trim()), "{name} is in the log");
    }
    program.terminate();
}

#[test]
fn the_root_token_may_be_two_for_rotation() {
    let tokens = format!("{ROOT_TOKEN},{ROOT_TOKEN}-new");
    let url = sqlite_url();
    let serve = [
        "serve",
        "--database-url",
        &url,
        "--grpc-listen",
        ANY,
        "--scim-listen",
        ANY,
    ];
    let program = Roster::start(&serve, &[("ROSTER_ROOT_TOKEN", &tokens)]);
    let endpoint = format!("http://{}", program.address("grpc"));
    for (token, code) in [
        (ROOT_TOKEN, 0),
        (&*format!("{ROOT_TOKEN}-new"), 0),
        ("something-else", 1),
    ] {
        let variables = [("ROSTER_ENDPOINT", &*endpoint), ("ROSTER_TOKEN", token)];
        let list = run(&["org", "list"], &variables);
        assert_eq!(list.status.code(), Some(code), "{list:?}");
    }
}

/// The address of a database that nobody has made.
fn sqlite_url() -> String {
    format!(
        "sqlite:{}",
        path().join(fresh_name("sqlite")).join("roster.db").display()
    )
}
