//! Tokens of people at both APIs.

use identity_proto::v1::{Token, TokenKind, User};
use serde_json::json;
use tonic::Code;

use crate::harness::{World, assert_refused, assert_status, create_token, everywhere, scim::text};

everywhere!(
    a_person_is_me,
    a_deactivated_person_is_refused_at_once_and_for_good,
    a_person_reads_nobody_else,
);

async fn personal(world: &World, user: &User) -> String {
    let token = Token {
        user_id: user.id.clone(),
        scopes: vec!["users:read".into(), "users:write".into()],
        ..Default::default()
    };
    create_token(&world.grpc(), TokenKind::Personal, token).await.1
}

/// A user whom the connection may deactivate.
async fn provisioned(world: &World) -> User {
    let id = text(&world.scim().create_user("ada").await["id"]);
    world.grpc().user(&id).await
}

async fn a_person_is_me(world: World) {
    let ada = world.grpc().create_user("ada").await;
    let scim = world.scim().with_token(&personal(&world, &ada).await);
    let answer = scim.get("/Me?attributes=userName").await;
    assert_eq!(answer.expect(200)["userName"], "ada");
    let place = format!("/Users/{}", ada.id);
    assert!(answer.header("location").ends_with(&place), "{answer}");
    for method in ["PUT", "PATCH", "DELETE"] {
        let answer = scim.send(scim.request_with(method, "/Me", &json!({}))).await;
        assert_eq!(answer.status, 308, "{method}: {answer}");
        assert!(answer.header("location").ends_with(&place), "{answer}");
    }
    let created = scim.send(scim.request_with("POST", "/Me", &json!({}))).await;
    assert_refused(&created, 501, None);
}

async fn a_deactivated_person_is_refused_at_once_and_for_good(world: World) {
    let ada = provisioned(&world).await;
    let secret = personal(&world, &ada).await;
    let me = world.scim().with_token(&secret);
    me.get("/Me").await.expect(200);
    for active in [false, true] {
        let operations = json!([{"op": "replace", "path": "active", "value": active}]);
        let place = format!("/Users/{}", ada.id);
        world.scim().patch(&place, operations).await.expect(200);
        assert_refused(&me.get("/Me").await, 401, None);
        let refused = world.grpc().with_token(&secret).naming("").try_user("me").await;
        assert_status(refused, Code::Unauthenticated, "TOKEN_INVALID");
    }
}

async fn a_person_reads_nobody_else(world: World) {
    let (ada, bob) = (
        world.grpc().create_user("ada").await,
        world.grpc().create_user("bob").await,
    );
    let secret = personal(&world, &ada).await;
    let grpc = world.grpc().with_token(&secret).naming("");
    assert_eq!(grpc.try_user("me").await.unwrap().id, ada.id);
    assert_eq!(grpc.try_user(&ada.id).await.unwrap().id, ada.id);
    let refused = grpc.try_user(&bob.id).await;
    assert_status(refused, Code::PermissionDenied, "SCOPE_MISSING");
    let scim = world.scim().with_token(&secret);
    assert_refused(&scim.get("/Users").await, 403, None);
    assert_refused(&scim.delete(&format!("/Users/{}", ada.id)).await, 403, None);
}
