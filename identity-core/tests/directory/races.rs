//! Guarantees that hold under concurrent changes.

use futures::future::join_all;
use identity_core::{
    caller::Scope,
    directory::input::{NewOrganization, NewToken, UserField, UserUpdate},
    error::{Error, Rule},
    platform::{Platform, Timestamp},
};

use crate::harness::{
    World, add, assert_broken, named, on_every_database, service_token, update, with_roles,
};

on_every_database![
    of_two_last_admins_one_stays,
    fifty_creates_of_one_name_leave_one_user,
    fifty_members_added_at_once_are_all_there,
    two_groups_cannot_come_to_contain_each_other,
    of_two_updates_from_one_version_one_wins,
    repeats_that_race_create_once,
    organizations_that_race_for_a_slug_leave_one,
    revisions_under_load_have_no_gap,
    the_end_of_a_token_is_told_of_once_by_all_instances,
];

async fn of_two_last_admins_one_stays(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let bob = world.create(with_roles("bob", &["admin"])).await.unwrap();
    let demote = |user| world.update(update(user, &[UserField::Roles], named("")));
    let (one, other) = futures::join!(demote(&ada), demote(&bob));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let refused = if one.is_ok() { other } else { one };
    assert_broken(refused, &Rule::LastAdmin);
}

async fn fifty_creates_of_one_name_leave_one_user(world: World) {
    let names = ["ada", "Ada", "ADA", "aDa", "adA"];
    let creates = names
        .iter()
        .cycle()
        .take(50)
        .map(|name| world.create(named(name)));
    let answers = join_all(creates).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 49));
    for refusal in refused {
        assert!(matches!(refusal, Err(Error::AlreadyExists { .. })), "{refusal:?}");
    }
    assert_eq!(world.organization().await.user_count, 1);
}

async fn fifty_members_added_at_once_are_all_there(world: World) {
    let mut ids = Vec::new();
    for number in 0..50 {
        ids.push(world.user(&format!("user-{number}")).await.user.id);
    }
    let team = world.group("Team", &[]).await;
    let steps: Vec<_> = ids.iter().map(|id| [add(&[*id])]).collect();
    let answers = join_all(steps.iter().map(|steps| world.change_members(team.id, steps))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(world.member_ids(team.id).await, ids);
    let after = world.get_group(team.id).await.unwrap();
    assert_eq!((after.member_count, after.version), (50, 51));
}

async fn two_groups_cannot_come_to_contain_each_other(world: World) {
    let one = world.group("One", &[]).await.id;
    let two = world.group("Two", &[]).await.id;
    let (into_one, into_two) = ([add(&[two])], [add(&[one])]);
    let (first, second) = futures::join!(
        world.change_members(one, &into_one),
        world.change_members(two, &into_two)
    );
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
    let refused = if first.is_ok() { second } else { first };
    assert!(
        matches!(refused, Err(Error::RuleBroken(Rule::GroupCycle(_)))),
        "{refused:?}"
    );
}

async fn of_two_updates_from_one_version_one_wins(world: World) {
    let ada = world.user("ada").await;
    let rename = |name| {
        world.update(UserUpdate {
            etag: "1".into(),
            ..update(&ada, &[UserField::UserName], named(name))
        })
    };
    let (one, other) = futures::join!(rename("one"), rename("other"));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let refused = if one.is_ok() { other } else { one };
    assert!(
        matches!(refused, Err(Error::VersionMismatch { .. })),
        "{refused:?}"
    );
}

async fn repeats_that_race_create_once(world: World) {
    let root = world.root();
    let create = || {
        let name = named("ada");
        world
            .directory
            .create_user(root, crate::harness::ORGANIZATION, name, "r-1")
    };
    let answers = join_all((0..20).map(|_| create())).await;
    let ids: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.unwrap().user.id)
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(world.organization().await.user_count, 1);
}

async fn organizations_that_race_for_a_slug_leave_one(world: World) {
    let root = world.root();
    let create = |request_id: &str| {
        let new = NewOrganization {
            slug: "other".into(),
            name: "Other".into(),
            request_id: request_id.into(),
            ..NewOrganization::default()
        };
        world.directory.create_organization(root, new)
    };
    let repeats = join_all((0..10).map(|_| create("r-1"))).await;
    assert!(repeats.iter().all(Result::is_ok), "{repeats:?}");
    let others = join_all((0..10).map(|_| create(""))).await;
    let taken = |answer: &Result<_, Error>| matches!(answer, Err(Error::AlreadyExists { .. }));
    assert!(others.iter().all(taken));
}

async fn revisions_under_load_have_no_gap(world: World) {
    let before = world.revision().await;
    let creates = (0..60).map(|number| {
        let world = world.clone();
        let name = format!("user-{}", number % 40);
        tokio::spawn(async move { world.create(named(&name)).await.is_ok() })
    });
    let made = join_all(creates)
        .await
        .into_iter()
        .filter(|made| *made.as_ref().unwrap())
        .count();
    let changes = world.changes_after(before).await;
    let revisions: Vec<_> = changes.iter().map(|change| change.revision - before).collect();
    let expected: Vec<_> = (1..=i64::try_from(made).unwrap()).collect();
    assert_eq!((made, revisions), (40, expected));
}

async fn the_end_of_a_token_is_told_of_once_by_all_instances(world: World) {
    for number in 0..20 {
        let new = NewToken {
            expires_at: Some(Timestamp(world.clock.now().0 + 60_000_000)),
            ..service_token(&format!("service-{number}"), &[Scope::UsersRead])
        };
        world.token(new).await;
    }
    let (before, other) = (world.revision().await, world.other_instance());
    let (one, two) = futures::join!(
        world.directory.note_expiring_tokens(),
        other.note_expiring_tokens()
    );
    assert_eq!(one.unwrap() + two.unwrap(), 20);
    assert_eq!(world.changes_after(before).await.len(), 20);
}
