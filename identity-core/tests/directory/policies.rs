//! Policies.

use identity_core::{
    caller::{Call, Scope},
    directory::input::{OrganizationUpdate, PolicyPreview, PolicyUpdate},
    error::{Error, Resource},
};

use crate::harness::{ORGANIZATION, World, assert_invalid, on_every_database};

on_every_database![
    settings_change_all_or_none,
    retention_is_set_by_who_may_erase_and_prune_alone,
    an_update_without_effect_changes_nothing,
    an_update_from_an_older_version_is_refused,
    a_preset_fills_every_setting,
    a_service_with_the_scope_may_change_the_policy,
    the_log_tells_which_settings_changed,
    a_preview_tells_whom_a_change_concerns_and_changes_nothing,
    a_preview_is_refused_as_the_update_would_be,
    a_preview_has_the_features_of_the_plan,
];

fn settings(settings: &[(&str, &str)]) -> PolicyUpdate {
    PolicyUpdate {
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        ..PolicyUpdate::default()
    }
}

async fn settings_change_all_or_none(world: World) {
    let before = world.organization().await;
    let update = settings(&[("put.omitted", "keep"), ("no.such", "x")]);
    let refused = world.directory.update_policy(world.root(), ORGANIZATION, update);
    assert_invalid(refused.await, "no.such");
    assert_eq!(world.organization().await, before);
}

async fn retention_is_set_by_who_may_erase_and_prune_alone(world: World) {
    let writer = world.service(&[Scope::PolicyWrite]).await;
    let eraser = world.service(&[Scope::PolicyWrite, Scope::UsersErase]).await;
    let set = async |call: &Call, key: &str, value: &str| {
        let update = settings(&[(key, value)]);
        world.directory.update_policy(call, ORGANIZATION, update).await
    };
    let refused = set(&writer, "retention.deleted_users", "30d").await;
    assert!(
        matches!(refused, Err(Error::Forbidden("users:erase"))),
        "{refused:?}"
    );
    let update = settings(&[("retention.deleted_users", "30d")]);
    let preview = world.directory.preview_policy(&writer, ORGANIZATION, update);
    // Who may write the policy may see what a change would do.
    preview.await.unwrap();
    set(&eraser, "retention.deleted_users", "30d").await.unwrap();
    for call in [&writer, &eraser] {
        let refused = set(call, "retention.change_log", "365d").await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    set(world.root(), "retention.change_log", "365d").await.unwrap();
    // What stays as it is needs no more than before.
    set(&writer, "put.omitted", "keep").await.unwrap();
}

async fn an_update_without_effect_changes_nothing(world: World) {
    let before = world.organization().await;
    world.policy(&[("put.omitted", "clear")]).await;
    assert_eq!(world.organization().await, before);
}

async fn an_update_from_an_older_version_is_refused(world: World) {
    world.policy(&[("put.omitted", "keep")]).await;
    let stale = PolicyUpdate {
        etag: "1".into(),
        ..settings(&[("put.omitted", "clear")])
    };
    let refused = world
        .directory
        .update_policy(world.root(), ORGANIZATION, stale)
        .await;
    assert!(
        matches!(refused, Err(Error::VersionMismatch { .. })),
        "{refused:?}"
    );
}

async fn a_preset_fills_every_setting(world: World) {
    let update = PolicyUpdate {
        preset: "lightdash".into(),
        ..PolicyUpdate::default()
    };
    let updated = world
        .directory
        .update_policy(world.root(), ORGANIZATION, update)
        .await;
    let lightdash = world.found("other", "lightdash").await;
    assert_eq!(updated.unwrap().policy, lightdash.policy);
}

async fn a_service_with_the_scope_may_change_the_policy(world: World) {
    let service = world.service(&[Scope::PolicyWrite]).await;
    let update = settings(&[("put.omitted", "keep")]);
    let after = world.directory.update_policy(&service, "", update).await.unwrap();
    assert_eq!((after.policy_version, after.version), (2, 1));
}

async fn the_log_tells_which_settings_changed(world: World) {
    let before = world.revision().await;
    world
        .policy(&[("put.omitted", "keep"), ("tokens.max_active", "5")])
        .await;
    let changes = world.changes_after(before).await;
    assert_eq!((changes.len(), changes[0].resource), (1, Resource::Policy));
    let fields: Vec<_> = changes[0]
        .detail
        .fields
        .iter()
        .map(|it| it.field.as_str())
        .collect();
    assert_eq!(fields, ["put.omitted", "tokens.max_active"]);
}

async fn preview(world: &World, changes: &[(&str, &str)]) -> Result<PolicyPreview, Error> {
    let update = settings(changes);
    world
        .directory
        .preview_policy(world.root(), ORGANIZATION, update)
        .await
}

async fn a_preview_tells_whom_a_change_concerns_and_changes_nothing(world: World) {
    world.policy(&[("groups.unique_names", "false")]).await;
    world.user("ada@example.com").await;
    world.user("bob").await;
    world.group("Team", &[]).await;
    world.group("TEAM", &[]).await;
    let scim = world.scim().await;
    let made = world
        .directory
        .create_user(&scim, "", crate::harness::named("eve"), "");
    made.await.unwrap();
    let before = world.organization().await;
    let changes = [
        ("user_name.format", "email"),
        ("groups.unique_names", "true"),
        ("manual_updates", "allow"),
        ("sso.required_for_scim", "true"),
    ];
    let told = preview(&world, &changes).await.unwrap();
    let fields: Vec<_> = told.changes.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields.len(), 4, "{fields:?}");
    let effects: Vec<_> = told.effects.iter().map(|it| (it.setting, it.count)).collect();
    let expected = [
        ("user_name.format", 2),
        ("manual_updates", 1),
        ("groups.unique_names", 1),
        ("sso.required_for_scim", 1),
    ];
    assert_eq!(effects, expected);
    assert_eq!(told.effects[0].samples, ["bob", "eve"]);
    assert_eq!(world.organization().await, before);
}

async fn a_preview_is_refused_as_the_update_would_be(world: World) {
    assert_invalid(preview(&world, &[("no.such", "x")]).await, "no.such");
    world.policy(&[("plan.catalog", "pro=scim")]).await;
    let facts = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        plan: Some("pro".into()),
        ..OrganizationUpdate::default()
    };
    let updated = world.directory.update_organization(world.root(), facts);
    updated.await.unwrap();
    assert_invalid(
        preview(&world, &[("plan.features", "scim,audit")]).await,
        "plan.features",
    );
    let none = preview(&world, &[("put.omitted", "clear")]).await.unwrap();
    assert_eq!((none.changes.len(), none.effects.len()), (0, 0));
}

async fn a_preview_has_the_features_of_the_plan(world: World) {
    let facts = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        plan: Some("pro".into()),
        ..OrganizationUpdate::default()
    };
    world
        .directory
        .update_organization(world.root(), facts)
        .await
        .unwrap();
    let catalog = [("plan.catalog", "pro=scim")];
    world.policy(&catalog).await;
    let update = PolicyUpdate {
        preset: "default".into(),
        ..settings(&catalog)
    };
    let told = world
        .directory
        .preview_policy(world.root(), ORGANIZATION, update.clone())
        .await
        .unwrap();
    assert_eq!(told.changes, []);
    let before = world.revision().await;
    world
        .directory
        .update_policy(world.root(), ORGANIZATION, update)
        .await
        .unwrap();
    assert_eq!(world.revision().await, before);
}
