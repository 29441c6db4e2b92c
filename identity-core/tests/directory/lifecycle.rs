//! Deactivation, reactivation and deletion, as the policy says.

use identity_core::{
    change::Action,
    directory::input::{NewGrant, UserField, UserInput},
    error::{Resource, Rule},
    policy::FirstLogin,
    project::ProjectKind,
};

use crate::harness::{
    ORGANIZATION, World, add, assert_broken, assert_not_found, change, named, on_every_database, with_roles,
};
use crate::roles::given;

on_every_database![
    suspension_keeps_roles_and_groups,
    stripping_takes_roles_and_groups_in_one_revision,
    stripping_takes_every_grant_in_preview_projects_too,
    what_was_stripped_is_not_given_back_by_itself,
    what_was_stripped_is_given_back_where_the_policy_says_so,
    groups_that_are_gone_or_were_joined_meanwhile_are_no_matter,
    a_return_from_suspension_can_give_nothing_back,
    roles_sent_with_the_deactivation_have_no_effect_and_are_recorded,
    a_replay_of_a_deactivation_changes_nothing,
    roles_that_a_suspension_left_stay_under_a_stricter_policy_until_they_are_changed,
    a_return_keeps_the_roles_that_it_names,
    a_deletion_that_deactivates_keeps_the_record_and_its_name,
    a_deletion_that_deactivates_spares_the_last_admin,
    a_soft_deletion_makes_inactive_and_frees_the_name,
    who_is_deleted_while_inactive_leaves_its_groups,
    who_is_brought_back_is_active_and_shown_so,
    who_was_deactivated_and_deleted_comes_back_with_groups_and_roles,
    a_hard_deletion_leaves_nothing_but_the_log,
    a_user_made_by_provisioning_knows_how_it_signs_in_first,
];

const STRIP: [(&str, &str); 2] = [("deactivation.effect", "strip"), ("reactivation.restore", "none")];
const RESTORE_PREVIOUS: [(&str, &str); 2] = [
    ("deactivation.effect", "strip"),
    ("reactivation.restore", "previous"),
];

/// An editor, who is in a team.
async fn editor(world: &World) -> (identity_core::id::Id, identity_core::id::Id) {
    let ada = world.create(with_roles("ada", &["editor"])).await.unwrap();
    let team = world.group("Team", &[ada.user.id]).await;
    (ada.user.id, team.id)
}

async fn suspension_keeps_roles_and_groups(world: World) {
    let (ada, team) = editor(&world).await;
    let asleep = world.set_active(world.root(), ada, false).await.unwrap();
    assert_eq!(asleep.user.profile.roles.len(), 1);
    assert_eq!(world.member_ids(team).await, [ada]);
    let awake = world.set_active(world.root(), ada, true).await.unwrap();
    assert_eq!(
        (awake.organization_role.as_str(), awake.groups.len()),
        ("editor", 1)
    );
}

async fn stripping_takes_roles_and_groups_in_one_revision(world: World) {
    world.policy(&STRIP).await;
    let (ada, team) = editor(&world).await;
    let before = world.revision().await;
    let asleep = world.set_active(world.root(), ada, false).await.unwrap();
    assert_eq!((asleep.user.profile.roles.len(), asleep.groups.len()), (0, 0));
    let team = world.get_group(team).await.unwrap();
    assert_eq!((team.member_count, team.version), (0, 2));
    let changes = world.changes_after(before).await;
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.revision - before, it.resource))
        .collect();
    assert_eq!(told, [(1, Resource::User), (1, Resource::Group)]);
    assert_eq!(changes[1].detail.removed_members, [ada]);
}

async fn stripping_takes_every_grant_in_preview_projects_too(world: World) {
    world.policy(&STRIP).await;
    let (ada, _) = editor(&world).await;
    for (name, kind) in [("Apollo", ProjectKind::Default), ("Trial", ProjectKind::Preview)] {
        let project = world.project(name, kind).await;
        let grant = NewGrant {
            project: project.id.to_string(),
            ..given(ada, "editor")
        };
        world.grant(grant).await.unwrap();
    }
    assert_eq!(world.grants_of(ada).await.len(), 3);
    world.set_active(world.root(), ada, false).await.unwrap();
    assert!(world.grants_of(ada).await.is_empty());
}

async fn what_was_stripped_is_not_given_back_by_itself(world: World) {
    world.policy(&STRIP).await;
    let (ada, team) = editor(&world).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    let awake = world.set_active(world.root(), ada, true).await.unwrap();
    assert_eq!(
        (awake.organization_role.as_str(), awake.groups.len()),
        ("member", 0)
    );
    assert!(world.member_ids(team).await.is_empty());
}

async fn what_was_stripped_is_given_back_where_the_policy_says_so(world: World) {
    world.policy(&RESTORE_PREVIOUS).await;
    let (ada, team) = editor(&world).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    let before = world.revision().await;
    let awake = world.set_active(world.root(), ada, true).await.unwrap();
    assert_eq!(
        (awake.organization_role.as_str(), awake.groups.len()),
        ("editor", 1)
    );
    assert_eq!(world.get_group(team).await.unwrap().member_count, 1);
    let changes = world.changes_after(before).await;
    assert_eq!(changes[1].detail.added_members, [ada]);
}

async fn groups_that_are_gone_or_were_joined_meanwhile_are_no_matter(world: World) {
    world.policy(&RESTORE_PREVIOUS).await;
    let (ada, team) = editor(&world).await;
    let gone = world.group("Gone", &[ada]).await.id;
    world.set_active(world.root(), ada, false).await.unwrap();
    let id = gone.to_string();
    let deleted = world.directory.delete_group(world.root(), ORGANIZATION, &id, "");
    deleted.await.unwrap();
    world.change_members(team, &[add(&[ada])]).await.unwrap();
    let awake = world.set_active(world.root(), ada, true).await.unwrap();
    assert_eq!(awake.groups.len(), 1);
    assert_eq!(world.get_group(team).await.unwrap().member_count, 1);
}

async fn a_return_from_suspension_can_give_nothing_back(world: World) {
    world.policy(&[("reactivation.restore", "none")]).await;
    let (ada, team) = editor(&world).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    assert_eq!(world.member_ids(team).await, [ada]);
    let awake = world.set_active(world.root(), ada, true).await.unwrap();
    assert_eq!(
        (awake.organization_role.as_str(), awake.groups.len()),
        ("member", 0)
    );
}

async fn roles_sent_with_the_deactivation_have_no_effect_and_are_recorded(world: World) {
    world.policy(&STRIP).await;
    let (ada, _) = editor(&world).await;
    let before = world.revision().await;
    let input = UserInput {
        active: Some(false),
        ..with_roles("", &["developer"])
    };
    let update = change(ada, &[UserField::Active, UserField::Roles], input);
    let asleep = world.update(update).await.unwrap();
    assert!(asleep.user.profile.roles.is_empty());
    let changes = world.changes_after(before).await;
    assert_eq!(
        changes[0].detail.ignored,
        ["role \"developer\": an inactive user holds none"]
    );
}

async fn a_replay_of_a_deactivation_changes_nothing(world: World) {
    world.policy(&STRIP).await;
    let (ada, _) = editor(&world).await;
    let input = || UserInput {
        active: Some(false),
        ..with_roles("", &["developer"])
    };
    let replay = || world.update(change(ada, &[UserField::Active, UserField::Roles], input()));
    let first = replay().await.unwrap();
    let revision = world.revision().await;
    assert_eq!(replay().await.unwrap(), first);
    assert_eq!(world.revision().await, revision);
}

async fn roles_that_a_suspension_left_stay_under_a_stricter_policy_until_they_are_changed(world: World) {
    let (ada, _) = editor(&world).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    world.policy(&STRIP).await;
    let mut titled = UserInput::default();
    titled.profile.title = Some("Countess".into());
    let after = world.update(change(ada, &[UserField::Title], titled)).await;
    assert_eq!(after.unwrap().user.profile.roles[0].value, "editor");
    let viewer = change(ada, &[UserField::Roles], with_roles("", &["viewer"]));
    assert!(world.update(viewer).await.unwrap().user.profile.roles.is_empty());
}

async fn a_return_keeps_the_roles_that_it_names(world: World) {
    world.policy(&RESTORE_PREVIOUS).await;
    let (ada, _) = editor(&world).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    let input = UserInput {
        active: Some(true),
        ..with_roles("", &["viewer"])
    };
    let update = change(ada, &[UserField::Active, UserField::Roles], input);
    assert_eq!(world.update(update).await.unwrap().organization_role, "viewer");
}

async fn a_deletion_that_deactivates_keeps_the_record_and_its_name(world: World) {
    world.policy(&[("delete.mode", "deactivate")]).await;
    let (ada, team) = editor(&world).await;
    world.delete(ada).await.unwrap();
    let revision = world.revision().await;
    let kept = world.get(ada).await.unwrap();
    assert!(!kept.user.active && kept.user.deleted_at.is_none());
    assert_eq!(world.member_ids(team).await, [ada]);
    world.delete(ada).await.unwrap();
    assert_eq!(world.revision().await, revision);
    crate::harness::assert_taken(world.create(named("ada")).await, "user_name");
    let organization = world.organization().await;
    assert_eq!((organization.user_count, organization.active_user_count), (1, 0));
}

async fn a_deletion_that_deactivates_spares_the_last_admin(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap().user.id;
    for mode in ["deactivate", "soft", "hard"] {
        world.policy(&[("delete.mode", mode)]).await;
        assert_broken(world.delete(ada).await, &Rule::LastAdmin);
    }
    assert!(world.get(ada).await.unwrap().user.active);
}

async fn a_soft_deletion_makes_inactive_and_frees_the_name(world: World) {
    let (ada, team) = editor(&world).await;
    world.delete(ada).await.unwrap();
    assert_not_found(world.get(ada).await);
    assert!(world.member_ids(team).await.is_empty());
    let heir = world.user("ada").await;
    assert_eq!(heir.user.predecessor_id, Some(ada));
    assert_eq!(world.organization().await.active_user_count, 1);
}

async fn who_is_deleted_while_inactive_leaves_its_groups(world: World) {
    let (ada, team) = editor(&world).await;
    world.set_active(world.root(), ada, false).await.unwrap();
    let before = world.revision().await;
    world.delete(ada).await.unwrap();
    assert_eq!(world.get_group(team).await.unwrap().member_count, 0);
    let changes = world.changes_after(before).await;
    assert!(changes.iter().any(|it| it.detail.removed_members == [ada]));
}

async fn who_is_brought_back_is_active_and_shown_so(world: World) {
    let mut unassigned = UserInput::default();
    unassigned.profile.active_unassigned = true;
    let unassign = |id| world.update(change(id, &[UserField::Active], unassigned.clone()));
    for (name, active) in [("staged", Some(false)), ("active", None)] {
        let input = UserInput {
            active,
            ..named(name)
        };
        let id = world.create(input).await.unwrap().user.id;
        assert!(unassign(id).await.unwrap().user.profile.active_unassigned);
        world.delete(id).await.unwrap();
        let (root, text) = (world.root(), id.to_string());
        let back = world.directory.undelete_user(root, ORGANIZATION, &text, "");
        let back = back.await.unwrap().user;
        assert!(back.active && !back.profile.active_unassigned, "{name}");
        // It is staged no more: who was switched off is shown so.
        world.set_active(root, id, false).await.unwrap();
        let asleep = unassign(id).await.unwrap().user;
        assert!(!asleep.active && !asleep.profile.active_unassigned, "{name}");
    }
}

async fn who_was_deactivated_and_deleted_comes_back_with_groups_and_roles(world: World) {
    for effect in ["suspend", "strip"] {
        world
            .policy(&[
                ("deactivation.effect", effect),
                ("reactivation.restore", "previous"),
            ])
            .await;
        let bob = world
            .create(with_roles("bob", &["editor"]))
            .await
            .unwrap()
            .user
            .id;
        let team = world.group(effect, &[bob]).await.id;
        world.set_active(world.root(), bob, false).await.unwrap();
        // Who is inactive may still join a group.
        let next = world.group(&format!("{effect} next"), &[bob]).await.id;
        world.delete(bob).await.unwrap();
        let (root, text) = (world.root(), bob.to_string());
        let back = world.directory.undelete_user(root, ORGANIZATION, &text, "");
        let back = back.await.unwrap();
        assert_eq!(back.organization_role, "editor", "{effect}");
        for group in [team, next] {
            assert_eq!(world.member_ids(group).await, [bob], "{effect}");
        }
        world.delete(bob).await.unwrap();
    }
}

async fn a_hard_deletion_leaves_nothing_but_the_log(world: World) {
    world.policy(&[("delete.mode", "hard")]).await;
    let (ada, team) = editor(&world).await;
    world.delete(ada).await.unwrap();
    assert_not_found(world.get(ada).await);
    assert_eq!(world.get_group(team).await.unwrap().member_count, 0);
    assert_eq!(world.user("ada").await.user.predecessor_id, None);
    let changes = world.changes_after(0).await;
    let about = changes.iter().filter(|it| it.resource_id == ada.to_string());
    let actions: Vec<_> = about.map(|it| it.action).collect();
    assert_eq!(actions, [Action::Created, Action::Deleted]);
}

async fn a_user_made_by_provisioning_knows_how_it_signs_in_first(world: World) {
    let scim = world.scim().await;
    world.policy(&[("first_login", "password_reset")]).await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap();
    assert_eq!(ada.user.profile.first_login, Some(FirstLogin::PasswordReset));
    world.policy(&[("first_login", "sso_only")]).await;
    let again = world.set_active(&scim, ada.user.id, false).await.unwrap();
    assert_eq!(again.user.profile.first_login, Some(FirstLogin::PasswordReset));
    assert_eq!(world.user("bob").await.user.profile.first_login, None);
}
