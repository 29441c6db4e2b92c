//! Changing users.

use std::time::Duration;

use identity_core::{
    directory::input::{UpdateMode, UserField, UserInput, UserUpdate},
    error::Error,
    user::UserView,
};

use crate::harness::{World, assert_invalid, assert_taken, named, on_every_database, update, with_roles};

on_every_database![
    an_update_moves_version_and_time_on,
    an_update_without_effect_changes_nothing,
    an_update_from_an_older_version_is_refused,
    a_rename_to_its_own_name_in_other_case_is_no_conflict,
    a_rename_onto_a_taken_name_is_refused,
    a_replacement_without_a_user_name_is_refused,
    a_replacement_does_not_activate,
    unknown_roles_are_kept_and_recorded_once,
    unknown_roles_are_refused_where_the_policy_says_so,
    a_stricter_policy_does_not_stand_in_the_way_of_deactivation,
    two_primary_addresses_are_refused_but_from_an_identity_provider,
    time_does_not_run_back,
];

fn titled(title: &str) -> UserInput {
    let mut input = UserInput::default();
    input.profile.title = Some(title.into());
    input
}

async fn title(world: &World, user: &UserView, title: &str) -> UserView {
    let update = update(user, &[UserField::Title], titled(title));
    world.update(update).await.unwrap()
}

async fn an_update_moves_version_and_time_on(world: World) {
    let ada = world.user("ada").await;
    world.pass(Duration::from_secs(1));
    let after = title(&world, &ada, "Countess").await;
    assert_eq!(after.user.version, 2);
    assert!(after.user.updated_at > ada.user.updated_at);
    assert_eq!(after.user.profile.title.as_deref(), Some("Countess"));
    assert_eq!(world.get(ada.user.id).await.unwrap(), after);
}

async fn an_update_without_effect_changes_nothing(world: World) {
    let ada = world.user("ada").await;
    let once = title(&world, &ada, "Countess").await;
    let revision = world.revision().await;
    world.pass(Duration::from_secs(1));
    assert_eq!(title(&world, &ada, "Countess").await, once);
    assert_eq!(world.revision().await, revision);
    assert!(world.changes_after(revision).await.is_empty());
}

async fn an_update_from_an_older_version_is_refused(world: World) {
    let ada = world.user("ada").await;
    title(&world, &ada, "Countess").await;
    let stale = UserUpdate {
        etag: "1".into(),
        ..update(&ada, &[UserField::Title], titled("Duchess"))
    };
    let refused = world.update(stale.clone()).await;
    assert!(
        matches!(refused, Err(Error::VersionMismatch { .. })),
        "{refused:?}"
    );
    let fresh = UserUpdate {
        etag: "2".into(),
        ..stale
    };
    assert_eq!(world.update(fresh).await.unwrap().user.version, 3);
}

async fn a_rename_to_its_own_name_in_other_case_is_no_conflict(world: World) {
    let ada = world.user("ada").await;
    let renamed = world
        .update(update(&ada, &[UserField::UserName], named("ADA")))
        .await;
    assert_eq!(renamed.unwrap().user.user_name, "ADA");
}

async fn a_rename_onto_a_taken_name_is_refused(world: World) {
    let ada = world.user("ada").await;
    world.user("bob").await;
    let renamed = world
        .update(update(&ada, &[UserField::UserName], named("BOB")))
        .await;
    assert_taken(renamed, "user_name");
    assert_eq!(world.get(ada.user.id).await.unwrap(), ada);
}

async fn a_replacement_without_a_user_name_is_refused(world: World) {
    let ada = world.user("ada").await;
    let replacement = UserUpdate {
        mode: UpdateMode::Replace,
        ..update(&ada, &[UserField::Title], titled("Countess"))
    };
    assert_invalid(world.update(replacement).await, "user_name");
}

async fn a_replacement_does_not_activate(world: World) {
    let input = UserInput {
        active: Some(false),
        ..named("ada")
    };
    let ada = world.create(input).await.unwrap();
    let replacement = UserUpdate {
        mode: UpdateMode::Replace,
        ..update(&ada, &[UserField::UserName], named("ada"))
    };
    assert!(!world.update(replacement).await.unwrap().user.active);
}

async fn unknown_roles_are_kept_and_recorded_once(world: World) {
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap();
    let before = world.revision().await;
    let roles = update(&ada, &[UserField::Roles], with_roles("", &["manager"]));
    let after = world.update_as(&scim, roles).await.unwrap();
    assert_eq!(after.user.profile.roles[0].value, "manager");
    assert_eq!(after.organization_role, "member");
    let mut titled = UserInput::default();
    titled.profile.title = Some("Countess".into());
    let titled = update(&after, &[UserField::Title], titled);
    world.update_as(&scim, titled).await.unwrap();
    let changes = world.changes_after(before).await;
    let ignored: Vec<_> = changes.iter().map(|change| change.detail.ignored.len()).collect();
    assert_eq!(ignored, [1, 0]);
}

async fn unknown_roles_are_refused_where_the_policy_says_so(world: World) {
    world.policy(&[("roles.unknown_values", "reject")]).await;
    let scim = world.scim().await;
    let refused = world
        .create_as(&scim, with_roles("ada", &["viewer", "manager"]))
        .await;
    assert_invalid(refused, "roles");
}

async fn a_stricter_policy_does_not_stand_in_the_way_of_deactivation(world: World) {
    let scim = world.scim().await;
    let ada = world
        .create_as(&scim, with_roles("ada", &["manager"]))
        .await
        .unwrap();
    world
        .policy(&[("roles.unknown_values", "reject"), ("user_name.format", "email")])
        .await;
    let inactive = UserInput {
        active: Some(false),
        ..UserInput::default()
    };
    let inactive = update(&ada, &[UserField::Active], inactive);
    let after = world.update_as(&scim, inactive).await;
    assert!(!after.unwrap().user.active);
    let renamed = update(&ada, &[UserField::UserName], named("lovelace"));
    assert_invalid(world.update_as(&scim, renamed).await, "user_name");
}

async fn two_primary_addresses_are_refused_but_from_an_identity_provider(world: World) {
    let email = |value: &str| identity_core::user::TypedValue {
        value: value.into(),
        primary: true,
        ..Default::default()
    };
    let mut input = named("ada");
    input.profile.emails = vec![email("a@x.example"), email("b@x.example")];
    assert!(matches!(
        world.create(input.clone()).await,
        Err(Error::Invalid { .. })
    ));
    let scim = world.scim().await;
    let created = world.directory.create_user(&scim, "", input, "").await.unwrap();
    let primary: Vec<_> = created
        .user
        .profile
        .emails
        .iter()
        .map(|email| email.primary)
        .collect();
    assert_eq!(primary, [false, true]);
}

async fn time_does_not_run_back(world: World) {
    world.pass(Duration::from_mins(1));
    let ada = world.user("ada").await;
    world.clock.go_back(Duration::from_secs(30));
    let after = title(&world, &ada, "Countess").await;
    assert_eq!(after.user.updated_at, ada.user.updated_at);
}
