//! Deadlines that pass while the core is at work.

use std::time::Duration;

use futures::future::join_all;
use identity_proto::v1::{
    CreateUserRequest, EntityType, ListChangesRequest, ListUsersRequest,
    change_service_client::ChangeServiceClient, user_service_client::UserServiceClient,
};
use tonic::{Code, Status};

use crate::world::{ORGANIZATION, World, as_root, assert_refused, user};

/// So short that it passes before, within and after a write, as it comes.
const SHORT: Duration = Duration::from_millis(2);
const WRITES: usize = 60;

async fn create(world: &World, name: String, timeout: Duration) -> Result<(), Status> {
    let mut request = as_root(CreateUserRequest {
        organization: ORGANIZATION.into(),
        user: Some(user(&name)),
        ..Default::default()
    });
    request.set_timeout(timeout);
    let mut client = UserServiceClient::new(world.service.clone());
    client.create_user(request).await.map(drop)
}

async fn users(world: &World) -> Vec<String> {
    let request = ListUsersRequest {
        organization: ORGANIZATION.into(),
        page_size: 1000,
        ..Default::default()
    };
    let mut client = UserServiceClient::new(world.service.clone());
    let page = client.list_users(as_root(request)).await.unwrap().into_inner();
    page.users.into_iter().map(|user| user.id).collect()
}

/// The users of which the change log says that they were created, and the revisions of all entries.
async fn created(world: &World) -> (Vec<String>, Vec<i64>) {
    let request = ListChangesRequest {
        organization: ORGANIZATION.into(),
        page_size: 1000,
        ..Default::default()
    };
    let mut client = ChangeServiceClient::new(world.service.clone());
    let changes = client
        .list_changes(as_root(request))
        .await
        .unwrap()
        .into_inner()
        .changes;
    let revisions = changes.iter().map(|change| change.revision).collect();
    let of_users = changes
        .into_iter()
        .filter(|change| change.entity_type() == EntityType::User);
    (of_users.map(|change| change.entity_id).collect(), revisions)
}

#[tokio::test]
async fn a_write_whose_deadline_passes_is_whole_or_not_there() {
    let world = World::new().await;
    let writes = (0..WRITES).map(|n| create(&world, format!("user-{n}"), SHORT));
    for refused in join_all(writes).await.into_iter().filter_map(Result::err) {
        assert_refused(&refused, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    }
    // Writers of one organization come one after the other, so this one ends after all that had begun.
    create(&world, "last".into(), Duration::from_mins(1))
        .await
        .unwrap();
    let (mut users, (mut created, revisions)) = (users(&world).await, created(&world).await);
    users.sort();
    created.sort();
    assert_eq!(users, created);
    assert!(revisions.is_sorted_by(|before, after| before + 1 == *after || before == after));
}
