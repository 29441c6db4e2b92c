//! Point reads that are made at the same time.

use std::sync::Arc;

use futures::{FutureExt, future::join_all};
use identity_core::{
    error::Error,
    group::MemberKind,
    id::Id,
    user::{GroupReference, User},
};

use crate::harness::{World, insert, on_every_database, point_query};

on_every_database![
    each_is_answered_for_itself,
    who_does_not_wait_harms_nobody,
    a_look_up_sees_what_was_acknowledged_before,
    a_closed_store_answers_them_all,
];

/// Users in each of two organizations.
const USERS: usize = 40;

async fn user_of(world: &World, organization: Id, id: Id) -> Option<(User, Vec<GroupReference>)> {
    world
        .point_query(move |reader| Box::pin(async move { reader.user_with_groups(organization, id).await }))
        .await
}

/// Of two organizations, each asked for its own, for those of the other, and for nobody; all several times.
async fn each_is_answered_for_itself(world: World) {
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    let organizations = [world.home(), other.id];
    let mut users = Vec::new();
    for organization in organizations {
        let made: Vec<_> = (0..USERS)
            .map(|n| world.user(organization, &format!("user-{n}")))
            .collect();
        world
            .write_to(organization, made.iter().map(insert).collect())
            .await
            .unwrap();
        users.extend(made);
    }
    let group = world
        .added_group("group", &[(users[0].id, MemberKind::User)])
        .await;
    let nobody = world.id();
    let mut asked: Vec<(Id, Id)> = Vec::new();
    for user in users.iter().chain(&users) {
        asked.extend(organizations.map(|organization| (organization, user.id)));
        asked.push((user.organization_id, nobody));
    }
    let answers = asked
        .iter()
        .map(|(organization, id)| user_of(&world, *organization, *id));
    for ((organization, id), answer) in asked.iter().zip(join_all(answers).await) {
        let expected = users
            .iter()
            .find(|user| user.id == *id && user.organization_id == *organization);
        assert_eq!(answer.as_ref().map(|(user, _)| user), expected);
        let groups: Vec<Id> = answer
            .into_iter()
            .flat_map(|(_, groups)| groups)
            .map(|it| it.id)
            .collect();
        assert_eq!(groups == [group.id], expected == Some(&users[0]), "{groups:?}");
    }
}

async fn who_does_not_wait_harms_nobody(world: World) {
    let user = world.added("somebody").await;
    for _ in 0..20 {
        let gone: Vec<_> = (0..10)
            .map(|_| Box::pin(user_of(&world, world.home(), user.id)))
            .filter_map(|mut asked| {
                let answered = (&mut asked).now_or_never().is_some();
                (!answered).then_some(asked)
            })
            .collect();
        let staying = join_all((0..10).map(|_| user_of(&world, world.home(), user.id)));
        drop(gone);
        for answer in staying.await {
            assert_eq!(answer.map(|(user, _)| user), Some(user.clone()));
        }
    }
}

/// While others look up without end, so that statements are always under way.
async fn a_look_up_sees_what_was_acknowledged_before(world: World) {
    let world = Arc::new(world);
    let mut user = world.added("somebody").await;
    let (home, id) = (world.home(), user.id);
    let others: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                loop {
                    assert!(user_of(&world, home, id).await.is_some());
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for version in 2..100 {
        let mut after = user.clone();
        after.version = version;
        world.change(&user, &after).await.unwrap();
        let (found, _) = user_of(&world, home, id).await.unwrap();
        assert_eq!(found.version, version);
        user = after;
    }
    for other in others {
        assert!(!other.is_finished());
        other.abort();
    }
}

async fn a_closed_store_answers_them_all(world: World) {
    let user = world.added("somebody").await;
    let (home, id) = (world.home(), user.id);
    world.store.close().await;
    let answers = (0..20).map(|_| {
        let query = point_query(move |reader| reader.user_with_groups(home, id));
        world.store.read(query)
    });
    for answer in join_all(answers).await {
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    }
}
