//! Quotas: how many users, groups, projects and tokens an organization may have.

use futures::future::join_all;
use identity_core::{
    caller::Scope,
    directory::input::{NewProject, PolicyUpdate},
    error::{Error, Rule},
    project::ProjectKind,
};

use crate::harness::{ORGANIZATION, World, assert_broken, named, on_every_database, service_token};

on_every_database![
    one_more_than_a_quota_is_refused_and_nothing_changes,
    a_deletion_makes_room_and_a_return_takes_it,
    a_smaller_quota_takes_nothing_away,
    only_root_sets_quotas_and_no_preset_does,
    parallel_creates_never_exceed_a_quota,
];

async fn one_more_than_a_quota_is_refused_and_nothing_changes(world: World) {
    world
        .policy(&[
            ("quota.users", "1"),
            ("quota.groups", "1"),
            ("quota.projects", "1"),
            ("quota.tokens", "1"),
        ])
        .await;
    world.user("ada").await;
    world.group("engineering", &[]).await;
    project(&world, "engine").await.unwrap();
    world.service(&[Scope::UsersRead]).await;
    let before = world.organization().await;
    assert_broken(
        world.create(named("bob")).await,
        &Rule::QuotaExhausted("quota.users", 1),
    );
    assert_broken(
        world.create_group("sales", &[]).await,
        &Rule::QuotaExhausted("quota.groups", 1),
    );
    assert_broken(
        project(&world, "loom").await,
        &Rule::QuotaExhausted("quota.projects", 1),
    );
    let token = service_token("second", &[Scope::UsersRead]);
    let refused = world
        .directory
        .create_token(world.root(), ORGANIZATION, token, "")
        .await;
    assert_broken(refused, &Rule::QuotaExhausted("quota.tokens", 1));
    assert_eq!(world.organization().await, before);
}

async fn a_deletion_makes_room_and_a_return_takes_it(world: World) {
    world.policy(&[("quota.users", "1")]).await;
    let ada = world.user("ada").await.user.id;
    world.delete(ada).await.unwrap();
    world.user("bob").await;
    let ada = ada.to_string();
    let returned = world
        .directory
        .undelete_user(world.root(), ORGANIZATION, &ada, "");
    assert_broken(returned.await, &Rule::QuotaExhausted("quota.users", 1));
}

async fn a_smaller_quota_takes_nothing_away(world: World) {
    let ada = world.user("ada").await.user.id;
    world.user("bob").await;
    world.policy(&[("quota.users", "1")]).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    world.set_active(world.root(), ada, true).await.unwrap();
    world.delete(ada).await.unwrap();
    assert_broken(
        world.create(named("eve")).await,
        &Rule::QuotaExhausted("quota.users", 1),
    );
}

async fn only_root_sets_quotas_and_no_preset_does(world: World) {
    world.policy(&[("quota.users", "7")]).await;
    let administrator = world.service(&[Scope::PolicyWrite, Scope::RolesWrite]).await;
    let update = |preset: &str, settings: &[(&str, &str)]| PolicyUpdate {
        preset: preset.into(),
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        ..PolicyUpdate::default()
    };
    let own = update("", &[("quota.users", "8")]);
    let refused = world
        .directory
        .update_policy(&administrator, ORGANIZATION, own)
        .await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let preset = update("strict_rfc", &[]);
    let updated = world
        .directory
        .update_policy(&administrator, ORGANIZATION, preset)
        .await;
    assert_eq!(updated.unwrap().policy.quota_users.number(), Some(7));
}

async fn parallel_creates_never_exceed_a_quota(world: World) {
    world
        .policy(&[("quota.users", "10"), ("quota.groups", "5")])
        .await;
    let users = (0..20).map(|number| {
        let world = world.clone();
        tokio::spawn(async move { world.create(named(&format!("user-{number}"))).await.is_ok() })
    });
    let groups = (0..10).map(|number| {
        let world = world.clone();
        tokio::spawn(async move { world.create_group(&format!("group-{number}"), &[]).await.is_ok() })
    });
    let all: Vec<_> = users.chain(groups).collect();
    let made = join_all(all).await;
    let made = made.iter().filter(|it| *it.as_ref().unwrap()).count();
    let organization = world.organization().await;
    assert_eq!(
        (made, organization.user_count, organization.group_count),
        (15, 10, 5)
    );
}

async fn project(world: &World, name: &str) -> Result<(), Error> {
    let new = NewProject {
        name: name.into(),
        kind: ProjectKind::Default,
    };
    let made = world
        .directory
        .create_project(world.root(), ORGANIZATION, new, "");
    made.await.map(|_| ())
}
