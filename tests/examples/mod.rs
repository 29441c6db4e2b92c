//! The example services of `examples/`, each against a server that is killed and started again.

mod process;
mod programs;

use std::{path::PathBuf, time::SystemTime};

use identity_proto::v1::{
    ExchangeTokenRequest, GrantRoleRequest, PruneChangesRequest, RevokeRoleRequest, Token, TokenKind, User,
    role_service_client::RoleServiceClient,
};

use self::{process::Example, programs::Program};
use crate::harness::{Server, Setup, World, create_token, everywhere};

everywhere!(
    the_example_in_go_survives_restarts,
    the_example_in_java_survives_restarts,
    the_example_in_python_survives_restarts,
    the_example_in_rust_survives_restarts,
    the_example_in_typescript_survives_restarts,
);

async fn the_example_in_go_survives_restarts(setup: Setup) {
    assert_survives_restarts(setup, programs::go()).await;
}

async fn the_example_in_java_survives_restarts(setup: Setup) {
    assert_survives_restarts(setup, programs::java()).await;
}

async fn the_example_in_python_survives_restarts(setup: Setup) {
    assert_survives_restarts(setup, Ok(programs::python())).await;
}

async fn the_example_in_rust_survives_restarts(setup: Setup) {
    assert_survives_restarts(setup, Ok(programs::rust())).await;
}

async fn the_example_in_typescript_survives_restarts(setup: Setup) {
    assert_survives_restarts(setup, programs::typescript()).await;
}

/// Returns the compiled stubs of the example in TypeScript, beside the packages that it uses.
pub(crate) fn typescript_stubs() -> PathBuf {
    programs::typescript().expect("Node and npm, as for the other conformance tests");
    programs::folder("typescript").join("dist/gen/roster/identity/v1")
}

/// `buf.gen.yaml` makes stubs for all four languages.
#[test]
fn buf_generates_stubs_in_every_language() {
    match programs::buf_generate() {
        Err(missing) => println!("skipped: {missing}"),
        Ok(place) => {
            for file in [
                "python/roster/identity/v1/user_service_pb2_grpc.py",
                "typescript/roster/identity/v1/user_service_pb.ts",
                "go/roster/identity/v1/user_service_grpc.pb.go",
                "java/roster/identity/v1/UserServiceGrpc.java",
            ] {
                assert!(place.join("gen").join(file).exists(), "{file}");
            }
        }
    }
}

/// The example and the conformance suites share one environment of Python packages.
#[test]
fn the_example_in_python_wants_the_versions_that_are_tested() {
    let tested = include_str!("../conformance/requirements.txt");
    for wanted in include_str!("../../examples/python/requirements.txt").lines() {
        assert!(tested.lines().any(|line| line == wanted), "{wanted}");
    }
}

/// The name of the deployment in access tokens, which does not depend on ports.
const ISSUER: &str = "http://roster.test";
/// A role, and a permission that it gives to a member of the organization.
const ROLE: &str = "editor";
pub(super) const PERMISSION: &str = "project.edit";

/// Goes through the life of an example: tokens, a permission that comes and goes, a crash of the server, one of the example, a log
/// that was cut, and a person who leaves.
async fn assert_survives_restarts(setup: Setup, program: Result<Program, String>) {
    let program = match program {
        Ok(program) => program,
        Err(missing) => return println!("skipped: {missing}"),
    };
    let mut server = Server::start_with(setup, &["--token-issuer", ISSUER]);
    let world = World::new(server.endpoints().clone(), "").await;
    let ada = Person::arrive(&world).await;
    let mut example = Example::start(&program, &world).await;
    example.assert_answers("", 401).await;
    example.assert_answers(&ada.token_for("another").await, 401).await;
    let token = ada.token_for("reports").await;
    example.assert_answers(&token, 403).await;
    example.assert_hears(ada.grant().await).await;
    example.assert_answers(&token, 200).await;

    server.kill();
    example.assert_answers(&token, 503).await;
    server.restart_in_place();
    example.assert_answers(&token, 200).await;
    example.assert_hears(ada.revoke().await).await;
    example.assert_answers(&token, 403).await;

    example.kill();
    let missed = ada.grant().await;
    example.start_again().await;
    example.assert_hears(missed).await;
    example.assert_answers(&token, 200).await;

    example.kill();
    ada.revoke().await;
    ada.grant().await;
    prune(&world).await;
    example.start_again().await;
    example.assert_resyncs(world.grpc().revision().await).await;
    example.assert_answers(&token, 200).await;
    ada.leave().await;
    example.assert_hears(world.grpc().revision().await).await;
    // Roster holds the token for ended. Who verifies it without a call learns it by the check.
    example.assert_refuses(&token).await;
}

/// Removes the log up to now.
#[expect(
    clippy::disallowed_methods,
    reason = "a span ends at a time of the server's clock"
)]
async fn prune(world: &World) {
    let request = PruneChangesRequest {
        organization: world.grpc().organization_named(),
        before_time: Some(SystemTime::now().into()),
        ..Default::default()
    };
    let pruned = world.grpc().change_log().prune_changes(request).await;
    let pruned = pruned.expect("a shorter log").into_inner();
    assert!(pruned.pruned_through_revision > 0);
}

/// A person with a personal token.
struct Person<'a> {
    world: &'a World,
    id: String,
    secret: String,
}

impl<'a> Person<'a> {
    async fn arrive(world: &'a World) -> Self {
        let id = world.grpc().create_user("ada").await.id;
        let token = Token {
            user_id: id.clone(),
            scopes: vec!["users:read".into()],
            ..Default::default()
        };
        let (_, secret) = create_token(&world.grpc(), TokenKind::Personal, token).await;
        Self { world, id, secret }
    }

    /// Returns an access token for this recipient.
    async fn token_for(&self, recipient: &str) -> String {
        let request = ExchangeTokenRequest {
            audience: vec![recipient.to_owned()],
            ..Default::default()
        };
        let personal = self.world.grpc().with_token(&self.secret).naming("");
        let made = personal.tokens().exchange_token(request).await;
        made.expect("an access token").into_inner().access_token
    }

    /// Gives the person the role, and returns the revision.
    async fn grant(&self) -> i64 {
        let request = GrantRoleRequest {
            organization: self.world.grpc().organization_named(),
            principal_id: self.id.clone(),
            role: ROLE.into(),
            ..Default::default()
        };
        let mut roles = RoleServiceClient::new(self.world.grpc().line());
        roles
            .grant_role(request)
            .await
            .expect("a grant")
            .into_inner()
            .revision
    }

    /// Takes the role, and returns the revision.
    async fn revoke(&self) -> i64 {
        let request = RevokeRoleRequest {
            organization: self.world.grpc().organization_named(),
            principal_id: self.id.clone(),
            role: ROLE.into(),
            ..Default::default()
        };
        let mut roles = RoleServiceClient::new(self.world.grpc().line());
        let revoked = roles.revoke_role(request).await;
        revoked.expect("the grant is gone").into_inner().revision
    }

    async fn leave(&self) {
        let inactive = User {
            id: self.id.clone(),
            active: Some(false),
            ..Default::default()
        };
        let changed = self.world.grpc().update_user(inactive, &["active"]).await;
        changed.expect("an inactive user");
    }
}
