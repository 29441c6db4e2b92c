//! Resources through the whole way: message, value, database, value, message.

use identity_proto::v1::{
    CreateTokenRequest, CreateUserRequest, GetUserRequest, ListUsersRequest, ListView, Token,
    UpdateUserRequest, User, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::world::{ORGANIZATION, World, as_root, assert_refused, user, with_token};

async fn create(world: &World, user: User) -> Result<User, Status> {
    let request = CreateUserRequest {
        organization: ORGANIZATION.into(),
        user: Some(user),
        ..Default::default()
    };
    let mut client = UserServiceClient::new(world.service.clone());
    Ok(client
        .create_user(as_root(request))
        .await?
        .into_inner()
        .user
        .unwrap())
}

async fn update(world: &World, user: User, paths: &[&str]) -> Result<User, Status> {
    let request = UpdateUserRequest {
        organization: ORGANIZATION.into(),
        user: Some(user),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(ToString::to_string).collect(),
        }),
        ..Default::default()
    };
    let mut client = UserServiceClient::new(world.service.clone());
    Ok(client
        .update_user(as_root(request))
        .await?
        .into_inner()
        .user
        .unwrap())
}

#[tokio::test]
async fn a_service_sees_the_user_that_was_created() {
    let world = World::new().await;
    let created = create(&world, user("ada")).await.unwrap();
    let token = world.token(&["users:read"]).await;
    let mut client = UserServiceClient::new(world.service.clone());
    let request = GetUserRequest {
        organization: String::new(),
        id: created.id.clone(),
        ..Default::default()
    };
    let read = client
        .get_user(with_token(&token, request))
        .await
        .unwrap()
        .into_inner()
        .user;
    assert_eq!(read, Some(created));
}

#[tokio::test]
async fn a_list_is_in_the_order_asked_for_and_says_how_many_there_are() {
    let world = World::new().await;
    for name in ["ada", "Charles", "bob"] {
        create(&world, user(name)).await.unwrap();
    }
    let request = ListUsersRequest {
        organization: ORGANIZATION.into(),
        page_size: 2,
        order_by: "user_name desc".into(),
        view: ListView::WithTotal.into(),
        ..Default::default()
    };
    let mut client = UserServiceClient::new(world.service.clone());
    let page = client.list_users(as_root(request)).await.unwrap().into_inner();
    let names: Vec<_> = page.users.iter().map(|user| user.user_name.as_str()).collect();
    assert_eq!((names, page.total_size), (vec!["Charles", "bob"], Some(3)));
    assert!(!page.next_page_token.is_empty());
}

#[tokio::test]
async fn an_update_clears_what_its_mask_names_without_a_value() {
    let world = World::new().await;
    let created = create(
        &world,
        User {
            title: "Clerk".into(),
            nick_name: "A".into(),
            ..user("ada")
        },
    )
    .await
    .unwrap();
    let sent = User {
        id: created.id.clone(),
        ..Default::default()
    };
    let updated = update(&world, sent, &["title"]).await.unwrap();
    assert_eq!((updated.title.as_str(), updated.nick_name.as_str()), ("", "A"));
    assert_ne!(updated.etag, created.etag);
}

#[tokio::test]
async fn an_update_of_another_version_is_aborted() {
    let world = World::new().await;
    let created = create(&world, user("ada")).await.unwrap();
    let sent = User {
        id: created.id,
        etag: "99".into(),
        title: "Clerk".into(),
        ..Default::default()
    };
    let status = update(&world, sent, &["title"]).await.unwrap_err();
    assert_refused(&status, Code::Aborted, "VERSION_MISMATCH");
}

#[tokio::test]
async fn names_are_taken_without_case() {
    let world = World::new().await;
    create(&world, user("ada")).await.unwrap();
    let status = create(&world, user("ADA")).await.unwrap_err();
    assert_refused(&status, Code::AlreadyExists, "RESOURCE_ALREADY_EXISTS");
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let world = World::new().await;
    let token = Token {
        kind: 1,
        name: "okta".into(),
        ..Default::default()
    };
    let request = CreateTokenRequest {
        organization: ORGANIZATION.into(),
        token: Some(token),
        request_id: "r-1".into(),
        ..Default::default()
    };
    let mut client = TokenServiceClient::new(world.service.clone());
    let first = client
        .create_token(as_root(request.clone()))
        .await
        .unwrap()
        .into_inner();
    assert!(first.secret.starts_with(&first.token.unwrap().secret_prefix));
    let repeat = client.create_token(as_root(request)).await.unwrap_err();
    assert_refused(&repeat, Code::AlreadyExists, "SECRET_ALREADY_SHOWN");
}
