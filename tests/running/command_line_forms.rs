//! The command line's surroundings: the organization and token of the environment, forms of answers, terminals,
//! completions.

use std::process::Command;

use identity_proto::v1::{Token, TokenKind};
use serde_json::Value;

use super::{
    command_line::{json, succeed},
    command_line_for_people::{arranged, has_all, refused},
};
use crate::harness::{ROOT_TOKEN, Setup, World, create_token, everywhere, run, run_folder, run_with_input};

everywhere!(
    a_policy_is_shown_with_what_differs_from_its_preset,
    the_organization_of_the_environment_holds_where_none_is_named,
    whoami_tells_whose_token_calls,
    secrets_are_read_from_standard_input,
    lists_are_lines_of_json_and_comma_separated_values,
    cards_have_words_for_people,
    a_call_has_the_time_limit_that_is_given,
    completions_and_manual_pages_are_written,
    on_a_terminal_tables_fit_and_deletions_are_asked_for,
    a_token_that_may_read_little_is_served_and_shown_ids,
);

/// Output of the program on a terminal of so many columns, on which a person types this.
fn on_terminal(world: &World, columns: u16, arguments: &str, typed: &str) -> String {
    on_terminal_with("", world, columns, arguments, typed)
}

/// The same with variables.
fn on_terminal_with(variables: &str, world: &World, columns: u16, arguments: &str, typed: &str) -> String {
    let program = run_folder::program();
    let line = format!(
        "stty cols {columns}; exec env {variables} {} {arguments}",
        program.display()
    );
    let script = format!("printf '{typed}' | timeout 60 script -qec '{line}' /dev/null");
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("ROSTER_ENDPOINT", &world.endpoints().grpc)
        .env("ROSTER_TOKEN", ROOT_TOKEN)
        .env("ROSTER_ORG", &world.organization().slug)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .current_dir(run_folder::path())
        .output()
        .expect("run the program on a terminal");
    String::from_utf8(output.stdout).expect("utf-8").replace('\r', "")
}

async fn on_a_terminal_tables_fit_and_deletions_are_asked_for(world: World) {
    arranged(&world).await;
    world.scim().create_user("bo@acme.example").await;
    for (columns, list) in [
        (80, "user list"),
        (120, "log"),
        (80, "log"),
        (80, "role permissions"),
        (80, "policy get"),
    ] {
        let shown = on_terminal(&world, columns, &format!("{list} --limit 20"), "");
        let shown = if list == "policy get" {
            on_terminal(&world, columns, list, "")
        } else {
            shown
        };
        assert!(shown.contains("\u{1b}["), "{shown}");
        for line in shown.lines() {
            assert!(
                without_style(line).chars().count() <= usize::from(columns),
                "{line}"
            );
        }
    }
    let plain = on_terminal_with("NO_COLOR=1", &world, 80, "log --limit 1", "");
    assert!(plain.contains("CHANGED") && !plain.contains('\u{1b}'), "{plain}");
    let newest = on_terminal(&world, 80, "log --limit 1", "");
    assert!(newest.contains(" ago  ") || newest.contains("now  "), "{newest}");

    let asked = on_terminal(&world, 80, "user delete ada@acme.example", "n\\n");
    has_all(
        &asked,
        &["Delete the user \"ada@acme.example\"? [y/N]", "nothing was done"],
    );
    has_all(
        &succeed(&world, &["user", "list", "--org", &world.organization().slug]),
        &["ada@acme.example"],
    );
    has_all(
        &on_terminal(&world, 80, "user delete ada@acme.example", "y\\n"),
        &["deleted"],
    );
    has_all(
        &on_terminal(
            &world,
            80,
            "user delete --yes bo@acme.example --break-glass test",
            "",
        ),
        &["deleted"],
    );
}

/// A line without what makes it bold or red.
fn without_style(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

async fn a_policy_is_shown_with_what_differs_from_its_preset(world: World) {
    let org = world.organization().slug.clone();
    let set = ["policy", "set", "--org", &org, "groups.sync=false"];
    has_all(
        &succeed(&world, &set),
        &["SETTING", "BEFORE", "NOW", "groups.sync  true    false"],
    );
    let get = ["policy", "get", "--org", &org];
    let shown = succeed(&world, &get);
    has_all(&shown, &["roles.unknown_values", "groups.sync"]);
    let changed = succeed(&world, &[&get[..], &["--changed"]].concat());
    let line = changed
        .lines()
        .find(|line| line.starts_with("groups.sync"))
        .unwrap_or_default();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["groups.sync", "false", "true"], "{changed}");
    assert!(!changed.contains("roles.unknown_values"), "{changed}");
    let one = [&get[..], &["roles.unknown_values"]].concat();
    assert!(!succeed(&world, &one).contains("groups.sync"));
    has_all(
        &refused(&world, &[&get[..], &["roles.unknown"]].concat()),
        &["does not exist"],
    );
    let settings = json(&world, &get)["policy"]["settings"].take();
    assert!(settings.as_array().expect("settings").len() > 40);
}

async fn the_organization_of_the_environment_holds_where_none_is_named(world: World) {
    arranged(&world).await;
    let with = |arguments: &[&str], org: &str| {
        let variables = [
            ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
            ("ROSTER_TOKEN", ROOT_TOKEN),
            ("ROSTER_ORG", org),
        ];
        let output = run(arguments, &variables);
        (
            output.status.code(),
            String::from_utf8(output.stdout).expect("utf-8"),
        )
    };
    let slug = world.organization().slug.clone();
    has_all(&with(&["user", "list"], &slug).1, &["ada@acme.example"]);
    has_all(&with(&["org", "get"], &slug).1, &[&slug]);
    has_all(&with(&["log", "show", "1"], &slug).1, &["organization"]);
    assert_eq!(with(&["user", "list"], "nowhere").0, Some(1));
    has_all(
        &with(&["user", "list", "--org", &slug], "nowhere").1,
        &["ada@acme.example"],
    );
}

async fn whoami_tells_whose_token_calls(world: World) {
    has_all(&succeed(&world, &["whoami"]), &["root"]);
    let whoami = |token: &str| {
        let endpoint = world.endpoints().grpc.as_str();
        let output = run(
            &["whoami"],
            &[("ROSTER_ENDPOINT", endpoint), ("ROSTER_TOKEN", token)],
        );
        String::from_utf8(output.stdout).expect("utf-8") + &String::from_utf8_lossy(&output.stderr)
    };
    let scopes = ["tokens:introspect", "tokens:read", "organization:read"];
    has_all(
        &whoami(&world.service_token(&scopes[..1]).await),
        &["service", "tokens:introspect", "never"],
    );
    let ada = world.grpc().create_user("ada@acme.example").await;
    let token = Token {
        name: "laptop".into(),
        user_id: ada.id,
        scopes: vec!["users:read".into()],
        ..Token::default()
    };
    let (_, secret) = create_token(&world.grpc(), TokenKind::Personal, token).await;
    has_all(&whoami(&secret), &["user ada@acme.example"]);
    has_all(
        &whoami(&world.service_token(&["users:read"]).await),
        &["tokens:introspect"],
    );
    has_all(&whoami("rst_nonsense"), &["error: ", "ROSTER_TOKEN"]);
}

async fn a_token_that_may_read_little_is_served_and_shown_ids(world: World) {
    let org = arranged(&world).await;
    world.scim().create_user("bo@acme.example").await;
    let connection = json(&world, &["connection", "get", "default", "--org", &org])["connection"].take();
    let connection = connection["id"].as_str().expect("an id").to_owned();
    let with = async |scopes: &[&str], arguments: &[&str]| {
        let token = world.service_token(scopes).await;
        let endpoint = world.endpoints().grpc.as_str();
        let output = run(
            arguments,
            &[("ROSTER_ENDPOINT", endpoint), ("ROSTER_TOKEN", &token)],
        );
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("utf-8")
    };
    has_all(
        &with(&["users:read"], &["user", "list"]).await,
        &["bo@acme.example", &connection],
    );
    let both = ["users:read", "connections:read"];
    has_all(
        &with(&both, &["user", "list"]).await,
        &["bo@acme.example", "default"],
    );
    // The change log itself has names.
    has_all(
        &with(&["changes:read"], &["log"]).await,
        &["bo@acme.example", "Apollo", "scim default"],
    );
    let grant = ["role", "grant", "viewer", "--user", "ada@acme.example"];
    has_all(
        &with(&["users:read", "roles:write"], &grant).await,
        &["viewer", "ada@acme.example"],
    );
}

async fn secrets_are_read_from_standard_input(world: World) {
    let slug = world.organization().slug.clone();
    let secret = world.service_token(&["users:read"]).await;
    let variables = [
        ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    let given = |command: &str| {
        let output = run_with_input(
            &["token", command, "--org", &slug, "-"],
            &variables,
            &format!("{secret}\n"),
        );
        String::from_utf8(output.stdout).expect("utf-8")
    };
    has_all(&given("introspect"), &["service token", "users:read"]);
    assert_eq!(given("revoke"), "revoked\n");
    assert_eq!(given("introspect"), "not active\n");
}

async fn lists_are_lines_of_json_and_comma_separated_values(world: World) {
    let org = arranged(&world).await;
    world.grpc().create_user("bo,\"b\"@acme.example").await;
    let list = ["user", "list", "--org", &org, "--order-by", "user_name"];
    let lines = succeed(&world, &[&list[..], &["--output", "jsonl"]].concat());
    let names: Vec<_> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON")["userName"].take())
        .collect();
    assert_eq!(names, ["ada@acme.example", "bo,\"b\"@acme.example"]);
    let csv = succeed(&world, &[&list[..], &["--output", "csv"]].concat());
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[0].starts_with("USER NAME,DISPLAY NAME,"), "{csv}");
    assert!(lines[2].starts_with("\"bo,\"\"b\"\"@acme.example\","), "{csv}");
}

async fn cards_have_words_for_people(world: World) {
    let org = arranged(&world).await;
    let card = succeed(&world, &["org", "get", &org]);
    has_all(&card, &["status", "active", "create time"]);
    assert!(
        !card.contains("ORGANIZATION_STATUS") && !card.contains("createTime"),
        "{card}"
    );
    let card = succeed(&world, &["connection", "get", "default", "--org", &org]);
    has_all(
        &card,
        &["idp kind", "generic", "EXPIRES", "connection default", "OUTCOME"],
    );
    let card = succeed(&world, &["project", "get", "Apollo", "--org", &org]);
    assert!(!card.contains("PROJECT_") && card.contains("Apollo"), "{card}");
    world.scim().create_user("bo@acme.example").await;
    let card = succeed(&world, &["user", "get", "bo@acme.example", "--org", &org]);
    let line = card
        .lines()
        .find(|line| line.starts_with("managed by"))
        .unwrap_or_default();
    assert!(line.ends_with("default"), "{card}");
}

async fn a_call_has_the_time_limit_that_is_given(_: Setup) {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let output = run(
        &["org", "list", "--timeout", "1s"],
        &[("ROSTER_ENDPOINT", &endpoint), ("ROSTER_TOKEN", ROOT_TOKEN)],
    );
    assert_eq!(output.status.code(), Some(1));
    has_all(&String::from_utf8_lossy(&output.stderr), &["--timeout"]);
}

async fn completions_and_manual_pages_are_written(_: Setup) {
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef roster"),
        ("fish", "complete -c roster"),
    ] {
        let output = run(&["completions", shell], &[]);
        has_all(&String::from_utf8_lossy(&output.stdout), &[part, "provisioning"]);
    }
    let program = run_folder::program();
    let complete = format!(
        "source <({} completions bash); COMP_WORDS=(roster prov); COMP_CWORD=1; _roster roster prov roster; echo ${{COMPREPLY[@]}}",
        program.display()
    );
    let output = Command::new("bash")
        .args(["-c", &complete])
        .output()
        .expect("run bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "provisioning\n");

    let folder = run_folder::path().join(run_folder::fresh_name("man"));
    let output = run(&["man", folder.to_str().expect("utf-8")], &[]);
    assert_eq!(output.status.code(), Some(0));
    for page in ["roster.1", "roster-user-list.1", "roster-log.1"] {
        let text = std::fs::read_to_string(folder.join(page)).expect("a page");
        has_all(&text, &[".TH", "roster"]);
    }
}
