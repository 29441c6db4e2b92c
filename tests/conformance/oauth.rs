//! OAuth clients and verifiers that no one here wrote: Authlib, `PyJWT`, and Node's jose.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use identity_proto::v1::{ExchangeTokenRequest, Token, TokenKind};
use serde_json::Value;

use super::python::{folder, program, succeed};
use crate::harness::{World, create_token, everywhere};

everywhere!(
    authlib_and_pyjwt_sign_in_verify_introspect_and_revoke,
    jose_verifies_an_access_token,
);

/// The last version that runs on every Node that is still served.
const JOSE: &str = "jose@5.9.5";

async fn authlib_and_pyjwt_sign_in_verify_introspect_and_revoke(world: World) {
    let token = Token {
        scopes: ["policy:read", "schemas:read", "tokens:introspect"]
            .map(Into::into)
            .to_vec(),
        ..Default::default()
    };
    let (token, secret) = create_token(&world.grpc(), TokenKind::Service, token).await;
    let mut script = Command::new(program("python"));
    let arguments = [&world.endpoints().scim, &token.id, &secret];
    script.arg(folder().join("run_oauth.py")).args(arguments);
    println!("{}", succeed(&mut script));
}

async fn jose_verifies_an_access_token(world: World) {
    let caller = world.service(&["users:read"]).await;
    let request = ExchangeTokenRequest {
        audience: vec!["billing".into()],
        ..Default::default()
    };
    let made = caller
        .tokens()
        .exchange_token(request)
        .await
        .unwrap()
        .into_inner();
    let script = with_jose().join("verify_with_jose.mjs");
    let mut node = Command::new("node");
    node.arg(script)
        .args([&world.endpoints().scim, &made.access_token, "billing"]);
    let claims: Value = serde_json::from_str(&succeed(&mut node)).expect("the claims");
    assert_eq!(
        (claims["jti"].as_str(), claims["scope"].as_str()),
        (Some(&*made.id), Some("users:read"))
    );
}

/// A folder with jose and the script, made at the first use. Without Node it fails and says so; `tests/run` installs it.
fn with_jose() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("jose");
        fs::create_dir_all(&place).expect("a folder");
        if !place.join("node_modules/jose").exists() {
            let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
            succeed(Command::new("npm").args(install).arg(&place).arg(JOSE));
        }
        let script = "verify_with_jose.mjs";
        fs::copy(folder().join(script), place.join(script)).expect("the script");
        place
    });
    made.clone()
}
