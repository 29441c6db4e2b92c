//! Tokens at both APIs: what is refused, from when on.

use std::time::Duration;

use identity_proto::v1::{
    Connection, ConnectionStatus, DeleteTokenRequest, ListConnectionsRequest, Organization,
    OrganizationStatus, RotateTokenRequest, Token, TokenKind, UpdateConnectionRequest,
    UpdateOrganizationRequest,
};
use tonic::Code;

use crate::harness::{World, assert_refused, assert_status, create_token, everywhere, grpc::mask};

everywhere!(
    a_token_that_is_no_token_is_refused,
    a_secret_rotated_out_without_overlap_stops_at_once,
    a_deleted_token_stops_at_once,
    an_expired_token_is_refused,
    the_tokens_of_a_disabled_connection_are_refused,
    a_suspended_organization_serves_only_root,
    a_secret_is_shown_once,
);

async fn a_token_that_is_no_token_is_refused(world: World) {
    let real = world.scim_token();
    let damaged = format!(
        "{}{}",
        &real[..real.len() - 1],
        if real.ends_with('a') { 'b' } else { 'a' }
    );
    let upper = real.to_uppercase();
    for token in [
        "",
        "x",
        "rst_",
        "rst_aaaa",
        "Basic",
        &damaged,
        &real[..20],
        &upper,
        "rst_ä",
        &"a".repeat(5000),
    ] {
        assert_refused(&world.scim().with_token(token).get("/Users").await, 401, None);
    }
    for token in ["x", "rst_", "rst_aaaa", &damaged, &real[..20], &"a".repeat(5000)] {
        let refused = world.grpc().with_token(token).try_user("x").await;
        assert_status(refused, Code::Unauthenticated, "TOKEN_INVALID");
    }
}

async fn a_secret_rotated_out_without_overlap_stops_at_once(world: World) {
    let (token, old) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let organization = world.organization().slug.clone();
    let request = RotateTokenRequest {
        organization,
        id: token.id.clone(),
        overlap: Some(prost_types::Duration::default()),
        ..Default::default()
    };
    world.scim().with_token(&old).get("/Users").await.expect(200);

    let rotated = world
        .grpc()
        .tokens()
        .rotate_token(request)
        .await
        .unwrap()
        .into_inner();

    assert_eq!(rotated.token.unwrap().id, token.id);
    assert_refused(&world.scim().with_token(&old).get("/Users").await, 401, None);
    world
        .scim()
        .with_token(&rotated.secret)
        .get("/Users")
        .await
        .expect(200);
}

async fn a_deleted_token_stops_at_once(world: World) {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    world.scim().with_token(&secret).get("/Users").await.expect(200);
    let organization = world.organization().slug.clone();
    let request = DeleteTokenRequest {
        organization,
        id: token.id,
        ..Default::default()
    };
    world.grpc().tokens().delete_token(request).await.unwrap();
    assert_refused(&world.scim().with_token(&secret).get("/Users").await, 401, None);
}

async fn an_expired_token_is_refused(world: World) {
    // The time comes from the server's answers, as the test reads no clock.
    let (first, _) = create_token(&world.grpc(), TokenKind::Service, scopes(&["users:read"])).await;
    let mut end = first.create_time.unwrap();
    end.seconds += 5;
    let ending = Token {
        expire_time: Some(end),
        ..Default::default()
    };
    let (_, secret) = create_token(&world.grpc(), TokenKind::Scim, ending).await;

    world.scim().with_token(&secret).get("/Users").await.expect(200);
    assert_refused_in_time(&world, &secret).await;
}

async fn the_tokens_of_a_disabled_connection_are_refused(world: World) {
    let request = ListConnectionsRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let list = world
        .grpc()
        .connections()
        .list_connections(request)
        .await
        .unwrap()
        .into_inner();
    let status = ConnectionStatus::Disabled.into();
    let request = UpdateConnectionRequest {
        organization: world.organization().slug.clone(),
        connection: Some(Connection {
            id: list.connections[0].id.clone(),
            status,
            ..Default::default()
        }),
        update_mask: Some(mask(&["status"])),
        ..Default::default()
    };
    world.scim().get("/Users").await.expect(200);

    world
        .grpc()
        .connections()
        .update_connection(request)
        .await
        .unwrap();

    let answer = world.scim().get("/Users").await;
    assert_refused(&answer, 403, None);
}

async fn a_suspended_organization_serves_only_root(world: World) {
    let service = world.service(&["users:read"]).await;
    let organization = Organization {
        status: OrganizationStatus::Suspended.into(),
        slug: world.organization().slug.clone(),
        ..Default::default()
    };
    let request = UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(mask(&["status"])),
        ..Default::default()
    };

    world
        .grpc()
        .organizations()
        .update_organization(request)
        .await
        .unwrap();

    assert_refused(&world.scim().get("/Users").await, 403, None);
    assert_status(
        service.try_user("x").await,
        Code::FailedPrecondition,
        "ORGANIZATION_SUSPENDED",
    );
    assert_eq!(
        world.grpc().organization().await.status(),
        OrganizationStatus::Suspended
    );
}

async fn a_secret_is_shown_once(world: World) {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Service, scopes(&["users:read"])).await;
    assert!(secret.starts_with("rst_"));
    assert!(secret.starts_with(&token.secret_prefix));
    let log = format!("{:?}", world.grpc().changes_after(0).await);
    assert!(!log.contains(&secret[token.secret_prefix.len()..]));
}

fn scopes(names: &[&str]) -> Token {
    Token {
        scopes: names.iter().map(ToString::to_string).collect(),
        ..Default::default()
    }
}

/// Asks until the token is refused, as a test cannot move the server's clock.
async fn assert_refused_in_time(world: &World, secret: &str) {
    let scim = world.scim().with_token(secret);
    let asking = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            let answer = scim.get("/Users?count=0").await;
            if answer.status != 200 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .expect("an end");
    assert_refused(&answer, 401, None);
}
