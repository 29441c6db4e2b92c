//! Groups without their members.

use std::time::Duration;

use identity_core::{
    directory::input::{GroupField, GroupInput, GroupUpdate, UpdateMode},
    error::{Error, Rule},
    group::Group,
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, assert_taken, on_every_database,
};

on_every_database![
    a_group_comes_back_as_it_was_created,
    a_group_name_is_unique_without_case_while_the_policy_says_so,
    names_become_unique_only_where_they_are,
    a_display_name_is_required,
    an_external_id_is_unique_among_the_groups_of_a_connection_where_the_policy_says_so,
    an_update_without_effect_changes_nothing,
    an_update_from_an_older_version_is_refused,
    a_replacement_clears_what_it_leaves_out,
    a_replacement_leaves_members_where_the_policy_says_so,
    a_deleted_group_does_not_exist_and_frees_its_name,
];

fn named(name: &str) -> GroupInput {
    GroupInput {
        display_name: name.into(),
        ..GroupInput::default()
    }
}

fn renamed(group: &Group, name: &str) -> GroupUpdate {
    GroupUpdate {
        id: group.id.to_string(),
        fields: vec![GroupField::DisplayName],
        input: named(name),
        ..GroupUpdate::default()
    }
}

async fn a_group_comes_back_as_it_was_created(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await;
    assert_eq!(world.get_group(team.id).await.unwrap(), team);
    assert_eq!((team.version, team.member_count), (1, 1));
}

async fn a_group_name_is_unique_without_case_while_the_policy_says_so(world: World) {
    world.group("Team", &[]).await;
    let other = world.group("Other", &[]).await;
    assert_taken(world.create_group("TEAM", &[]).await, "display_name");
    assert_taken(world.update_group(renamed(&other, "team")).await, "display_name");
    world.policy(&[("groups.unique_names", "false")]).await;
    world.update_group(renamed(&other, "team")).await.unwrap();
    world.group("TEAM", &[]).await;
}

async fn names_become_unique_only_where_they_are(world: World) {
    world.policy(&[("groups.unique_names", "false")]).await;
    world.group("Team", &[]).await;
    let twin = world.group("team", &[]).await;
    let update = || identity_core::directory::input::PolicyUpdate {
        settings: vec![("groups.unique_names".into(), "true".into())],
        ..Default::default()
    };
    let root = world.root();
    let refused = world.directory.update_policy(root, ORGANIZATION, update()).await;
    assert_broken(refused, &Rule::PolicyForbids("groups.unique_names"));
    world.update_group(renamed(&twin, "Other")).await.unwrap();
    world
        .directory
        .update_policy(root, ORGANIZATION, update())
        .await
        .unwrap();
    assert_taken(world.create_group("OTHER", &[]).await, "display_name");
}

async fn a_display_name_is_required(world: World) {
    assert_invalid(world.create_group("", &[]).await, "display_name");
}

async fn an_external_id_is_unique_among_the_groups_of_a_connection_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    let create = |name| {
        let input = GroupInput {
            external_id: "g-1".into(),
            ..named(name)
        };
        world.directory.create_group(&scim, "", input, Vec::new(), "")
    };
    create("Team").await.unwrap();
    create("Twin").await.unwrap();
    world.policy(&[("external_id.unique", "true")]).await;
    assert_taken(create("Other").await, "external_id");
}

async fn an_update_without_effect_changes_nothing(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await;
    let revision = world.revision().await;
    world.pass(Duration::from_secs(1));
    assert_eq!(world.update_group(renamed(&team, "Team")).await.unwrap(), team);
    assert_eq!(world.revision().await, revision);
}

async fn an_update_from_an_older_version_is_refused(world: World) {
    let team = world.group("Team", &[]).await;
    world.update_group(renamed(&team, "Crew")).await.unwrap();
    let stale = GroupUpdate {
        etag: "1".into(),
        ..renamed(&team, "Gang")
    };
    let refused = world.update_group(stale).await;
    assert!(
        matches!(refused, Err(Error::VersionMismatch { .. })),
        "{refused:?}"
    );
}

fn replacement(group: &Group) -> GroupUpdate {
    GroupUpdate {
        mode: UpdateMode::Replace,
        ..renamed(group, "Team")
    }
}

async fn a_replacement_clears_what_it_leaves_out(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await;
    let after = world.update_group(replacement(&team)).await.unwrap();
    assert_eq!(after.member_count, 0);
    assert!(world.members(team.id).await.is_empty());
}

async fn a_replacement_leaves_members_where_the_policy_says_so(world: World) {
    world.policy(&[("put.omitted", "keep")]).await;
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await;
    assert_eq!(world.update_group(replacement(&team)).await.unwrap(), team);
    assert_eq!(world.member_ids(team.id).await, [ada]);
}

async fn a_deleted_group_does_not_exist_and_frees_its_name(world: World) {
    let inner = world.group("Inner", &[]).await;
    let outer = world.group("Outer", &[inner.id]).await;
    let id = inner.id.to_string();
    let root = world.root();
    world
        .directory
        .delete_group(root, ORGANIZATION, &id, "")
        .await
        .unwrap();
    assert_not_found(world.get_group(inner.id).await);
    assert!(world.members(outer.id).await.is_empty());
    let after = world.get_group(outer.id).await.unwrap();
    assert_eq!((after.member_count, after.version), (0, 2));
    world.group("INNER", &[]).await;
}
