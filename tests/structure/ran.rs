//! The tests that run, as the test programs themselves list them.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::Value;

/// Every test of the workspace that runs, by its path in its program. Ignored ones do not run.
pub(super) static TESTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let programs = programs();
    let all = programs.iter().flat_map(|program| list(program, &[]));
    let ignored: BTreeSet<String> = programs
        .iter()
        .flat_map(|program| list(program, &["--ignored"]))
        .collect();
    all.filter(|test| !ignored.contains(test)).collect()
});

/// The databases that a test runs on; none: it needs none. `None`: there is no test of this name.
pub(super) fn databases(test: &str) -> Option<BTreeSet<&'static str>> {
    let mut paths = TESTS
        .iter()
        .filter(|path| path.split("::").any(|part| part == test))
        .peekable();
    paths.peek()?;
    let mut databases = BTreeSet::new();
    for path in paths {
        let of = ["sqlite", "postgres"]
            .into_iter()
            .find(|name| path.contains(&format!("::{name}_in_")) || path.contains(&format!("on_{name}::")));
        databases.extend(of);
    }
    Some(databases)
}

/// Tells whether a test drives the program from outside.
pub(super) fn is_end_to_end(test: &str) -> bool {
    TESTS
        .iter()
        .any(|path| path.contains(&format!("::{test}::sqlite_in_two_processes")))
}

/// The test programs of the workspace, built as they are now.
fn programs() -> Vec<PathBuf> {
    let build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "test",
            "--workspace",
            "--locked",
            "--no-run",
            "--message-format=json",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{errors}");
    let messages = String::from_utf8(build.stdout).expect("text");
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = |message: Value| {
        let is_test =
            message["profile"]["test"] == true && !message["target"]["kind"].to_string().contains("bench");
        is_test
            .then(|| message["executable"].as_str().map(PathBuf::from))
            .flatten()
    };
    messages.filter_map(program).collect()
}

fn list(program: &Path, options: &[&str]) -> Vec<String> {
    let listed = Command::new(program)
        .args(["--list", "--format", "terse"])
        .args(options)
        .output()
        .expect("a test program");
    let listed = String::from_utf8(listed.stdout).expect("text");
    listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}
