//! OAuth over HTTP, and access tokens at both APIs.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use identity_proto::v1::{Token, TokenKind};
use serde_json::json;
use tonic::Code;

use crate::harness::{
    Answer, Http, Request, World, assert_refused, assert_status, create_token, everywhere, scim::text,
};

everywhere!(
    a_scim_client_signs_in_with_its_credentials,
    a_scim_client_is_told_its_scope_whatever_it_asks_for,
    an_access_token_is_a_bearer_token_of_both_apis,
    an_access_token_for_another_audience_is_refused_by_both_apis,
    an_access_token_of_another_organization_opens_nothing_here,
    a_token_is_exchanged_by_whoever_holds_it,
    introspection_and_revocation_act_at_once,
    a_deactivated_person_is_inactive_at_once,
    what_is_wrong_is_told_in_the_form_of_the_rfc,
    what_anybody_may_know_needs_no_token,
);

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A form of these parameters, sent with Basic credentials or without.
async fn post(world: &World, path: &str, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
    let encoded: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let mut request = Request::new("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded.join("&"));
    if let Some((id, secret)) = basic {
        let pair = BASE64.encode(format!("{}:{}", encode(id), encode(secret)).as_bytes());
        request = request.header("authorization", &format!("Basic {pair}"));
    }
    Http::new(world.endpoints().scim.clone()).send(request).await
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn signed_in(world: &World, id: &str, secret: &str) -> String {
    let form = [("grant_type", "client_credentials")];
    let answer = post(world, "/oauth2/token", Some((id, secret)), &form).await;
    text(&answer.expect(200)["access_token"])
}

async fn service(world: &World, scopes: &[&str]) -> (Token, String) {
    let token = Token {
        scopes: scopes.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    create_token(&world.grpc(), TokenKind::Service, token).await
}

async fn a_scim_client_signs_in_with_its_credentials(world: World) {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let client = format!("{}.{}", token.organization_id, token.connection_id);
    for id in [&client, &token.connection_id, &token.id] {
        let answer = post(
            &world,
            "/oauth2/token",
            Some((id, &secret)),
            &[("grant_type", "client_credentials"), ("scope", "scim")],
        )
        .await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.expect(200);
        assert_eq!(
            (&body["token_type"], &body["expires_in"]),
            (&json!("Bearer"), &json!(3600))
        );
        let scim = world.scim().with_token(&text(&body["access_token"]));
        scim.create_user(&format!("by-{id}")).await;
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client),
        ("client_secret", &secret),
    ];
    post(&world, "/oauth2/token", None, &form).await.expect(200);
}

async fn a_scim_client_is_told_its_scope_whatever_it_asks_for(world: World) {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    for scope in ["scim", "api://roster/.default openid", "users:write", ""] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let answer = post(&world, "/oauth2/token", Some((&token.id, &secret)), &form).await;
        let body = answer.expect(200);
        assert_eq!(body["scope"], json!("scim"), "{scope}");
        let scim = world.scim().with_token(&text(&body["access_token"]));
        scim.get("/Users").await.expect(200);
    }
}

async fn an_access_token_is_a_bearer_token_of_both_apis(world: World) {
    let (token, secret) = service(&world, &["users:read", "users:write"]).await;
    let access = signed_in(&world, &token.id, &secret).await;
    let ada = world.grpc().create_user("ada").await;
    let grpc = world.grpc().with_token(&access).naming("");
    assert_eq!(grpc.try_user(&ada.id).await.unwrap().id, ada.id);
    let scim = world.scim().with_token(&access);
    assert_refused(&scim.get("/Users").await, 403, None);
    assert_refused(&scim.get("/ServiceProviderConfig").await, 403, None);
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let access = signed_in(&world, &token.id, &secret).await;
    world.scim().with_token(&access).get("/Users").await.expect(200);
    let damaged = format!("{}x", &access[..access.len() - 1]);
    assert_refused(&world.scim().with_token(&damaged).get("/Users").await, 401, None);
}

async fn an_access_token_for_another_audience_is_refused_by_both_apis(world: World) {
    let (token, secret) = service(&world, &["users:read"]).await;
    let form = [("grant_type", "client_credentials"), ("audience", "billing")];
    let answer = post(&world, "/oauth2/token", Some((&token.id, &secret)), &form).await;
    let body = answer.expect(200);
    assert_eq!(body["expires_in"], 300);
    let access = text(&body["access_token"]);
    assert_refused(&world.scim().with_token(&access).get("/Users").await, 401, None);
    let refused = world.grpc().with_token(&access).naming("").try_user("x").await;
    assert_status(refused, Code::Unauthenticated, "TOKEN_INVALID");
}

async fn an_access_token_of_another_organization_opens_nothing_here(world: World) {
    let other = world.other().await;
    let (token, secret) = service(&other, &["users:read"]).await;
    let access = signed_in(&other, &token.id, &secret).await;
    let ada = world.grpc().create_user("ada").await;
    let place = format!("/Users/{}", ada.id);
    for grpc in [world.grpc(), world.grpc().naming("")] {
        let refused = grpc.with_token(&access).try_user(&ada.id).await;
        assert_status(refused, Code::NotFound, "RESOURCE_NOT_FOUND");
    }
    let (connection, its_secret) = create_token(&other.grpc(), TokenKind::Scim, Token::default()).await;
    let of_connection = signed_in(&other, &connection.id, &its_secret).await;
    assert_refused(
        &world.scim().with_token(&of_connection).get(&place).await,
        404,
        None,
    );
    let (asker, key) = service(&world, &["tokens:introspect"]).await;
    let basic = Some((asker.id.as_str(), key.as_str()));
    let told = post(&world, "/oauth2/introspect", basic, &[("token", &access)]).await;
    assert_eq!(told.expect(200), json!({"active": false}));

    let moved = renamed(&access, &other.organization().id, &world.organization().id);
    assert_refused(&world.scim().with_token(&moved).get(&place).await, 401, None);
    let refused = world.grpc().with_token(&moved).try_user(&ada.id).await;
    assert_status(refused, Code::Unauthenticated, "TOKEN_INVALID");
}

/// A token that says something else with the signature that it had.
fn renamed(token: &str, from: &str, to: &str) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let claims = BASE64URL_NOPAD.decode(parts[1].as_bytes()).expect("claims");
    let claims = String::from_utf8(claims).expect("JSON");
    assert!(claims.contains(from), "{claims}");
    let claims = BASE64URL_NOPAD.encode(claims.replace(from, to).as_bytes());
    format!("{}.{claims}.{}", parts[0], parts[2])
}

async fn a_token_is_exchanged_by_whoever_holds_it(world: World) {
    let (subject, secret) = service(&world, &["users:read"]).await;
    let (actor, key) = service(&world, &["groups:read"]).await;
    let form = [
        ("grant_type", EXCHANGE),
        ("subject_token", &secret),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", "billing"),
    ];
    for basic in [None, Some((actor.id.as_str(), key.as_str()))] {
        let body = post(&world, "/oauth2/token", basic, &form).await.expect(200);
        assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
        let (asker, secret) = service(&world, &["tokens:introspect"]).await;
        let access = text(&body["access_token"]);
        let form = [("token", access.as_str())];
        let told = post(&world, "/oauth2/introspect", Some((&asker.id, &secret)), &form).await;
        let told = told.expect(200);
        let client = basic.map_or(&subject.id, |_| &actor.id);
        assert_eq!(
            (&told["sub"], &told["client_id"]),
            (&json!(subject.id), &json!(client))
        );
        assert_eq!(told["aud"], json!(["billing"]));
    }
}

async fn introspection_and_revocation_act_at_once(world: World) {
    let (token, secret) = service(&world, &["users:read", "tokens:introspect"]).await;
    let access = signed_in(&world, &token.id, &secret).await;
    let basic = Some((token.id.as_str(), secret.as_str()));
    let is_active = async |token: &str| {
        let told = post(&world, "/oauth2/introspect", basic, &[("token", token)]).await;
        told.expect(200)["active"] == true
    };
    assert!(is_active(&access).await && is_active(&secret).await);
    let revoked = post(&world, "/oauth2/revoke", basic, &[("token", &access)]).await;
    assert_eq!(
        (revoked.status.as_u16(), revoked.body.len()),
        (200, 0),
        "{revoked}"
    );
    assert!(!is_active(&access).await && is_active(&secret).await);
    assert_refused(&world.scim().with_token(&access).get("/Users").await, 401, None);
    let unknown = post(&world, "/oauth2/revoke", basic, &[("token", "rst_unknown")]).await;
    assert_eq!(unknown.status, 200, "{unknown}");
}

/// Promise 3.
async fn a_deactivated_person_is_inactive_at_once(world: World) {
    let ada = text(&world.scim().create_user("ada").await["id"]);
    let personal = Token {
        user_id: ada.clone(),
        scopes: vec!["users:read".into()],
        ..Default::default()
    };
    let (token, secret) = create_token(&world.grpc(), TokenKind::Personal, personal).await;
    let access = signed_in(&world, &token.id, &secret).await;
    world.scim().with_token(&access).get("/Me").await.expect(200);
    let (asker, key) = service(&world, &["tokens:introspect"]).await;
    let ask = async || {
        let form = [("token", access.as_str())];
        let told = post(&world, "/oauth2/introspect", Some((&asker.id, &key)), &form).await;
        told.expect(200)["active"].clone()
    };
    assert_eq!(ask().await, true);
    let operations = json!([{"op": "replace", "path": "active", "value": false}]);
    let place = format!("/Users/{ada}");
    world.scim().patch(&place, operations).await.expect(200);
    assert_eq!(ask().await, false);
    assert_refused(&world.scim().with_token(&access).get("/Me").await, 401, None);
}

/// Basic credentials, a form, and the status and keyword of its refusal.
type Case<'a> = (Option<(&'a str, &'a str)>, &'a [(&'a str, &'a str)], u16, &'a str);

async fn what_is_wrong_is_told_in_the_form_of_the_rfc(world: World) {
    let (token, secret) = service(&world, &["users:read"]).await;
    let basic = Some((token.id.as_str(), secret.as_str()));
    let credentials = ("grant_type", "client_credentials");
    let cases: &[Case<'_>] = &[
        (basic, &[], 400, "invalid_request"),
        (
            basic,
            &[("grant_type", "password")],
            400,
            "unsupported_grant_type",
        ),
        (basic, &[credentials, credentials], 400, "invalid_request"),
        (
            basic,
            &[credentials, ("client_secret", &secret)],
            400,
            "invalid_request",
        ),
        (
            basic,
            &[credentials, ("scope", "users:write")],
            400,
            "invalid_scope",
        ),
        (basic, &[("grant_type", EXCHANGE)], 400, "invalid_request"),
        (None, &[credentials], 401, "invalid_client"),
        (Some(("x", &secret)), &[credentials], 401, "invalid_client"),
        (Some((&token.id, "rst_x")), &[credentials], 401, "invalid_client"),
        (Some((&token.id, "ü\n")), &[credentials], 401, "invalid_client"),
    ];
    for (basic, form, status, error) in cases {
        let answer = post(&world, "/oauth2/token", *basic, form).await;
        assert_eq!(answer.expect(*status)["error"], *error, "{form:?}");
    }
    let refused = post(&world, "/oauth2/introspect", basic, &[("token", "x")]).await;
    assert_eq!(refused.expect(403)["error"], "insufficient_scope");
    let (_, key) = service(&world, &["tokens:introspect"]).await;
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let nobody = post(&world, path, None, &[("token", "x")]).await;
        assert_eq!(nobody.expect(401)["error"], "invalid_client");
        assert!(nobody.header("www-authenticate").starts_with("Basic"), "{nobody}");
        let somebody_else = post(&world, path, Some(("x", &key)), &[("token", "x")]).await;
        assert_eq!(somebody_else.expect(401)["error"], "invalid_client", "{path}");
        for authorization in [
            format!("Bearer {key}"),
            format!("Basic {}", BASE64.encode(format!(":{key}").as_bytes())),
        ] {
            let request = Request::new("POST", path)
                .header("authorization", &authorization)
                .header("content-type", "application/x-www-form-urlencoded")
                .body("token=x&client_id=x");
            let answer = Http::new(world.endpoints().scim.clone()).send(request).await;
            assert_eq!(answer.expect(401)["error"], "invalid_client", "{path}");
        }
    }
    let http = Http::new(world.endpoints().scim.clone());
    let json = Request::new("POST", "/oauth2/token").header("content-type", "application/json");
    assert_eq!(http.send(json).await.expect(400)["error"], "invalid_request");
    assert_eq!(http.send(Request::new("GET", "/oauth2/token")).await.status, 405);
}

async fn what_anybody_may_know_needs_no_token(world: World) {
    let http = Http::new(world.endpoints().scim.clone());
    let get = async |path: &str| http.send(Request::new("GET", path)).await.expect(200);
    let metadata = get("/.well-known/oauth-authorization-server").await;
    let at = &world.endpoints().scim;
    assert_eq!(metadata["token_endpoint"], format!("{at}/oauth2/token"));
    assert_eq!(metadata["jwks_uri"], format!("{at}/.well-known/jwks.json"));
    let keys = get("/.well-known/jwks.json").await;
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("sig"))
    );
    assert!(key.get("d").is_none(), "{key}");
}
