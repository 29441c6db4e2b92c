//! Deleted users: shown on request, and brought back.

use identity_proto::v1::{
    GetUserRequest, ListUsersRequest, Organization, TypedValue, UndeleteUserRequest,
    UpdateOrganizationRequest, User,
};
use tonic::{Code, Status};

use crate::harness::{
    Grpc, World, assert_status, everywhere,
    grpc::{mask, named},
};

everywhere!(
    a_deleted_user_is_shown_on_request,
    a_deleted_user_comes_back_as_it_was,
    a_deleted_user_whose_name_is_taken_stays_deleted,
    a_deleted_user_comes_back_where_there_is_a_seat,
    roles_come_back_only_to_who_may_give_them,
);

async fn undelete(grpc: &Grpc, id: &str) -> Result<User, Status> {
    let request = UndeleteUserRequest {
        organization: grpc.organization_named(),
        id: id.to_owned(),
        ..Default::default()
    };
    let back = grpc.users().undelete_user(request).await?;
    Ok(back.into_inner().user.expect("a user"))
}

/// Creates a user, and deletes it.
async fn deleted(grpc: &Grpc, user: User) -> String {
    let id = grpc.try_create(user).await.expect("a new user").id;
    grpc.delete_user(&id).await.expect("it is deleted");
    id
}

async fn a_deleted_user_is_shown_on_request(world: World) {
    let grpc = world.grpc();
    let gone = deleted(&grpc, named("ada")).await;
    let bob = grpc.create_user("bob").await.id;
    assert_status(grpc.try_user(&gone).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    let get = GetUserRequest {
        organization: grpc.organization_named(),
        id: gone.clone(),
        show_deleted: true,
    };
    let shown = grpc
        .users()
        .get_user(get)
        .await
        .unwrap()
        .into_inner()
        .user
        .unwrap();
    assert!(
        shown.delete_time.is_some() && shown.user_name == "ada",
        "{shown:?}"
    );
    let list = |show_deleted| ListUsersRequest {
        show_deleted,
        order_by: "user_name".into(),
        ..Default::default()
    };
    let ids = |(users, _): (Vec<User>, String)| users.into_iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(
        ids(grpc.list_users(list(false)).await.unwrap()),
        std::slice::from_ref(&bob)
    );
    assert_eq!(ids(grpc.list_users(list(true)).await.unwrap()), [gone, bob]);
}

async fn a_deleted_user_comes_back_as_it_was(world: World) {
    let grpc = world.grpc();
    let title = User {
        title: "Countess".into(),
        ..named("ada")
    };
    let gone = deleted(&grpc, title).await;
    let back = undelete(&grpc, &gone).await.unwrap();
    assert_eq!(
        (&*back.id, &*back.title, back.active),
        (&*gone, "Countess", Some(true))
    );
    assert_eq!(back.delete_time, None);
    assert_eq!(grpc.user(&gone).await, back);
    let again = undelete(&grpc, &gone).await;
    assert_status(again, Code::AlreadyExists, "RESOURCE_ALREADY_EXISTS");
    let nobody = undelete(&grpc, "0199f1a0-0000-7000-8000-000000000000").await;
    assert_status(nobody, Code::NotFound, "RESOURCE_NOT_FOUND");
    let scim = grpc.with_token(world.scim_token());
    assert_eq!(
        undelete(&scim, &gone).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

async fn a_deleted_user_whose_name_is_taken_stays_deleted(world: World) {
    let grpc = world.grpc();
    let gone = deleted(&grpc, named("ada")).await;
    grpc.create_user("ADA").await;
    let before = grpc.revision().await;
    let refused = undelete(&grpc, &gone).await;
    assert_status(refused, Code::AlreadyExists, "RESOURCE_ALREADY_EXISTS");
    assert_eq!(grpc.revision().await, before);
}

async fn a_deleted_user_comes_back_where_there_is_a_seat(world: World) {
    let grpc = world.grpc();
    let gone = deleted(&grpc, named("ada")).await;
    grpc.create_user("bob").await;
    let seats = UpdateOrganizationRequest {
        organization: Some(Organization {
            id: world.organization().id.clone(),
            seats: 1,
            ..Default::default()
        }),
        update_mask: Some(mask(&["seats"])),
        ..Default::default()
    };
    grpc.organizations().update_organization(seats).await.unwrap();
    let refused = undelete(&grpc, &gone).await;
    assert_status(refused, Code::FailedPrecondition, "SEATS_EXHAUSTED");
}

async fn roles_come_back_only_to_who_may_give_them(world: World) {
    world.set_policy(&[("reactivation.restore", "previous")]).await;
    let grpc = world.grpc();
    let editor = User {
        roles: vec![TypedValue {
            value: "editor".into(),
            ..Default::default()
        }],
        ..named("ada")
    };
    let gone = deleted(&grpc, editor).await;
    let writer = world.service(&["users:write"]).await;
    assert_status(
        undelete(&writer, &gone).await,
        Code::PermissionDenied,
        "SCOPE_MISSING",
    );
    let back = undelete(&world.service(&["users:write", "roles:write"]).await, &gone).await;
    assert_eq!(back.unwrap().roles[0].value, "editor");
}
