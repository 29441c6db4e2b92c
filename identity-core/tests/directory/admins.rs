//! The last active admin of an organization stays one.

use identity_core::{
    directory::input::{UserField, UserInput},
    error::Rule,
    platform::{Platform, Timestamp},
    user::UserView,
};

use crate::{
    harness::{World, assert_broken, on_every_database, update, with_roles},
    roles::given,
};

on_every_database![
    the_last_admin_cannot_be_demoted,
    the_last_admin_cannot_be_deactivated,
    the_last_admin_cannot_be_deleted,
    an_inactive_admin_does_not_count,
    one_of_two_admins_can_go,
    the_last_admin_can_change_otherwise,
    the_grant_of_a_group_that_makes_the_last_admin_gets_no_end,
];

async fn admin(world: &World, name: &str) -> UserView {
    world.create(with_roles(name, &["admin"])).await.unwrap()
}

fn inactive() -> UserInput {
    UserInput {
        active: Some(false),
        ..UserInput::default()
    }
}

async fn the_last_admin_cannot_be_demoted(world: World) {
    let ada = admin(&world, "ada").await;
    let revision = world.revision().await;
    for roles in [&["editor"][..], &[]] {
        let demoted = update(&ada, &[UserField::Roles], with_roles("", roles));
        assert_broken(world.update(demoted).await, &Rule::LastAdmin);
    }
    assert_eq!(world.get(ada.user.id).await.unwrap(), ada);
    assert_eq!(world.revision().await, revision);
}

async fn the_last_admin_cannot_be_deactivated(world: World) {
    let ada = admin(&world, "ada").await;
    let update = update(&ada, &[UserField::Active], inactive());
    assert_broken(world.update(update).await, &Rule::LastAdmin);
}

async fn the_last_admin_cannot_be_deleted(world: World) {
    let ada = admin(&world, "ada").await;
    let team = world.group("Team", &[ada.user.id]).await;
    assert_broken(world.delete(ada.user.id).await, &Rule::LastAdmin);
    assert_eq!(world.get_group(team.id).await.unwrap(), team);
}

async fn an_inactive_admin_does_not_count(world: World) {
    let ada = admin(&world, "ada").await;
    let bob = admin(&world, "bob").await;
    let asleep = update(&bob, &[UserField::Active], inactive());
    world.update(asleep).await.unwrap();
    assert_broken(world.delete(ada.user.id).await, &Rule::LastAdmin);
    world.delete(bob.user.id).await.unwrap();
}

async fn one_of_two_admins_can_go(world: World) {
    let ada = admin(&world, "ada").await;
    let bob = admin(&world, "bob").await;
    world.delete(ada.user.id).await.unwrap();
    assert_broken(world.delete(bob.user.id).await, &Rule::LastAdmin);
}

async fn the_last_admin_can_change_otherwise(world: World) {
    let ada = admin(&world, "ada").await;
    let roles = update(&ada, &[UserField::Roles], with_roles("", &["admin", "viewer"]));
    assert_eq!(world.update(roles).await.unwrap().user.version, 2);
}

async fn the_grant_of_a_group_that_makes_the_last_admin_gets_no_end(world: World) {
    let ada = world.user("ada").await.user.id;
    let admins = world.group("Admins", &[ada]).await.id;
    world.grant(given(admins, "admin")).await.unwrap();
    let mut ending = given(admins, "admin");
    ending.expires_at = Some(Timestamp(world.clock.now().0 + 1));
    assert_broken(world.grant(ending.clone()).await, &Rule::LastAdmin);
    admin(&world, "bob").await;
    world.grant(ending).await.unwrap();
}
