//! The public conformance suites, on every server.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::harness::{World, everywhere};

everywhere!(
    scim2_tester_finds_no_error,
    scim_sanity_finds_no_error,
    scim2_cli_can_do_all_it_does,
);

async fn scim2_tester_finds_no_error(world: World) {
    assert_passes(&world, "scim2_tester.py");
}

async fn scim_sanity_finds_no_error(world: World) {
    assert_passes(&world, "scim_sanity.py");
}

async fn scim2_cli_can_do_all_it_does(world: World) {
    assert_passes(&world, "scim2_cli.py");
}

fn assert_passes(world: &World, script: &str) {
    let base = format!("{}/scim/v2", world.doors().scim);
    let mut suite = Command::new(environment().join("bin/python"));
    suite.arg(folder().join(script)).args([&base, world.scim_token()]);
    println!("{}", succeed(&mut suite));
}

/// The virtual environment with the suites. Made once; made anew when the pinned versions change.
fn environment() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let requirements = folder().join("requirements.txt");
        let wanted = std::fs::read_to_string(&requirements).expect("the requirements");
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
        let note = environment.join("installed.txt");
        if std::fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
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
        std::fs::write(&note, wanted).expect("note what is installed");
        environment
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn succeed(command: &mut Command) -> String {
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
