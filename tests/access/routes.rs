//! Every SCIM route as every kind of caller, as `docs/authorization.md` promises.

use identity_proto::v1::{Token, TokenKind};
use serde_json::{Value, json};

use super::{
    kinds::{access_token, admin, personal, texts},
    table::{all_scopes, paths},
};
use crate::harness::{
    Http, ROOT_TOKEN, Request, World, assert_refused, create_token, everywhere, run_folder::fresh_name,
};

everywhere!(
    without_a_token_every_route_is_401,
    with_a_token_that_is_none_every_route_is_401,
    others_are_served_what_is_no_resource,
    connections_are_served_every_resource,
    probes_need_no_token,
);

/// Methods that a route may have.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every route below the base URL with every method that it has, and whom the documents say that it serves.
async fn routes(world: &World) -> Vec<(&'static str, String, &'static str)> {
    let nobody = world.scim().with_token("");
    let mut routes = Vec::new();
    for (path, serves) in paths().into_iter().filter(|(path, _)| {
        !["/oauth2", "/.well-known", "/access"]
            .iter()
            .any(|other| path.starts_with(other))
    }) {
        let path = path
            .replace("{id}", "x")
            .replace("{name}", "User")
            .replace("{urn}", "urn:ietf:params:scim:schemas:core:2.0:User");
        for method in METHODS {
            let answer = nobody.send(nobody.request(method, &path)).await;
            if answer.status != 405 {
                routes.push((method, path.clone(), serves));
            }
        }
    }
    routes
}

async fn without_a_token_every_route_is_401(world: World) {
    assert_closed(&world, |request| request.without("authorization")).await;
}

async fn with_a_token_that_is_none_every_route_is_401(world: World) {
    assert_closed(&world, |request| {
        request.header("authorization", "Bearer rst_nonsense")
    })
    .await;
}

async fn assert_closed(world: &World, bend: impl Fn(Request) -> Request) {
    let (scim, before) = (world.scim(), world.grpc().revision().await);
    for (method, path, _) in routes(world).await {
        for body in [Value::Null, json!({"userName": "ada", "displayName": "ada"})] {
            let answer = scim.send(bend(scim.request_with(method, &path, &body))).await;
            assert_eq!(answer.status, 401, "{method} {path}: {answer}");
            assert_refused(&answer, 401, None);
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
        }
    }
    assert_eq!(world.grpc().revision().await, before);
}

/// Checks which callers a route serves besides connections.
async fn others_are_served_what_is_no_resource(world: World) {
    let admin = admin(&world).await;
    let member = world.grpc().create_user(&fresh_name("member")).await;
    let service = world.service_token(&all_scopes()).await;
    let project = limited(&world).await;
    let admins = personal(&world, &admin, &all_scopes()).await;
    let callers = [
        ("root", Doing::AsOperator, ROOT_TOKEN.to_owned()),
        (
            "a service",
            Doing::AsService,
            access_token(&world, &service).await,
        ),
        ("a service", Doing::AsService, service),
        ("a limited service", Doing::Nothing, project),
        ("an admin", Doing::AsAdmin, access_token(&world, &admins).await),
        ("an admin", Doing::AsAdmin, admins),
        (
            "a member",
            Doing::AsMember,
            personal(&world, &member, &all_scopes()).await,
        ),
    ];
    let before = world.grpc().revision().await;
    for (method, path, serves) in routes(&world).await {
        for (kind, doing, secret) in &callers {
            let scim = world.scim().with_token(secret);
            let body = json!({"userName": "eve", "displayName": "eve", "schemas": [], "Operations": []});
            let answer = scim.send(scim.request_with(method, &path, &body)).await;
            match (serves, doing) {
                ("every token", Doing::AsService | Doing::AsAdmin) => {
                    answer.expect(200);
                }
                ("persons", Doing::AsAdmin | Doing::AsMember) => {
                    assert!(answer.status.as_u16() != 403, "{kind}, {method} {path}: {answer}");
                }
                // It belongs to no organization, or to no person.
                ("every token", Doing::AsOperator) | ("persons", Doing::AsOperator | Doing::AsService) => {
                    assert!(answer.status.as_u16() >= 400, "{kind}, {method} {path}: {answer}");
                }
                _ => assert_eq!(answer.status, 403, "{kind}, {method} {path}: {answer}"),
            }
        }
    }
    assert_eq!(
        world.grpc().revision().await,
        before,
        "somebody changed something"
    );
}

/// The SCIM requests that a caller may make.
enum Doing {
    AsOperator,
    AsService,
    AsAdmin,
    AsMember,
    Nothing,
}

/// A connection is served by each of its tokens, whatever the route.
async fn connections_are_served_every_resource(world: World) {
    let access = access_token(&world, world.scim_token()).await;
    for (method, path, serves) in routes(&world).await {
        for secret in [world.scim_token(), &access] {
            let scim = world.scim().with_token(secret);
            let answer = scim.send(scim.request_with(method, &path, &json!({}))).await;
            let is_refused = matches!(answer.status.as_u16(), 401 | 403);
            assert!(!is_refused || serves == "persons", "{method} {path}: {answer}");
        }
    }
}

async fn limited(world: &World) -> String {
    let token = Token {
        scopes: texts(&all_scopes()),
        project_ids: vec!["01890a5d-ac96-774b-bcce-b302099a8057".into()],
        ..Default::default()
    };
    create_token(&world.grpc(), TokenKind::Service, token).await.1
}

async fn probes_need_no_token(world: World) {
    let http = Http::new(world.endpoints().scim.clone());
    for path in ["/livez", "/readyz"] {
        let answer = http.send(Request::new("GET", path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
    }
}
