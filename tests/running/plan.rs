//! Configuration as code: a file, the plan of the steps that it takes, and their application.

use std::process::Output;

use serde_json::Value;

use super::{
    command_line::{roster, succeed, text},
    command_line_for_people::has_all,
    plan_files::{complete, random},
};
use crate::harness::{ROOT_TOKEN, SeededRng, World, everywhere, run_folder, run_with_input};

everywhere!(
    a_file_makes_an_organization_and_applied_twice_changes_nothing,
    what_the_file_does_not_name_is_shown_and_kept_until_it_is_pruned,
    a_plan_that_the_service_would_refuse_says_so_and_nothing_is_done,
    a_refused_step_tells_what_was_done_before_and_the_repetition_goes_on,
    a_plan_is_made_of_what_changes_alone,
    a_file_that_is_wrong_is_told_by_line_and_key,
    a_plan_names_exactly_what_is_done_and_leaves_nothing_to_do,
);

/// Random files that are applied one after the other to one organization.
const FILES: usize = 6;

/// Runs a command with this file on standard input.
fn with_file(world: &World, arguments: &[&str], file: &str) -> Output {
    let variables = [
        ("ROSTER_ENDPOINT", world.endpoints().grpc.as_str()),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    run_with_input(arguments, &variables, file)
}

/// The steps that a command prints, and the code that it ends with.
fn steps(world: &World, arguments: &[&str], file: &str) -> (Vec<Value>, i32) {
    let output = with_file(world, &[arguments, &["--output", "json"]].concat(), file);
    let told = String::from_utf8_lossy(&output.stderr);
    let mut answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    let steps = answer["steps"].as_array_mut().expect("steps");
    (std::mem::take(steps), output.status.code().expect("a code"))
}

/// Action, kind and name of each step.
fn summary(steps: &[Value]) -> Vec<String> {
    let word = |step: &Value, key: &str| text(&step[key]);
    let line = |step: &Value| {
        format!(
            "{} {} {}",
            word(step, "action"),
            word(step, "kind"),
            word(step, "name")
        )
    };
    steps.iter().map(line).collect()
}

async fn revision(world: &World, slug: &str) -> i64 {
    world.grpc().naming(slug).organization().await.revision
}

fn error(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    let errors = told.lines().filter(|line| line.starts_with("error: "));
    let errors: Vec<_> = errors.collect();
    assert_eq!(errors.len(), 1, "{told}");
    errors[0].to_owned()
}

async fn a_file_makes_an_organization_and_applied_twice_changes_nothing(world: World) {
    let slug = run_folder::fresh_name("plan");
    let file = complete(&slug);
    let planned = steps(&world, &["plan", "-", "--exit-code"], &file);
    assert_eq!(planned.1, 3);
    let names = [
        format!("create organization {slug}"),
        format!("update policy {slug}"),
    ];
    let rest = [
        "create role Auditor",
        "create role Auditor",
        "create project Apollo",
        "create project Gemini",
        "update project Gemini",
        "create connection okta",
        "create connection entra",
        "update connection entra",
        "create mapping rule group Auditors → role Auditor",
        "create mapping rule groups like eng-* → role apollo:auditor",
        "create mapping rule group with external id 00g1 → license it",
    ];
    assert_eq!(
        summary(&planned.0),
        [&names[..], &rest.map(str::to_owned)].concat()
    );
    let (mut done, code) = steps(&world, &["apply", "-", "--yes"], &file);
    assert_eq!(code, 0);
    for step in &mut done {
        assert_eq!(step["done"], true, "{step}");
        step["done"] = false.into();
    }
    assert_eq!(done, planned.0);

    let before = revision(&world, &slug).await;
    let shown = with_file(&world, &["plan", "-", "--exit-code"], &file);
    assert_eq!(String::from_utf8_lossy(&shown.stdout), "nothing to do\n");
    assert_eq!(shown.status.code(), Some(0));
    assert_eq!(steps(&world, &["apply", "-", "--prune"], &file), (Vec::new(), 0));
    assert_eq!(revision(&world, &slug).await, before);

    let exported = succeed(&world, &["plan", "--export", &slug]);
    has_all(&exported, &["Apollo:Auditor", "30m", "acme.example"]);
    assert_eq!(
        steps(&world, &["plan", "-", "--prune"], &exported),
        (Vec::new(), 0)
    );
}

async fn what_the_file_does_not_name_is_shown_and_kept_until_it_is_pruned(world: World) {
    let slug = world.organization().slug.clone();
    let org = ["--org", slug.as_str()];
    for command in [
        &["project", "create", "--name", "Hand-made"][..],
        &["role", "create", "--name", "By hand", "--in", "project"],
        &[
            "mapping",
            "create",
            "--group",
            "Crew",
            "--role",
            "Hand-made:By hand",
        ],
    ] {
        succeed(&world, &[command, &org].concat());
    }
    world
        .set_policy(&[("put.omitted", "keep"), ("tokens.max_active", "9")])
        .await;
    let file = format!(
        "organizations: [{{slug: {slug}, policy: {{settings: {{tokens.max_active: 9}}}}, roles: [], projects: [], \
         mapping_rules: []}}]"
    );
    let before = revision(&world, &slug).await;
    let (kept, code) = steps(&world, &["apply", "-", "--yes"], &file);
    let rule = "mapping rule group Crew → role Hand-made:By hand";
    assert_eq!(code, 0);
    assert_eq!(
        summary(&kept),
        [
            &format!("keep policy {slug}"),
            "keep role By hand",
            "keep project Hand-made",
            &format!("keep {rule}")
        ]
    );
    assert_eq!(kept[0]["changes"][0]["field"], "put.omitted");
    assert_eq!(revision(&world, &slug).await, before);
    assert_eq!(steps(&world, &["plan", "-", "--exit-code"], &file).1, 0);

    let (pruned, code) = steps(&world, &["apply", "-", "--yes", "--prune"], &file);
    assert_eq!(code, 0);
    assert_eq!(
        summary(&pruned),
        [
            &format!("update policy {slug}"),
            &format!("delete {rule}"),
            "delete project Hand-made",
            "delete role By hand"
        ]
    );
    assert_eq!(steps(&world, &["plan", "-", "--prune"], &file), (Vec::new(), 0));
    // Connections are no section of this file.
    has_all(
        &succeed(&world, &[&["connection", "list"], &org[..]].concat()),
        &["default"],
    );
}

async fn a_plan_that_the_service_would_refuse_says_so_and_nothing_is_done(world: World) {
    let slug = world.organization().slug.clone();
    let before = revision(&world, &slug).await;
    let file = format!(
        "organizations: [{{slug: {slug}, projects: [{{name: Apollo}}], roles: [{{name: A, scope: project, \
         permissions: [NO]}}], policy: {{settings: {{no.such: 1}}}}}}]"
    );
    for command in [&["plan", "-"][..], &["apply", "-", "--yes"]] {
        let output = with_file(&world, command, &file);
        assert_eq!(output.status.code(), Some(1));
        has_all(
            &error(&output),
            &["1 of 3 steps", "nothing was done", "policy", "no.such"],
        );
        has_all(
            &String::from_utf8_lossy(&output.stdout),
            &["refused: ", "checked after", "Apollo"],
        );
    }
    let file = file.replace("no.such: 1", "put.omitted: keep");
    let refused = steps(
        &world,
        &["plan", "-"],
        &file.replace(", policy: {settings: {put.omitted: keep}}", ""),
    );
    assert_eq!(refused.1, 1);
    has_all(&text(&refused.0[0]["refusal"]), &["permissions"]);
    assert_eq!(revision(&world, &slug).await, before);
}

async fn a_refused_step_tells_what_was_done_before_and_the_repetition_goes_on(world: World) {
    let slug = run_folder::fresh_name("plan");
    let file = format!(
        "organizations: [{{slug: {slug}, name: Acme, roles: [{{name: A, scope: project, permissions: [NO]}}]}}]"
    );
    let output = with_file(&world, &["apply", "-", "--yes"], &file);
    assert_eq!(output.status.code(), Some(1));
    has_all(
        &error(&output),
        &[
            "step 2 of 2 was refused, step 1 is done: create role \"A\"",
            &slug,
            "permissions",
        ],
    );
    let (done, code) = steps(
        &world,
        &["apply", "-", "--yes"],
        &file.replace("NO", "audit.read"),
    );
    assert_eq!((summary(&done), code), (vec!["create role A".to_owned()], 0));
}

async fn a_plan_is_made_of_what_changes_alone(world: World) {
    let slug = run_folder::fresh_name("plan");
    let file = complete(&slug);
    assert_eq!(
        with_file(&world, &["apply", "-", "--yes"], &file).status.code(),
        Some(0)
    );
    // Others wrote it otherwise, and mean the same.
    let same = file
        .replace(
            "[audit.read, project.view]",
            "[project.view, audit.read, audit.read]",
        )
        .replace("30m", "1800s")
        .replace("name: okta", "name: okta ")
        .replace("Auditors, role: Auditor", "Auditors, role: auditor");
    assert_eq!(steps(&world, &["plan", "-"], &same), (Vec::new(), 0));
    let other = file
        .replace("seats: 250", "seats: 300")
        .replace("name: okta", "name: Okta")
        .replace("position: 7", "position: 8")
        .replace("put.omitted: keep", "put.omitted: clear");
    let before = revision(&world, &slug).await;
    let (done, code) = steps(&world, &["apply", "-", "--yes"], &other);
    assert_eq!(code, 0);
    let fields = done.iter().map(|step| {
        (
            text(&step["changes"][0]["field"]),
            step["changes"].as_array().unwrap().len(),
        )
    });
    let expected = ["seats", "put.omitted", "name", "position"].map(|field| (field.to_owned(), 1));
    assert_eq!(fields.collect::<Vec<_>>(), expected);
    assert_eq!(revision(&world, &slug).await, before + 4);
    // An organization is suspended and served again like anything else.
    for state in ["suspended", "active"] {
        let (done, code) = steps(
            &world,
            &["apply", "-"],
            &other.replace("status: active", &format!("status: {state}")),
        );
        assert_eq!((done.len(), code), (1, 0), "{done:?}");
    }
}

async fn a_file_that_is_wrong_is_told_by_line_and_key(world: World) {
    let org = |lines: &str| format!("organizations:\n  - slug: acme\n{lines}");
    let two = "organizations: []\n---\norganizations: []\n".to_owned();
    let deep = format!("organizations: {}", "[".repeat(1_000));
    let many = format!("organizations: []\n#{}", "x".repeat(4 * 1024 * 1024));
    let bomb = "organizations:\n  - slug: a\n    verified_domains: &a [x,x,x,x,x,x,x,x,x,x]\n";
    let aliases = (0..9).map(|n| format!("  - {{slug: b{n}, verified_domains: *a}}\n"));
    let cases = [
        (org("    seats: many\n"), vec!["line 3", "seats"]),
        (org("    seat: 5\n"), vec!["line 3", "seat", "seats"]),
        (org("    token: rst_secret\n"), vec!["line 3", "token"]),
        (org("    sso_enabled: yes\n"), vec!["line 3", "sso_enabled"]),
        (org("    status: gone\n"), vec!["line 3", "status"]),
        (org("    slug: other\n"), vec!["line 3", "slug"]),
        (org("    roles: {}\n"), vec!["line 3", "roles"]),
        (org("    roles:\n      - name: A\n"), vec!["line 4", "scope"]),
        (
            org("    projects:\n      - name: A\n      - name: a\n"),
            vec!["line 5", "there twice"],
        ),
        (org("  - slug: acme\n"), vec!["line 3", "there twice"]),
        (
            org("    mapping_rules:\n      - role: editor\n"),
            vec!["line 4", "group_name"],
        ),
        (
            org("    mapping_rules:\n      - {group_name: a, group_pattern: b, role: c}\n"),
            vec!["line 4"],
        ),
        (
            org("    connections:\n      - {name: a, brake_window: soon}\n"),
            vec!["line 4", "brake_window"],
        ),
        (org("    policy: {settings: {a: null}}\n"), vec!["line 3"]),
        ("organizations: [*x]\n".to_owned(), vec!["line 1"]),
        (two, vec!["line 3"]),
        (deep, vec!["line 1"]),
        (many, vec!["larger than"]),
        (String::new(), vec!["line 1"]),
    ];
    for (file, parts) in cases {
        for command in [&["plan", "-"][..], &["apply", "-", "--yes"]] {
            let output = with_file(&world, command, &file);
            let told = error(&output);
            assert_eq!(output.status.code(), Some(2), "{told}");
            has_all(&told, &[&["standard input: "], &parts[..]].concat());
            assert!(!told.contains("rst_secret"), "{told}");
        }
    }
    let few = format!("{bomb}{}", aliases.collect::<String>());
    assert_eq!(
        with_file(&world, &["plan", "-", "--exit-code"], &few)
            .status
            .code(),
        Some(1)
    );
    let missing = roster(&world, &["plan", "no-such.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    has_all(&error(&missing), &["no-such.yaml"]);
    assert_eq!(roster(&world, &["plan"]).status.code(), Some(2));
    has_all(
        &error(&roster(&world, &["plan", "--export", "nowhere-at-all"])),
        &["does not exist"],
    );
}

async fn a_plan_names_exactly_what_is_done_and_leaves_nothing_to_do(world: World) {
    let slug = world.organization().slug.clone();
    let mut numbers = SeededRng(18);
    for round in 0..FILES {
        let file = random(&slug, &mut numbers);
        let prune: &[&str] = if round % 2 == 0 { &["--prune"] } else { &[] };
        let planned = steps(&world, &[&["plan", "-"], prune].concat(), &file);
        assert_eq!(planned.1, 0, "{file}\n{:?}", planned.0);
        let before = revision(&world, &slug).await;
        let (mut done, code) = steps(&world, &[&["apply", "-", "--yes"], prune].concat(), &file);
        assert_eq!(code, 0, "{file}\n{done:?}");
        let made = done.iter_mut().filter(|step| step["done"] == true);
        let made = made.map(|step| step["done"] = false.into()).count();
        assert_eq!(done, planned.0, "{file}");
        // Each step changes something, and nothing else changes.
        let after = revision(&world, &slug).await;
        assert_eq!(
            after - before,
            i64::try_from(made).expect("a number"),
            "{file}\n{done:?}"
        );

        let again = steps(&world, &[&["plan", "-", "--exit-code"], prune].concat(), &file);
        assert_eq!(again.1, 0, "{file}\n{:?}", again.0);
        let kept = done.iter().filter(|step| step["action"] == "keep").count();
        assert_eq!(again.0.len(), kept, "{file}");
        let exported = succeed(&world, &["plan", "--export", &slug]);
        let nothing = steps(&world, &["plan", "-", "--prune"], &exported);
        assert_eq!(nothing, (Vec::new(), 0), "{exported}");
    }
}
