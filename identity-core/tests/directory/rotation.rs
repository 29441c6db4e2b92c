//! Rotation with an overlap, and tokens that end soon.

use std::time::Duration;

use identity_core::{
    caller::Scope,
    change::{Action, Actor},
    directory::{
        Secret,
        input::{NewToken, Rotation},
    },
    error::{Error, Result, Rule},
    platform::{Platform, Timestamp},
    token::Token,
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, on_every_database, scim_token, service_token,
};

on_every_database![
    a_former_secret_holds_to_the_end_of_its_overlap,
    without_a_word_the_policy_says_how_long_a_former_secret_holds,
    a_compromised_token_loses_every_former_secret,
    a_second_rotation_leaves_the_first_overlap_as_it_was,
    a_former_secret_never_outlives_its_token,
    an_overlap_is_at_most_a_day,
    an_overlap_is_at_most_what_the_policy_gives,
    a_deleted_token_takes_its_former_secrets_along,
    a_repeated_rotation_happens_once,
    an_end_is_told_of_once_a_week_before,
    a_token_that_has_ended_is_rotated_with_a_new_end_where_there_is_room,
];

const HOUR: Duration = Duration::from_hours(1);

async fn rotate(world: &World, token: &Token, overlap: Option<Duration>) -> Result<(Token, Secret)> {
    let rotation = Rotation {
        id: token.id.to_string(),
        overlap,
        ..Rotation::default()
    };
    let rotated = world
        .directory
        .rotate_token(world.root(), ORGANIZATION, &rotation);
    rotated.await
}

async fn holds(world: &World, secret: &str) -> bool {
    world.directory.authenticate(secret).await.is_ok()
}

async fn a_former_secret_holds_to_the_end_of_its_overlap(world: World) {
    let (token, old) = world.token(scim_token("idp")).await;
    let (rotated, new) = rotate(&world, &token, Some(HOUR)).await.unwrap();
    let end = Timestamp(world.clock.now().0 + 3_600_000_000);
    assert_eq!(rotated.former_ends_at, Some(end));
    world.pass(Duration::from_micros(3_599_999_999));
    assert!(holds(&world, &old).await && holds(&world, &new.0).await);
    world.pass(Duration::from_micros(1));
    assert!(!holds(&world, &old).await && holds(&world, &new.0).await);
}

async fn without_a_word_the_policy_says_how_long_a_former_secret_holds(world: World) {
    for (grace, passes, holds_then) in [("0", 0, false), ("2h", 7_199, true), ("2h", 7_200, false)] {
        world.policy(&[("tokens.rotation_grace", grace)]).await;
        let (token, old) = world.token(service_token("billing", &[Scope::UsersRead])).await;
        rotate(&world, &token, None).await.unwrap();
        world.pass(Duration::from_secs(passes));
        assert_eq!(holds(&world, &old).await, holds_then, "{grace} after {passes} s");
    }
}

async fn a_compromised_token_loses_every_former_secret(world: World) {
    let (token, first) = world.token(scim_token("idp")).await;
    let (_, second) = rotate(&world, &token, Some(HOUR)).await.unwrap();
    let (last, third) = rotate(&world, &token, Some(Duration::ZERO)).await.unwrap();
    assert_eq!(last.former_ends_at, None);
    assert!(!holds(&world, &first).await && !holds(&world, &second.0).await);
    assert!(holds(&world, &third.0).await);
}

async fn a_second_rotation_leaves_the_first_overlap_as_it_was(world: World) {
    let (token, first) = world.token(scim_token("idp")).await;
    let (_, second) = rotate(&world, &token, Some(HOUR)).await.unwrap();
    rotate(&world, &token, Some(2 * HOUR)).await.unwrap();
    assert!(holds(&world, &first).await);
    world.pass(HOUR);
    assert!(!holds(&world, &first).await && holds(&world, &second.0).await);
}

async fn a_former_secret_never_outlives_its_token(world: World) {
    let new = NewToken {
        expires_at: Some(Timestamp(world.clock.now().0 + 60_000_000)),
        ..scim_token("idp")
    };
    let (token, old) = world.token(new).await;
    rotate(&world, &token, Some(HOUR)).await.unwrap();
    world.pass(Duration::from_mins(1));
    assert!(!holds(&world, &old).await);
}

async fn an_overlap_is_at_most_a_day(world: World) {
    let (token, _) = world.token(scim_token("idp")).await;
    let day = 24 * HOUR;
    assert_invalid(
        rotate(&world, &token, Some(day + Duration::from_secs(1))).await,
        "overlap",
    );
    rotate(&world, &token, Some(day)).await.unwrap();
}

async fn an_overlap_is_at_most_what_the_policy_gives(world: World) {
    world.policy(&[("tokens.rotation_grace", "0")]).await;
    let (token, old) = world.token(scim_token("idp")).await;
    let forbids = Rule::PolicyForbids("tokens.rotation_grace");
    assert_broken(rotate(&world, &token, Some(HOUR)).await, &forbids);
    assert!(holds(&world, &old).await);
    rotate(&world, &token, Some(Duration::ZERO)).await.unwrap();
    assert!(!holds(&world, &old).await);
    world.policy(&[("tokens.rotation_grace", "1h")]).await;
    assert_broken(rotate(&world, &token, Some(2 * HOUR)).await, &forbids);
    rotate(&world, &token, Some(HOUR)).await.unwrap();
}

async fn a_deleted_token_takes_its_former_secrets_along(world: World) {
    let (token, old) = world.token(scim_token("idp")).await;
    rotate(&world, &token, Some(HOUR)).await.unwrap();
    let id = token.id.to_string();
    let deleted = world.directory.delete_token(world.root(), ORGANIZATION, &id);
    deleted.await.unwrap();
    assert!(!holds(&world, &old).await);
}

async fn a_repeated_rotation_happens_once(world: World) {
    let (token, _) = world.token(scim_token("idp")).await;
    let rotation = Rotation {
        id: token.id.to_string(),
        request_id: "r-1".into(),
        ..Rotation::default()
    };
    let rotate = || {
        world
            .directory
            .rotate_token(world.root(), ORGANIZATION, &rotation)
    };
    let (_, secret) = rotate().await.unwrap();
    let before = world.revision().await;
    let repeated = rotate().await;
    assert!(
        matches!(repeated, Err(Error::SecretAlreadyShown { id }) if id == token.id),
        "{repeated:?}"
    );
    assert_eq!(world.revision().await, before);
    assert!(holds(&world, &secret.0).await);
}

async fn an_end_is_told_of_once_a_week_before(world: World) {
    let day = 86_400_000_000;
    let new = NewToken {
        expires_at: Some(Timestamp(world.clock.now().0 + 8 * day)),
        ..scim_token("idp")
    };
    let (token, _) = world.token(new).await;
    let before = world.revision().await;
    let note = || world.directory.note_expiring_tokens();
    assert_eq!(note().await.unwrap(), 0);
    world.pass(Duration::from_hours(25));
    assert_eq!((note().await.unwrap(), note().await.unwrap()), (1, 0));
    let changes = world.changes_after(before).await;
    let [told] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!((told.action, told.actor), (Action::ExpiresSoon, Actor::System));
    assert_eq!(told.resource_id, token.id.to_string());
    let rotation = Rotation {
        id: token.id.to_string(),
        expires_at: Some(Timestamp(world.clock.now().0 + 3 * day)),
        ..Rotation::default()
    };
    let rotated = world
        .directory
        .rotate_token(world.root(), ORGANIZATION, &rotation);
    rotated.await.unwrap();
    assert_eq!(note().await.unwrap(), 1);
}

async fn a_token_that_has_ended_is_rotated_with_a_new_end_where_there_is_room(world: World) {
    world.policy(&[("tokens.max_active", "1")]).await;
    let in_a_minute = || Some(Timestamp(world.clock.now().0 + 60_000_000));
    let new = NewToken {
        expires_at: in_a_minute(),
        ..scim_token("first")
    };
    let (ended, _) = world.token(new).await;
    world.pass(Duration::from_mins(1));
    assert_invalid(rotate(&world, &ended, None).await, "expire_time");
    let (second, _) = world.token(scim_token("second")).await;
    let renewed = async || {
        let rotation = Rotation {
            id: ended.id.to_string(),
            expires_at: in_a_minute(),
            ..Rotation::default()
        };
        let rotated = world
            .directory
            .rotate_token(world.root(), ORGANIZATION, &rotation);
        rotated.await
    };
    assert_broken(renewed().await, &Rule::PolicyForbids("tokens.max_active"));
    let id = second.id.to_string();
    let deleted = world.directory.delete_token(world.root(), ORGANIZATION, &id);
    deleted.await.unwrap();
    let (_, secret) = renewed().await.unwrap();
    assert!(holds(&world, &secret.0).await);
}
