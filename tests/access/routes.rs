//! Every SCIM route without a token that is valid.

use serde_json::{Value, json};

use crate::harness::{Http, Request, World, assert_refused, everywhere};

everywhere!(
    without_a_token_every_route_is_401,
    with_a_token_that_is_none_every_route_is_401,
    with_a_service_token_only_its_scopes_are_served,
    probes_need_no_token,
);

/// Every route, with every method it has.
const ROUTES: &[(&str, &[&str])] = &[
    ("/Users", &["GET", "POST"]),
    ("/Users/x", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/Users/.search", &["POST"]),
    ("/Groups", &["GET", "POST"]),
    ("/Groups/x", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/Groups/.search", &["POST"]),
    ("/.search", &["POST"]),
    ("/Roles", &["GET"]),
    ("/Roles/admin", &["GET"]),
    ("/Entitlements", &["GET"]),
    ("/Entitlements/x", &["GET"]),
    ("/Bulk", &["POST"]),
    ("/Me", &["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ("/ServiceProviderConfig", &["GET"]),
    ("/ResourceTypes", &["GET"]),
    ("/ResourceTypes/User", &["GET"]),
    ("/Schemas", &["GET"]),
    ("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", &["GET"]),
];

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
    for (path, methods) in ROUTES {
        for method in *methods {
            for body in [Value::Null, json!({"userName": "ada", "displayName": "ada"})] {
                let answer = scim.send(bend(scim.request_with(method, path, &body))).await;
                assert_eq!(answer.status, 401, "{method} {path}: {answer}");
                assert_refused(&answer, 401, None);
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
            }
        }
    }
    assert_eq!(world.grpc().revision().await, before);
}

/// The facade does nothing that another client with the same token could not do, and no less.
async fn with_a_service_token_only_its_scopes_are_served(world: World) {
    let reader = world
        .service_token(&["users:read", "policy:read", "schemas:read"])
        .await;
    let scim = world.scim().with_token(&reader);
    scim.get("/Users").await.expect(200);
    assert_refused(&scim.post("/Users", &json!({"userName": "ada"})).await, 403, None);
    assert_refused(&scim.get("/Groups").await, 403, None);
}

async fn probes_need_no_token(world: World) {
    let http = Http::new(world.doors().scim.clone());
    for path in ["/livez", "/readyz"] {
        let answer = http.send(Request::new("GET", path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
    }
}
