//! Every RPC as every kind of caller, as `docs/authorization.md` promises.

use std::time::Duration;

use bytes::Bytes;
use identity_proto::v1::{
    ChangeAction, Connection, ConnectionStatus, DeleteServiceAccountRequest, DeleteTokenRequest,
    Organization, OrganizationStatus, RevokeTokenRequest, ServiceAccount, Token, TokenKind,
    UpdateConnectionRequest, UpdateOrganizationRequest, UpdateServiceAccountRequest,
};
use tonic::{Code, Status};

use super::{
    entries::ENTRIES,
    fixture::Fixture,
    kinds::{access_token, account, accounts, admin, key, key_of, narrowed, personal, texts},
    table::{Row, Takes, all_scopes, rows},
};
use crate::harness::{
    World, assert_status, create_token, everywhere,
    grpc::{mask, reason_of},
    raw,
    run_folder::fresh_name,
};

everywhere!(
    callers_with_every_scope_are_served_all_but_what_is_roots,
    a_connection_is_served_its_column,
    a_person_is_served_its_column,
    callers_limited_to_projects_are_served_their_column,
    without_its_scope_no_kind_of_caller_is_served,
    with_no_more_than_its_scope_every_kind_of_caller_is_served,
    tokens_that_ended_serve_nothing,
    tokens_of_a_suspended_organization_serve_nothing,
);

/// Everything that the documents promise of a caller.
type Promise = fn(&Row) -> bool;

fn no_root(row: &Row) -> bool {
    row.takes() != Takes::Root
}

async fn callers_with_every_scope_are_served_all_but_what_is_roots(world: World) {
    let admin = admin(&world).await;
    let callers = [
        ("a service token", world.service_token(&all_scopes()).await),
        (
            "a key without scopes of its own",
            key(&world, &all_scopes(), &[]).await,
        ),
        (
            "a key with its own",
            key(&world, &all_scopes(), &all_scopes()).await,
        ),
        (
            "an admin's personal token",
            personal(&world, &admin, &all_scopes()).await,
        ),
    ];
    for (kind, secret) in callers {
        assert_column(&world, kind, &secret, no_root).await;
        let access = access_token(&world, &secret).await;
        assert_column(&world, &format!("an access token of {kind}"), &access, no_root).await;
    }
}

async fn a_connection_is_served_its_column(world: World) {
    let access = access_token(&world, world.scim_token()).await;
    for (kind, secret) in [
        ("a SCIM token", world.scim_token()),
        ("an access token of one", &access),
    ] {
        assert_column(&world, kind, secret, |row| row.connections).await;
    }
}

async fn a_person_is_served_its_column(world: World) {
    let member = world.grpc().create_user(&fresh_name("member")).await;
    let secret = personal(&world, &member, &all_scopes()).await;
    let access = access_token(&world, &secret).await;
    for (kind, secret) in [
        ("a member's personal token", secret),
        ("an access token of one", access),
    ] {
        let fixture = Fixture {
            // What a person is served is about itself.
            user: member.id.clone(),
            ..Fixture::make(&world).await
        };
        assert_served(&world, (kind, &secret), &fixture, |row| row.persons).await;
    }
}

async fn callers_limited_to_projects_are_served_their_column(world: World) {
    let admin = admin(&world).await;
    let fixture = Fixture::make(&world).await;
    let limits = vec![fixture.project.clone()];
    let token = |kind, token: Token| {
        let token = Token {
            scopes: texts(&all_scopes()),
            project_ids: limits.clone(),
            ..token
        };
        let root = world.grpc();
        async move { create_token(&root, kind, token).await.1 }
    };
    let of_account = Token {
        service_account_id: account(&world, &all_scopes(), &[]).await,
        ..Token::default()
    };
    let of_admin = Token {
        user_id: admin.id.clone(),
        ..Token::default()
    };
    let limited_account = Token {
        service_account_id: account(&world, &all_scopes(), &limits).await,
        ..Token::default()
    };
    let mut callers = vec![
        (
            "a service token",
            token(TokenKind::Service, Token::default()).await,
        ),
        ("a key", token(TokenKind::ServiceAccountKey, of_account).await),
        (
            "an admin's personal token",
            token(TokenKind::Personal, of_admin).await,
        ),
        (
            "a key of an account that is limited",
            create_token(&world.grpc(), TokenKind::ServiceAccountKey, limited_account)
                .await
                .1,
        ),
    ];
    let access = access_token(&world, &callers[0].1).await;
    callers.push(("an access token", access));
    for (kind, secret) in callers {
        assert_served(&world, (kind, &secret), &fixture, |row| row.limited).await;
    }
}

async fn without_its_scope_no_kind_of_caller_is_served(world: World) {
    let admin = admin(&world).await;
    let fixture = Fixture::make(&world).await;
    for scope in all_scopes() {
        let others: Vec<_> = all_scopes().into_iter().filter(|other| *other != scope).collect();
        let narrow = account(&world, &others, &[]).await;
        let callers = [
            key_of(&world, &narrow, &[]).await,
            personal(&world, &admin, &others).await,
            narrowed(&world, &world.service_token(&all_scopes()).await, &others).await,
            // A key has no scope that its account lost.
            robbed(&world, scope).await,
        ];
        for row in rows().iter().filter(|row| row.takes() == Takes::Scope(scope)) {
            for secret in &callers {
                let answer = call(&world, secret, row, &fixture).await;
                assert_status(answer, Code::PermissionDenied, "SCOPE_MISSING");
            }
        }
    }
}

async fn with_no_more_than_its_scope_every_kind_of_caller_is_served(world: World) {
    for scope in all_scopes() {
        // An organization has room for fewer schemas than there are scopes.
        let world = world.other().await;
        let (admin, fixture) = (admin(&world).await, Fixture::make(&world).await);
        let callers = [
            key(&world, &all_scopes(), &[scope]).await,
            personal(&world, &admin, &[scope]).await,
            narrowed(&world, &world.service_token(&all_scopes()).await, &[scope]).await,
        ];
        for row in rows().iter().filter(|row| row.takes() == Takes::Scope(scope)) {
            for secret in &callers {
                let answer = call(&world, secret, row, &fixture).await;
                assert!(is_served(&answer), "{row:?}: {answer:?}");
            }
        }
    }
}

async fn tokens_that_ended_serve_nothing(world: World) {
    let fixture = Fixture::make(&world).await;
    let ended = [
        ("expired", expired(&world).await),
        ("deleted", deleted(&world).await),
        ("a key of a deleted account", key_of_deleted_account(&world).await),
        ("a deactivated person's", deactivated(&world).await),
        ("revoked", revoked(&world).await),
        ("of a disabled connection", disabled(&world).await),
    ];
    let before = world.grpc().revision().await;
    for row in rows().iter().filter(|row| row.takes() != Takes::Nothing) {
        for (kind, secret) in &ended {
            let refused = call(&world, secret, row, &fixture).await.unwrap_err();
            let expected = if kind.contains("connection") {
                (Code::FailedPrecondition, "CONNECTION_DISABLED")
            } else {
                (Code::Unauthenticated, "TOKEN_INVALID")
            };
            assert_eq!(
                (refused.code(), &*reason_of(&refused)),
                expected,
                "{kind}, {row:?}"
            );
        }
    }
    let mut changes = world.grpc().changes_after(before).await;
    // The server tells by itself, now and then, of tokens that end soon.
    changes.retain(|change| change.action() != ChangeAction::ExpiresSoon);
    assert!(changes.is_empty(), "{changes:?}");
}

async fn tokens_of_a_suspended_organization_serve_nothing(world: World) {
    let fixture = Fixture::make(&world).await;
    let admin = admin(&world).await;
    let service = world.service_token(&all_scopes()).await;
    let callers = [
        access_token(&world, &service).await,
        access_token(&world, world.scim_token()).await,
        personal(&world, &admin, &all_scopes()).await,
        key(&world, &all_scopes(), &[]).await,
        world.scim_token().to_owned(),
        service,
    ];
    let organization = Organization {
        slug: world.organization().slug.clone(),
        status: OrganizationStatus::Suspended.into(),
        ..Default::default()
    };
    let request = UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(mask(&["status"])),
        ..Default::default()
    };
    let suspended = world.grpc().organizations().update_organization(request).await;
    suspended.expect("a suspended organization");
    let before = world.grpc().revision().await;
    for row in rows().iter().filter(|row| row.takes() != Takes::Nothing) {
        for secret in &callers {
            let refused = call(&world, secret, row, &fixture).await.unwrap_err();
            assert_eq!(
                reason_of(&refused),
                "ORGANIZATION_SUSPENDED",
                "{row:?}: {refused:?}"
            );
        }
    }
    assert_eq!(world.grpc().revision().await, before);
}

/// Makes every call on things of its own.
async fn assert_column(world: &World, kind: &str, secret: &str, promise: Promise) {
    let fixture = Fixture::make(world).await;
    assert_served(world, (kind, secret), &fixture, promise).await;
}

/// Makes first the calls that must be refused, which must change nothing, and then those that must not.
async fn assert_served(world: &World, (kind, secret): (&str, &str), fixture: &Fixture, promise: Promise) {
    let rows: Vec<_> = rows()
        .into_iter()
        .filter(|row| row.takes() != Takes::Nothing)
        .collect();
    let before = world.grpc().revision().await;
    for row in rows.iter().filter(|row| !promise(row)) {
        let refused = call(world, secret, row, fixture).await;
        let Err(status) = refused else {
            panic!("{kind} is served {row:?}");
        };
        assert_eq!(
            status.code(),
            Code::PermissionDenied,
            "{kind}, {row:?}: {status:?}"
        );
        let reason = reason_of(&status);
        assert!(
            ["SCOPE_MISSING", "CALLER_NOT_ALLOWED"].contains(&&*reason),
            "{kind}, {row:?}: {reason}"
        );
    }
    assert_eq!(world.grpc().revision().await, before, "{kind}");
    for row in rows.iter().filter(|row| promise(row)) {
        let answer = call(world, secret, row, fixture).await;
        assert!(is_served(&answer), "{kind}, {row:?}: {answer:?}");
    }
}

/// Tells whether a caller may make the call, whatever became of what it is about: the calls before have changed and deleted things.
fn is_served(answer: &Result<Bytes, Status>) -> bool {
    let code = answer.as_ref().map_or_else(Status::code, |_| Code::Ok);
    !matches!(
        code,
        Code::Unauthenticated | Code::PermissionDenied | Code::Internal | Code::Unknown | Code::Unimplemented
    )
}

async fn call(world: &World, secret: &str, row: &Row, fixture: &Fixture) -> Result<Bytes, Status> {
    let entry = ENTRIES
        .iter()
        .find(|entry| entry.method == row.method)
        .expect("an entry");
    let caller = world.grpc().with_token(secret);
    raw::call(&caller, row.method, (entry.request)(fixture)).await
}

/// A key with every scope, of an account that lost one since.
async fn robbed(world: &World, scope: &str) -> String {
    let account = account(world, &all_scopes(), &[]).await;
    let secret = key_of(world, &account, &all_scopes()).await;
    let others: Vec<_> = all_scopes().into_iter().filter(|other| *other != scope).collect();
    let request = UpdateServiceAccountRequest {
        organization: world.organization().slug.clone(),
        service_account: Some(ServiceAccount {
            id: account,
            scopes: texts(&others),
            ..Default::default()
        }),
        update_mask: Some(mask(&["scopes"])),
        ..Default::default()
    };
    let updated = accounts(world).update_service_account(request).await;
    updated.expect("an account with less");
    secret
}

/// A token that had every scope until it expired.
async fn expired(world: &World) -> String {
    // The time comes from the server's answers, as the test reads no clock.
    let (first, _) = create_token(&world.grpc(), TokenKind::Service, service()).await;
    let mut end = first.create_time.expect("a time");
    end.seconds += 2;
    let token = Token {
        expire_time: Some(end),
        ..service()
    };
    let secret = create_token(&world.grpc(), TokenKind::Service, token).await.1;
    let caller = world.grpc().with_token(&secret);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    while caller.try_user("x").await.unwrap_err().code() != Code::Unauthenticated {
        ticks.tick().await;
    }
    secret
}

fn service() -> Token {
    Token {
        scopes: texts(&all_scopes()),
        ..Default::default()
    }
}

async fn deleted(world: &World) -> String {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Service, service()).await;
    let request = DeleteTokenRequest {
        organization: world.organization().slug.clone(),
        id: token.id,
        ..Default::default()
    };
    let deleted = world.grpc().tokens().delete_token(request).await;
    deleted.expect("a deleted token");
    secret
}

async fn key_of_deleted_account(world: &World) -> String {
    let account = account(world, &all_scopes(), &[]).await;
    let secret = key_of(world, &account, &[]).await;
    let request = DeleteServiceAccountRequest {
        organization: world.organization().slug.clone(),
        id: account,
        ..Default::default()
    };
    let deleted = accounts(world).delete_service_account(request).await;
    deleted.expect("a deleted account");
    secret
}

async fn deactivated(world: &World) -> String {
    // Not the last admin.
    admin(world).await;
    let leaver = admin(world).await;
    let secret = personal(world, &leaver, &all_scopes()).await;
    world
        .grpc()
        .delete_user(&leaver.id)
        .await
        .expect("a deleted user");
    secret
}

async fn revoked(world: &World) -> String {
    let secret = access_token(world, &world.service_token(&all_scopes()).await).await;
    let request = RevokeTokenRequest {
        organization: world.organization().slug.clone(),
        token: secret.clone(),
        ..Default::default()
    };
    let revoked = world.grpc().tokens().revoke_token(request).await;
    revoked.expect("a revoked token");
    secret
}

async fn disabled(world: &World) -> String {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let request = UpdateConnectionRequest {
        organization: world.organization().slug.clone(),
        connection: Some(Connection {
            id: token.connection_id,
            status: ConnectionStatus::Disabled.into(),
            ..Default::default()
        }),
        update_mask: Some(mask(&["status"])),
        ..Default::default()
    };
    let updated = world.grpc().connections().update_connection(request).await;
    updated.expect("a disabled connection");
    secret
}
