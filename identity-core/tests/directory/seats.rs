//! Seats: how many users may be active.

use futures::future::join_all;
use identity_core::{
    directory::input::{OrganizationUpdate, UserInput},
    error::Rule,
};

use crate::harness::{ORGANIZATION, World, assert_broken, named, on_every_database};

on_every_database![
    a_user_beyond_the_seats_is_refused_and_nothing_changes,
    an_inactive_user_takes_no_seat_until_it_is_activated,
    who_leaves_frees_a_seat,
    fewer_seats_take_nobodys_access,
    parallel_creates_and_activations_never_exceed_the_seats,
];

async fn seats(world: &World, seats: i64) {
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        seats: Some(seats),
        ..OrganizationUpdate::default()
    };
    let updated = world.directory.update_organization(world.root(), update).await;
    updated.unwrap();
}

fn inactive(name: &str) -> UserInput {
    UserInput {
        active: Some(false),
        ..named(name)
    }
}

async fn a_user_beyond_the_seats_is_refused_and_nothing_changes(world: World) {
    seats(&world, 1).await;
    world.user("ada").await;
    let before = world.organization().await;
    assert_broken(world.create(named("bob")).await, &Rule::SeatsExhausted(1));
    assert_eq!(world.organization().await, before);
}

async fn an_inactive_user_takes_no_seat_until_it_is_activated(world: World) {
    seats(&world, 1).await;
    world.user("ada").await;
    let bob = world.create(inactive("bob")).await.unwrap().user.id;
    let refused = world.set_active(world.root(), bob, true).await;
    assert_broken(refused, &Rule::SeatsExhausted(1));
    let organization = world.organization().await;
    assert_eq!((organization.user_count, organization.active_user_count), (2, 1));
}

async fn who_leaves_frees_a_seat(world: World) {
    seats(&world, 1).await;
    let ada = world.user("ada").await.user.id;
    world.set_active(world.root(), ada, false).await.unwrap();
    let bob = world.user("bob").await.user.id;
    world.delete(bob).await.unwrap();
    world.set_active(world.root(), ada, true).await.unwrap();
    assert_eq!(world.organization().await.active_user_count, 1);
}

async fn fewer_seats_take_nobodys_access(world: World) {
    let ada = world.user("ada").await.user.id;
    world.user("bob").await;
    seats(&world, 1).await;
    assert!(world.get(ada).await.unwrap().user.active);
    assert_broken(world.create(named("eve")).await, &Rule::SeatsExhausted(1));
}

async fn parallel_creates_and_activations_never_exceed_the_seats(world: World) {
    seats(&world, 10).await;
    let mut sleeping = Vec::new();
    for number in 0..20 {
        let user = world.create(inactive(&format!("asleep-{number}"))).await;
        sleeping.push(user.unwrap().user.id);
    }
    let creates = (0..20).map(|number| {
        let world = world.clone();
        tokio::spawn(async move { world.create(named(&format!("new-{number}"))).await.is_ok() })
    });
    let wakes = sleeping.into_iter().map(|id| {
        let world = world.clone();
        tokio::spawn(async move { world.set_active(world.root(), id, true).await.is_ok() })
    });
    let all: Vec<_> = creates.chain(wakes).collect();
    let done = join_all(all).await;
    let done = done.iter().filter(|it| *it.as_ref().unwrap()).count();
    assert_eq!((done, world.organization().await.active_user_count), (10, 10));
    let active = world
        .visible_to(world.root(), Some(crate::harness::is_true("active")))
        .await;
    assert_eq!(active.1, 10);
}
