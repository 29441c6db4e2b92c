//! A crash loses nothing that was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::join_all;
use identity_proto::v1::{Change, ChangeAction, EntityType, ListUsersRequest};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::harness::{
    OwnWorld, Scim, everywhere,
    scim::{text, user_body},
};

everywhere!(every_acknowledged_user_survives_ten_crashes,);

const CRASHES: usize = 10;
const CLIENTS: usize = 16;

async fn every_acknowledged_user_survives_ten_crashes(mut world: OwnWorld) {
    let mut acknowledged = Vec::new();
    for crash in 0..CRASHES {
        // Different every time, so that the crash comes at different places of a batch.
        acknowledged.extend(create_until_killed(&mut world, 20 + 7 * crash).await);
        world.restart();
    }
    world.scim().create_user("the last").await;

    let log = world.grpc().changes_after(0).await;
    let created: BTreeSet<_> = created_users(&log);
    let (live, revision) = (live_users(&world).await, world.grpc().revision().await);
    assert!(
        acknowledged.len() >= CRASHES * 20,
        "only {} creates",
        acknowledged.len()
    );
    for id in &acknowledged {
        assert!(live.contains(id), "{id} was acknowledged and is lost");
        assert!(created.contains(id), "{id} was acknowledged and has no entry");
    }
    assert_eq!(live, created, "users and change log differ");
    let revisions: BTreeSet<_> = log.iter().map(|change| change.revision).collect();
    assert_eq!(revisions, (1..=revision).collect(), "the revisions have a gap");
    assert_eq!(
        world.grpc().organization().await.user_count,
        i64::try_from(live.len()).unwrap()
    );
}

/// Creates users from many clients, kills the server as soon as so many are acknowledged, and returns the ids of all that were.
async fn create_until_killed(world: &mut OwnWorld, enough: usize) -> Vec<String> {
    let (sender, mut receiver) = unbounded_channel();
    let numbers = Arc::new(AtomicUsize::new(0));
    let round = crate::harness::run_folder::fresh_name("round");
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            tokio::spawn(create_users(
                world.scim(),
                round.clone(),
                Arc::clone(&numbers),
                sender.clone(),
            ))
        })
        .collect();
    drop(sender);
    let mut acknowledged = Vec::new();
    while acknowledged.len() < enough {
        acknowledged.push(
            receiver
                .recv()
                .await
                .expect("the clients go on until the server is killed"),
        );
    }
    world.server().kill();
    join_all(clients)
        .await
        .into_iter()
        .for_each(|client| client.expect("a client ends well"));
    while let Some(id) = receiver.recv().await {
        acknowledged.push(id);
    }
    acknowledged
}

/// Creates users until the server is gone.
async fn create_users(scim: Scim, round: String, numbers: Arc<AtomicUsize>, sender: UnboundedSender<String>) {
    loop {
        let name = format!("{round}.{}", numbers.fetch_add(1, Ordering::Relaxed));
        let request = scim.request_with("POST", "/Users", &user_body(&name));
        match scim.try_send(request).await {
            Ok(answer) if answer.status == 201 => {
                sender.send(text(&answer.json()["id"])).expect("a listener");
            }
            // In two processes, the facade may outlive the core by a moment.
            Ok(answer) => assert_eq!(answer.status, 503, "{answer}"),
            Err(_) => return,
        }
    }
}

fn created_users(log: &[Change]) -> BTreeSet<String> {
    let mut entries = BTreeMap::<&str, usize>::new();
    for change in log
        .iter()
        .filter(|change| change.entity_type() == EntityType::User)
    {
        assert_eq!(change.action(), ChangeAction::Created);
        *entries.entry(&change.entity_id).or_default() += 1;
    }
    assert!(
        entries.values().all(|count| *count == 1),
        "a user was created twice"
    );
    entries.into_keys().map(ToOwned::to_owned).collect()
}

async fn live_users(world: &OwnWorld) -> BTreeSet<String> {
    let mut request = ListUsersRequest {
        page_size: 1000,
        ..Default::default()
    };
    let mut ids = BTreeSet::new();
    loop {
        let (users, next) = world.grpc().list_users(request.clone()).await.expect("users");
        ids.extend(users.into_iter().map(|user| user.id));
        if next.is_empty() {
            return ids;
        }
        request.page_token = next;
    }
}
