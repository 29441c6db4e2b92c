//! grpcurl 1.8.6, which knows the API by reflection (v1alpha) alone.

use std::process::Command;

use serde_json::{Value, json};

use super::python::{program, succeed};
use crate::harness::{ROOT_TOKEN, World, everywhere};

everywhere!(
    grpcurl_lists_and_describes_everything,
    grpcurl_creates_and_reads_a_user,
);

async fn grpcurl_lists_and_describes_everything(world: World) {
    let services = grpcurl(&world, &[], &["list"]);
    let descriptions = grpcurl(&world, &[], &["describe"]);
    assert!(
        services.contains("roster.identity.v1.UserService\n"),
        "{services}"
    );
    for service in services.lines() {
        assert!(
            descriptions.contains(&format!("{service} is a service")),
            "{descriptions}"
        );
    }
    let methods = grpcurl(&world, &[], &["list", "roster.identity.v1.UserService"]);
    assert_eq!(methods.lines().count(), 13, "{methods}");
    let message = grpcurl(&world, &[], &["describe", "roster.identity.v1.User"]);
    assert!(message.contains("string user_name"), "{message}");
}

async fn grpcurl_creates_and_reads_a_user(world: World) {
    let organization = &world.organization().slug;
    let new = json!({"organization": organization, "user": {"userName": "ada", "displayName": "Ada"}});
    let created = call(&world, "CreateUser", &new);
    let read = call(
        &world,
        "GetUser",
        &json!({"organization": organization, "id": created["user"]["id"]}),
    );
    assert_eq!(read["user"], created["user"]);
    assert!(created["revision"].is_string(), "{created}");
    assert_eq!(read["user"]["displayName"], "Ada");
}

fn call(world: &World, method: &str, request: &Value) -> Value {
    let bearer = format!("authorization: Bearer {ROOT_TOKEN}");
    let options = ["-H", &bearer, "-d", &request.to_string()];
    let answer = grpcurl(
        world,
        &options,
        &[&format!("roster.identity.v1.UserService/{method}")],
    );
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn grpcurl(world: &World, options: &[&str], what: &[&str]) -> String {
    let address = world.endpoints().grpc.trim_start_matches("http://");
    let mut command = Command::new(program("grpcurl"));
    succeed(command.arg("-plaintext").args(options).arg(address).args(what))
}
