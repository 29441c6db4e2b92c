//! Answers to earlier requests.

use identity_core::{
    platform::Timestamp,
    store::{StoredRequest, Write},
};

use crate::harness::{Apply, World, on_every_database};

on_every_database![
    a_request_is_remembered_without_a_revision,
    a_later_use_takes_the_place_of_an_earlier_one,
    old_requests_are_forgotten,
];

fn stored(resource_id: &str, at: i64) -> StoredRequest {
    StoredRequest {
        digest: [3; 32],
        resource_id: resource_id.into(),
        at: Timestamp(at),
    }
}

async fn remember(world: &World, request_id: &str, request: StoredRequest) {
    let unit = Apply {
        writes: vec![Write::InsertRequest(world.home(), request_id.into(), request)],
        entries: vec![],
    };
    world.store.write(world.home(), unit).await.unwrap();
}

async fn found(world: &World, request_id: &'static str) -> Option<StoredRequest> {
    let home = world.home();
    world.ask(move |reader| reader.request(home, request_id)).await
}

async fn a_request_is_remembered_without_a_revision(world: World) {
    remember(&world, "r1", stored("made", 5)).await;
    assert_eq!(found(&world, "r1").await, Some(stored("made", 5)));
    assert_eq!(found(&world, "R1").await, None);
    assert_eq!(world.now_at_home().await, world.organization);
}

async fn a_later_use_takes_the_place_of_an_earlier_one(world: World) {
    remember(&world, "r1", stored("first", 5)).await;
    remember(&world, "r1", stored("second", 6)).await;
    assert_eq!(found(&world, "r1").await, Some(stored("second", 6)));
}

async fn old_requests_are_forgotten(world: World) {
    for (id, at) in [("a", 1), ("b", 2), ("c", 3)] {
        remember(&world, id, stored("made", at)).await;
    }
    let forgotten = world.store.forget_requests(Timestamp(3)).await.unwrap();
    assert_eq!(forgotten, 2);
    assert_eq!(found(&world, "b").await, None);
    assert_eq!(found(&world, "c").await, Some(stored("made", 3)));
}
