//! `roster doctor` against a running server.

use identity_proto::v1::{ConnectionStatus, UpdateConnectionRequest};

use super::{
    command_line::{roster, succeed},
    command_line_for_people::has_all,
};
use crate::harness::{World, everywhere, run};

everywhere!(
    doctor_finds_nothing_wrong_with_a_connection_that_works,
    doctor_names_what_is_wrong_and_ends_with_1,
);

async fn doctor_finds_nothing_wrong_with_a_connection_that_works(world: World) {
    let org = world.organization().slug.clone();
    let base = format!("{}/scim/v2", world.endpoints().scim);
    let told = succeed(&world, &["doctor", "--org", &org, "--base-url", &base]);
    has_all(
        &told,
        &[
            "✓ service",
            "✓ token",
            "✓ clock",
            "✓ organization",
            "never called",
            "answers",
        ],
    );
    assert!(!told.contains('✗'), "{told}");
}

async fn doctor_names_what_is_wrong_and_ends_with_1(world: World) {
    let org = world.organization().slug.clone();
    let base = format!("{}/scim/v2/Users", world.endpoints().scim);
    let connection = identity_proto::v1::Connection {
        id: "default".into(),
        status: ConnectionStatus::Disabled.into(),
        ..Default::default()
    };
    let request = UpdateConnectionRequest {
        organization: org.clone(),
        connection: Some(connection),
        ..Default::default()
    };
    let updated = world.grpc().connections().update_connection(request).await;
    updated.expect("disabled");
    let output = roster(&world, &["doctor", "--org", &org, "--base-url", &base]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).expect("utf-8");
    has_all(
        &told,
        &[
            "✗ connection: default is disabled",
            "roster connection enable default",
            "✗ base URL",
            "names a resource",
        ],
    );
}

#[test]
fn doctor_names_a_service_that_is_not_there() {
    let output = run(
        &["doctor", "--endpoint", "http://127.0.0.1:1"],
        &[("ROSTER_TOKEN", "x")],
    );
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout);
    has_all(&told, &["✗ service", "fix: start it with roster serve"]);
}
