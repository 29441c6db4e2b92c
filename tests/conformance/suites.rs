//! The suites; `README.md` says what each checks.

use std::process::Command;

use super::python::{folder, program, succeed};
use crate::harness::{World, everywhere};

everywhere!(
    scim2_tester_finds_no_error,
    scim_sanity_finds_no_error,
    scim2_cli_can_do_all_it_does,
);

async fn scim2_tester_finds_no_error(world: World) {
    assert_passes(&world, "run_scim2_tester.py");
}

async fn scim_sanity_finds_no_error(world: World) {
    assert_passes(&world, "run_scim_sanity.py");
}

async fn scim2_cli_can_do_all_it_does(world: World) {
    assert_passes(&world, "run_scim2_cli.py");
}

fn assert_passes(world: &World, script: &str) {
    let base = format!("{}/scim/v2", world.endpoints().scim);
    let mut suite = Command::new(program("python"));
    suite.arg(folder().join(script)).args([&base, world.scim_token()]);
    println!("{}", succeed(&mut suite));
}
