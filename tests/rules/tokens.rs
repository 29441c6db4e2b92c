//! Numbers of tokens, and their rotation (rules 20 to 36).

use std::time::{Duration, SystemTime};

use identity_proto::v1::{
    DeleteTokenRequest, GetTokenRequest, ListTokensRequest, RotateTokenRequest, Token, TokenKind,
};
use tonic::{Code, Status};

use crate::harness::{Request, Scim, World, assert_refused, assert_status, create_token, everywhere};

everywhere!(
    several_tokens_are_valid_at_once_or_a_single_one,
    a_rotation_keeps_the_token_and_needs_nothing_by_default,
    the_policy_demands_ends_and_intervals_of_rotations,
    where_one_secret_counts_no_former_one_holds,
    an_authorization_is_read_in_every_spelling_that_is_typed,
    a_token_shows_its_age_its_end_and_its_use,
);

async fn rotate(world: &World, id: &str, ask: RotateTokenRequest) -> Result<(Token, Scim), Status> {
    let request = RotateTokenRequest {
        organization: world.organization().slug.clone(),
        id: id.to_owned(),
        ..ask
    };
    let rotated = world.grpc().tokens().rotate_token(request).await?.into_inner();
    let scim = world.scim().with_token(&rotated.secret);
    Ok((rotated.token.expect("a token"), scim))
}

/// A rotation to an end in so many days.
#[expect(clippy::disallowed_methods, reason = "an end is a time of the server's clock")]
fn to_end_in(days: u64) -> RotateTokenRequest {
    let end = SystemTime::now() + Duration::from_hours(24 * days);
    RotateTokenRequest {
        expire_time: Some(end.into()),
        ..Default::default()
    }
}

async fn only_token(world: &World) -> Token {
    let request = ListTokensRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let tokens = world.grpc().tokens().list_tokens(request).await.expect("tokens");
    tokens.into_inner().tokens.remove(0)
}

async fn several_tokens_are_valid_at_once_or_a_single_one(world: World) {
    let first = only_token(&world).await;
    let (second, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let other = world.scim().with_token(&secret);
    for scim in [&world.scim(), &other] {
        scim.get("/Users").await.expect(200);
    }
    world.set_policy(&[("tokens.max_active", "1")]).await;
    let delete = |token: &Token| DeleteTokenRequest {
        organization: world.organization().slug.clone(),
        id: token.id.clone(),
        ..Default::default()
    };
    let mut tokens = world.grpc().tokens();
    tokens.delete_token(delete(&first)).await.expect("a token less");
    assert_refused(&world.scim().get("/Users").await, 401, None);
    other.get("/Users").await.expect(200);
    let one_more = identity_proto::v1::CreateTokenRequest {
        organization: world.organization().slug.clone(),
        token: Some(Token {
            kind: TokenKind::Scim.into(),
            name: "next".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = tokens.create_token(one_more.clone()).await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    // Whoever missed the secret resets: the token goes, and a new one comes.
    tokens.delete_token(delete(&second)).await.expect("a token less");
    let made = tokens
        .create_token(one_more)
        .await
        .expect("a new token")
        .into_inner();
    world
        .scim()
        .with_token(&made.secret)
        .get("/Users")
        .await
        .expect(200);
}

async fn a_rotation_keeps_the_token_and_needs_nothing_by_default(world: World) {
    let before = only_token(&world).await;
    let (after, scim) = rotate(&world, &before.id, RotateTokenRequest::default())
        .await
        .expect("a rotation");
    assert_eq!((&after.id, &after.name), (&before.id, &before.name));
    let get = GetTokenRequest {
        organization: world.organization().slug.clone(),
        id: before.id.clone(),
    };
    let shown = world
        .grpc()
        .tokens()
        .get_token(get)
        .await
        .expect("the token")
        .into_inner();
    assert_eq!(shown.token.expect("a token").id, after.id);
    scim.get("/Users").await.expect(200);
    let (_, again) = rotate(&world, &before.id, RotateTokenRequest::default())
        .await
        .expect("at once");
    again.get("/Users").await.expect(200);
}

async fn the_policy_demands_ends_and_intervals_of_rotations(world: World) {
    world
        .set_policy(&[
            ("tokens.rotation_requires_expiry", "true"),
            ("tokens.rotation_min_interval", "1h"),
        ])
        .await;
    let endless = only_token(&world).await;
    let never = rotate(&world, &endless.id, to_end_in(9)).await.map(drop);
    assert!(
        never
            .as_ref()
            .is_err_and(|status| status.message().contains("without an end")),
        "{never:?}"
    );
    assert_status(never, Code::FailedPrecondition, "POLICY_FORBIDS");
    let ending = Token {
        expire_time: to_end_in(9).expire_time,
        ..Default::default()
    };
    let (ending, secret) = create_token(&world.grpc(), TokenKind::Scim, ending).await;
    let nothing = rotate(&world, &ending.id, RotateTokenRequest::default())
        .await
        .map(drop);
    assert!(
        nothing
            .as_ref()
            .is_err_and(|status| status.message().contains("a new end")),
        "{nothing:?}"
    );
    world.scim().with_token(&secret).get("/Users").await.expect(200);
    let (_, scim) = rotate(&world, &ending.id, to_end_in(90))
        .await
        .expect("a rotation");
    let soon = rotate(&world, &ending.id, to_end_in(91)).await.map(drop);
    assert_status(soon, Code::FailedPrecondition, "POLICY_FORBIDS");
    scim.get("/Users").await.expect(200);
}

async fn where_one_secret_counts_no_former_one_holds(world: World) {
    world.set_policy(&[("tokens.rotation_grace", "0")]).await;
    let token = only_token(&world).await;
    let overlap = RotateTokenRequest {
        overlap: Some(prost_types::Duration {
            seconds: 3600,
            nanos: 0,
        }),
        ..Default::default()
    };
    let refused = rotate(&world, &token.id, overlap).await.map(drop);
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    world.scim().get("/Users").await.expect(200);
    let (_, scim) = rotate(&world, &token.id, RotateTokenRequest::default())
        .await
        .expect("a rotation");
    assert_refused(&world.scim().get("/Users").await, 401, None);
    scim.get("/Users").await.expect(200);
}

async fn an_authorization_is_read_in_every_spelling_that_is_typed(world: World) {
    let send = async |value: &str| {
        let request = Request::new("GET", "/Users").header("authorization", value);
        world.scim().send(request).await
    };
    let token = world.scim_token();
    for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer Bearer "] {
        send(&format!("{scheme}{token}")).await.expect(200);
    }
    for wrong in [
        token.to_owned(),
        "Bearer".into(),
        format!("Basic {token}"),
        format!("Bearer x{token}"),
    ] {
        assert_refused(&send(&wrong).await, 401, None);
    }
}

async fn a_token_shows_its_age_its_end_and_its_use(world: World) {
    let ending = Token {
        expire_time: to_end_in(9).expire_time,
        ..Default::default()
    };
    let (made, secret) = create_token(&world.grpc(), TokenKind::Scim, ending.clone()).await;
    world.scim().with_token(&secret).get("/Users").await.expect(200);
    let request = ListTokensRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let listed = world
        .grpc()
        .tokens()
        .list_tokens(request)
        .await
        .expect("tokens")
        .into_inner();
    let token = listed
        .tokens
        .into_iter()
        .find(|token| token.id == made.id)
        .expect("the token");
    assert!(token.create_time.is_some() && token.expire_time.is_some());
    assert!(!token.secret_prefix.is_empty() && secret.starts_with(&token.secret_prefix));
}
