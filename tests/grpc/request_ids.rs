//! `request_id`: a create that is repeated after a lost answer happens once.

use futures::future::join_all;
use identity_proto::v1::{
    CreateGroupRequest, CreateTokenRequest, CreateUserRequest, Group, Token, TokenKind, User,
};
use tonic::{Code, Status};

use crate::harness::{Grpc, World, assert_status, everywhere, grpc::named};

everywhere!(
    a_repeated_create_gives_the_first_answer,
    parallel_repeats_create_once,
    a_request_id_serves_one_request,
    a_request_id_means_nothing_in_another_organization,
    a_repeated_create_of_a_secret_does_not_show_it_again,
    a_group_is_created_once_too,
);

async fn a_repeated_create_gives_the_first_answer(world: World) {
    let grpc = world.grpc();
    let first = create(&grpc, "ada", "r-1").await.unwrap();
    let renamed = User {
        id: first.id.clone(),
        ..named("lovelace")
    };
    grpc.update_user(renamed, &["user_name"]).await.unwrap();
    let before = grpc.revision().await;

    let again = create(&grpc, "ada", "r-1").await.unwrap();

    assert_eq!(again.id, first.id);
    assert_eq!(grpc.revision().await, before);
}

async fn parallel_repeats_create_once(world: World) {
    let grpc = world.grpc();
    let answers = join_all((0..20).map(|_| create(&grpc, "ada", "r-1"))).await;
    let ids: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(grpc.organization().await.user_count, 1);
}

async fn a_request_id_serves_one_request(world: World) {
    let grpc = world.grpc();
    create(&grpc, "ada", "r-1").await.unwrap();
    let other = create(&grpc, "bob", "r-1").await;
    assert_status(other, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let long = create(&grpc, "bob", &"r".repeat(129)).await;
    assert_status(long, Code::InvalidArgument, "FIELD_INVALID");
}

async fn a_request_id_means_nothing_in_another_organization(world: World) {
    let here = create(&world.grpc(), "ada", "r-1").await.unwrap();
    let there = create(&world.other().await.grpc(), "ada", "r-1").await.unwrap();
    assert_ne!(here.id, there.id);
}

async fn a_repeated_create_of_a_secret_does_not_show_it_again(world: World) {
    let grpc = world.grpc();
    let token = Token {
        name: "billing".into(),
        kind: TokenKind::Service.into(),
        scopes: vec!["users:read".into()],
        ..Default::default()
    };
    let request = CreateTokenRequest {
        organization: grpc.organization_named(),
        token: Some(token),
        request_id: "r-1".into(),
        ..Default::default()
    };
    grpc.tokens().create_token(request.clone()).await.unwrap();
    let again = grpc.tokens().create_token(request).await;
    assert_status(again, Code::AlreadyExists, "SECRET_ALREADY_SHOWN");
}

async fn a_group_is_created_once_too(world: World) {
    let grpc = world.grpc();
    let request = CreateGroupRequest {
        organization: grpc.organization_named(),
        group: Some(Group {
            display_name: "Team".into(),
            ..Default::default()
        }),
        request_id: "r-1".into(),
        ..Default::default()
    };
    let first = grpc
        .groups()
        .create_group(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = grpc.groups().create_group(request).await.unwrap().into_inner();
    assert_eq!(first, again);
}

async fn create(grpc: &Grpc, user_name: &str, request_id: &str) -> Result<User, Status> {
    let request = CreateUserRequest {
        organization: grpc.organization_named(),
        user: Some(named(user_name)),
        request_id: request_id.into(),
        ..Default::default()
    };
    Ok(grpc
        .users()
        .create_user(request)
        .await?
        .into_inner()
        .user
        .expect("a user"))
}
