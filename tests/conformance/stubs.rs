//! The example in Python, on plain generated stubs.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use identity_proto::v1::User;

use super::python::{program, succeed};
use crate::harness::{World, everywhere};

everywhere!(the_example_in_python_asks_again_at_each_change_until_the_answer_is_no,);

async fn the_example_in_python_asks_again_at_each_change_until_the_answer_is_no(world: World) {
    let token = world.service_token(&["access:read", "changes:read"]).await;
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    let mut example = Command::new(program("python"))
        .env("PYTHONPATH", stubs())
        .arg(root().join("client/examples/python/checks.py"))
        .arg(world.endpoints().grpc.trim_start_matches("http://"))
        .args([&token, &ada, "organization.view"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let mut said = BufReader::new(example.stdout.take().expect("a pipe")).lines();
    let mut line = || said.next().expect("a line").expect("text");
    assert!(line().starts_with("yes"));
    let change = User {
        id: ada.clone(),
        active: Some(false),
        ..Default::default()
    };
    grpc.update_user(change, &["active"]).await.expect("a change");
    let told = grpc.revision().await;
    assert_eq!(line(), format!("no as of revision {told}"));
    assert!(example.wait().expect("it ends").success());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The stubs, generated at the first use in a run.
fn stubs() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let (place, proto) = (
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stubs"),
            root().join("proto"),
        );
        fs::create_dir_all(&place).expect("a folder");
        let files = fs::read_dir(proto.join("roster/identity/v1")).expect("the proto files");
        let files = files.map(|file| file.expect("a file").path());
        let mut protoc = Command::new(program("python"));
        protoc.args(["-m", "grpc_tools.protoc", "-I"]).arg(&proto);
        for flag in ["--python_out", "--grpc_python_out"] {
            protoc.arg(format!("{flag}={}", place.display()));
        }
        succeed(protoc.args(files));
        place
    });
    made.clone()
}
