//! Workload identity federation with an issuer that lives: `PyJWT` signs, Authlib is the client, and the keys come over HTTP.

use std::process::Command;

use super::python::{folder, program, succeed};
use crate::harness::{Arrange, ROOT_TOKEN, Server, Setup, World, everywhere};

everywhere!(a_connection_signs_in_without_a_stored_secret,);

/// Servers that fetch keys from this machine, too.
struct Federating {
    world: World,
    _server: Server,
}

impl Arrange for Federating {
    async fn arrange(setup: Setup) -> Self {
        let server = Server::start_with(setup, &["--insecure-federation"]);
        let world = World::new(server.endpoints().clone(), "").await;
        Self {
            world,
            _server: server,
        }
    }
}

async fn a_connection_signs_in_without_a_stored_secret(it: Federating) {
    let endpoints = it.world.endpoints();
    let mut script = Command::new(program("python"));
    script
        .arg(folder().join("run_federation.py"))
        .args([env!("CARGO_BIN_EXE_roster"), &endpoints.grpc, &endpoints.scim])
        .arg(&it.world.organization().slug)
        .env("ROSTER_TOKEN", ROOT_TOKEN);
    println!("{}", succeed(&mut script));
}
