//! Tokens of every kind.

use identity_proto::v1::{
    CreateServiceAccountRequest, ExchangeTokenRequest, ServiceAccount, Token, TokenKind, TypedValue, User,
    service_account_service_client::ServiceAccountServiceClient,
};

use crate::harness::{
    Grpc, World, create_token,
    grpc::{Line, named},
    run_folder::fresh_name,
};

/// Names as a message has them.
pub(super) fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A new administrator.
pub(super) async fn admin(world: &World) -> User {
    let admin = User {
        roles: vec![TypedValue {
            value: "admin".into(),
            ..Default::default()
        }],
        ..named(&fresh_name("admin"))
    };
    world.grpc().try_create(admin).await.expect("an admin")
}

/// The secret of a new personal token.
pub(super) async fn personal(world: &World, user: &User, scopes: &[&str]) -> String {
    let token = Token {
        user_id: user.id.clone(),
        scopes: texts(scopes),
        ..Default::default()
    };
    create_token(&world.grpc(), TokenKind::Personal, token).await.1
}

/// The id of a new service account.
pub(super) async fn account(world: &World, scopes: &[&str], projects: &[String]) -> String {
    let request = CreateServiceAccountRequest {
        organization: world.organization().slug.clone(),
        service_account: Some(ServiceAccount {
            name: fresh_name("account"),
            scopes: texts(scopes),
            project_ids: projects.to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = accounts(world).create_service_account(request).await;
    let made = made.expect("a new service account").into_inner();
    made.service_account.expect("a service account").id
}

/// The generated client, as root.
pub(super) fn accounts(world: &World) -> ServiceAccountServiceClient<Line> {
    ServiceAccountServiceClient::new(world.grpc().line())
}

/// The secret of a new key of an account with these scopes.
pub(super) async fn key(world: &World, of_account: &[&str], own: &[&str]) -> String {
    let account = account(world, of_account, &[]).await;
    key_of(world, &account, own).await
}

/// The secret of a new key of this account.
pub(super) async fn key_of(world: &World, account: &str, scopes: &[&str]) -> String {
    let token = Token {
        service_account_id: account.to_owned(),
        scopes: texts(scopes),
        ..Default::default()
    };
    create_token(&world.grpc(), TokenKind::ServiceAccountKey, token)
        .await
        .1
}

/// An access token for this service, as much as its caller may.
pub(super) async fn access_token(world: &World, secret: &str) -> String {
    exchanged(&world.grpc().with_token(secret), &[]).await
}

/// An access token with no more than these scopes.
pub(super) async fn narrowed(world: &World, secret: &str, scopes: &[&str]) -> String {
    exchanged(&world.grpc().with_token(secret), scopes).await
}

async fn exchanged(caller: &Grpc, scopes: &[&str]) -> String {
    let request = ExchangeTokenRequest {
        audience: vec!["self".into()],
        scopes: texts(scopes),
        ..Default::default()
    };
    let made = caller.tokens().exchange_token(request).await;
    made.expect("an access token").into_inner().access_token
}
