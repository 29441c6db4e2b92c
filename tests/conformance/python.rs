//! The virtual environment with what comes from the Python package index.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The folder of the scripts.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// A program of the environment, which is made at the first use, and anew when the pinned versions change.
pub(crate) fn program(name: &str) -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(make).join("bin").join(name)
}

fn make() -> PathBuf {
    let requirements = folder().join("requirements.txt");
    let wanted = fs::read_to_string(&requirements).expect("the requirements");
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    let note = environment.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return environment;
    }
    succeed(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    );
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
        "-r",
    ]);
    succeed(pip.arg(&requirements));
    fs::write(&note, wanted).expect("note what is installed");
    environment
}

/// Runs a command that must succeed and returns what it says.
pub(crate) fn succeed(command: &mut Command) -> String {
    let ended = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (said, wrong) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    assert!(ended.status.success(), "{command:?}\n{said}{wrong}");
    said.into_owned()
}
