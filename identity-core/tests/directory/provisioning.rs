//! Treatment of what an identity provider sends: groups that are not synchronized or taken over, attributes
//! that are not kept.

use identity_core::{
    caller::Call,
    change::Action,
    directory::input::{
        GroupField, GroupInput, GroupUpdate, ListRequest, PageRequest, UserField, UserInput, View,
    },
    error::{Error, Result},
    group::{Group, GroupKind},
    user::TypedValue,
};

use crate::harness::{
    ORGANIZATION, World, add, assert_invalid, assert_not_found, assert_taken, equal, named,
    on_every_database, update,
};

on_every_database![
    with_groups_out_of_sync_calls_about_them_have_no_effect,
    with_groups_out_of_sync_a_client_finds_what_it_made_and_nobody_else_does,
    with_groups_out_of_sync_what_a_connection_manages_is_changed_manually,
    a_group_that_was_adopted_is_tied_to_the_one_that_is_sent,
    a_group_that_nobody_manages_is_taken_over_by_its_name,
    a_group_is_not_taken_over_unasked,
    a_group_is_not_taken_over_under_an_external_id_that_another_has,
    attributes_outside_of_the_profile_are_not_kept_and_the_log_says_so,
    the_standard_profile_keeps_numbers_and_addresses_by_their_types,
    what_a_wider_profile_let_in_stays_until_it_is_taken_away,
    new_users_join_the_default_groups_and_provisioned_ones_where_the_policy_says_so,
    a_default_group_that_is_missing_is_recorded,
    a_default_pool_is_made_with_its_first_user,
    groups_of_the_provider_are_pools_where_the_policy_says_so,
    attributes_that_no_schema_has_are_refused_where_the_policy_says_so,
];

async fn create_group(world: &World, scim: &Call, name: &str) -> Result<Group> {
    let input = GroupInput {
        display_name: name.into(),
        external_id: "g-1".into(),
        ..GroupInput::default()
    };
    world
        .directory
        .create_group(scim, "", input, Vec::new(), "")
        .await
}

async fn with_groups_out_of_sync_calls_about_them_have_no_effect(world: World) {
    let (scim, ada) = (world.scim().await, world.user("ada").await);
    let local = world.group("Local", &[]).await;
    world.policy(&[("groups.sync", "false")]).await;
    let before = world.revision().await;
    let made = create_group(&world, &scim, "Team").await.unwrap();
    assert!(world.get_group(made.id).await.is_err());
    let join = GroupUpdate {
        id: local.id.to_string(),
        member_changes: vec![add(&[ada.user.id])],
        ..GroupUpdate::default()
    };
    world.directory.update_group(&scim, "", join).await.unwrap();
    let id = local.id.to_string();
    let deleted = world.directory.delete_group(&scim, "", &id, "");
    deleted.await.unwrap();
    assert_eq!(world.get_group(local.id).await.unwrap(), local);
    let told = world.changes_after(before).await;
    assert!(
        told.iter()
            .all(|it| it.action == Action::Ignored && it.detail.ignored.len() == 1)
    );
    assert_eq!(told.len(), 3);
    assert_eq!(world.organization().await.group_count, 1);
}

async fn a_group_that_nobody_manages_is_taken_over_by_its_name(world: World) {
    world.policy(&[("groups.adopt_by_name", "true")]).await;
    let (scim, ada) = (world.scim().await, world.user("ada").await);
    let local = world.group("Team", &[ada.user.id]).await;
    let taken = create_group(&world, &scim, "TEAM").await.unwrap();
    assert_eq!(taken.id, local.id);
    let stored = world.get_group(local.id).await.unwrap();
    assert_eq!(stored, taken);
    assert_eq!(stored.managed_by, scim.caller.connection_id());
    assert_eq!(
        (stored.external_id.as_deref(), stored.version),
        (Some("g-1"), local.version + 1)
    );
    assert_eq!(world.member_ids(local.id).await, [ada.user.id]);
    assert_taken(create_group(&world, &scim, "team").await, "display_name");
}

async fn a_group_is_not_taken_over_unasked(world: World) {
    let scim = world.scim().await;
    world.group("Team", &[]).await;
    assert_taken(create_group(&world, &scim, "Team").await, "display_name");
}

async fn a_group_is_not_taken_over_under_an_external_id_that_another_has(world: World) {
    let settings = [("groups.adopt_by_name", "true"), ("external_id.unique", "true")];
    world.policy(&settings).await;
    let scim = world.scim().await;
    create_group(&world, &scim, "Crew").await.unwrap();
    let local = world.group("Team", &[]).await;
    assert_taken(create_group(&world, &scim, "Team").await, "external_id");
    assert_eq!(world.get_group(local.id).await.unwrap(), local);
}

fn rich() -> UserInput {
    let typed = |value: &str, kind: &str| TypedValue {
        value: value.into(),
        kind: Some(kind.into()),
        ..TypedValue::default()
    };
    let mut input = named("ada");
    input.profile.display_name = Some("Ada".into());
    input.profile.title = Some("Countess".into());
    input.profile.nick_name = Some("A".into());
    input.profile.phone_numbers = vec![typed("1", "work"), typed("2", "Mobile"), typed("3", "fax")];
    input
}

async fn attributes_outside_of_the_profile_are_not_kept_and_the_log_says_so(world: World) {
    world.policy(&[("attributes.profile", "minimal")]).await;
    let scim = world.scim().await;
    let before = world.revision().await;
    let ada = world.directory.create_user(&scim, "", rich(), "").await.unwrap();
    let profile = ada.user.profile;
    assert_eq!(profile.display_name.as_deref(), Some("Ada"));
    assert_eq!((profile.title, profile.nick_name), (None, None));
    assert!(profile.phone_numbers.is_empty());
    let ignored = &world.changes_after(before).await[0].detail.ignored;
    assert!(ignored.iter().any(|it| it.starts_with("title")), "{ignored:?}");
    assert_eq!(ignored.len(), 3);
}

async fn the_standard_profile_keeps_numbers_and_addresses_by_their_types(world: World) {
    world.policy(&[("attributes.profile", "standard")]).await;
    let profile = world.create(rich()).await.unwrap().user.profile;
    assert_eq!(
        (profile.title.as_deref(), profile.nick_name),
        (Some("Countess"), None)
    );
    let numbers: Vec<_> = profile.phone_numbers.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(numbers, ["1", "2"]);
}

async fn what_a_wider_profile_let_in_stays_until_it_is_taken_away(world: World) {
    let ada = world.create(rich()).await.unwrap();
    world.policy(&[("attributes.profile", "minimal")]).await;
    let fields = [UserField::NickName, UserField::Title];
    let after = world.update(update(
        &ada,
        &fields,
        UserInput {
            profile: identity_core::user::Profile {
                nick_name: Some("Countess A".into()),
                ..Default::default()
            },
            ..UserInput::default()
        },
    ));
    let profile = after.await.unwrap().user.profile;
    assert_eq!((profile.nick_name.as_deref(), profile.title), (Some("A"), None));
    assert_eq!(profile.phone_numbers.len(), 3);
}

async fn new_users_join_the_default_groups_and_provisioned_ones_where_the_policy_says_so(world: World) {
    let (team, pool) = (world.group("Team", &[]).await, world.group("default", &[]).await);
    let id = team.id.to_string();
    world
        .policy(&[("defaults.groups", &id), ("defaults.pool", "Default")])
        .await;
    let scim = world.scim().await;
    let provision = async |name| {
        let made = world.directory.create_user(&scim, "", named(name), "");
        made.await.unwrap().groups.len()
    };
    let ada = world.user("ada").await;
    assert_eq!((ada.groups.len(), provision("bob").await), (2, 0));
    assert_eq!(world.member_ids(pool.id).await, [ada.user.id]);
    world.policy(&[("defaults.apply_to_scim_users", "true")]).await;
    assert_eq!(provision("eve").await, 2);
    let stored = world.get_group(team.id).await.unwrap();
    assert_eq!((stored.member_count, stored.version), (2, 3));
}

async fn a_default_group_that_is_missing_is_recorded(world: World) {
    world.policy(&[("defaults.groups", "nowhere")]).await;
    let before = world.revision().await;
    assert!(world.user("ada").await.groups.is_empty());
    let told = &world.changes_after(before).await[0].detail.ignored;
    assert_eq!(*told, ["there is no default group \"nowhere\""]);
}

async fn groups_of_the_provider_are_pools_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    world.policy(&[("groups.project_to", "groups,pools")]).await;
    let pool = create_group(&world, &scim, "Agents").await.unwrap();
    assert_eq!(world.get_group(pool.id).await.unwrap().kind, GroupKind::Pool);
    assert_eq!(world.group("Team", &[]).await.kind, GroupKind::Group);
}

async fn attributes_that_no_schema_has_are_refused_where_the_policy_says_so(world: World) {
    let dropping = |name: &str| UserInput {
        ignored_attributes: vec!["shoeSize".into()],
        ..named(name)
    };
    let scim = world.scim().await;
    let made = world.directory.create_user(&scim, "", dropping("ada"), "");
    let ada = made.await.unwrap();
    world.policy(&[("attributes.unknown", "reject")]).await;
    let made = world.directory.create_user(&scim, "", dropping("bob"), "");
    assert_invalid(made.await, "shoeSize");
    let changed = update(&ada, &[UserField::UserName], dropping("lovelace"));
    let changed = world.directory.update_user(&scim, "", changed);
    assert_invalid(changed.await, "shoeSize");
}

async fn a_default_pool_is_made_with_its_first_user(world: World) {
    world
        .policy(&[
            ("defaults.pool", "agents"),
            ("defaults.apply_to_scim_users", "true"),
        ])
        .await;
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap();
    let pool = world.get_group(ada.groups[0].id).await.unwrap();
    assert_eq!(
        (pool.display_name.as_str(), pool.kind, pool.managed_by),
        ("agents", GroupKind::Pool, None)
    );
    let bob = world.create_as(&scim, named("bob")).await.unwrap();
    assert_eq!(world.member_ids(pool.id).await, [ada.user.id, bob.user.id]);
    assert_eq!(world.organization().await.group_count, 1);
    // A refused create makes none.
    world.policy(&[("defaults.pool", "others")]).await;
    assert_taken(world.create_as(&scim, named("ada")).await, "user_name");
    assert_eq!(world.organization().await.group_count, 1);
}

async fn with_groups_out_of_sync_a_client_finds_what_it_made_and_nobody_else_does(world: World) {
    let (scim, ada) = (world.scim().await, world.user("ada").await);
    world.policy(&[("groups.sync", "false")]).await;
    let made = create_group(&world, &scim, "Team").await.unwrap();
    let id = made.id.to_string();
    let again = create_group(&world, &scim, "TEAM").await.unwrap();
    assert_eq!(again.id, made.id);
    let get = async |call| world.directory.get_group(call, ORGANIZATION, &id).await;
    let find = async |call, name: &str| {
        let request = ListRequest {
            filter: Some(equal("display_name", name)),
            view: View::WithTotal,
            ..ListRequest::default()
        };
        let found = world
            .directory
            .list_groups(call, ORGANIZATION, request)
            .await
            .unwrap();
        (found.items.len(), found.total)
    };
    assert_eq!(get(&scim).await.unwrap(), made);
    assert_eq!(find(&scim, "team").await, (1, Some(1)));
    assert_not_found(get(world.root()).await);
    assert_eq!(find(world.root(), "team").await, (0, Some(0)));

    // It is renamed and found, and has no members.
    let rename = GroupUpdate {
        id: id.clone(),
        fields: vec![GroupField::DisplayName],
        input: GroupInput {
            display_name: "Crew".into(),
            ..GroupInput::default()
        },
        member_changes: vec![add(&[ada.user.id])],
        ..GroupUpdate::default()
    };
    let renamed = world.directory.update_group(&scim, "", rename).await.unwrap();
    assert_eq!((renamed.display_name.as_str(), renamed.member_count), ("Crew", 0));
    assert_eq!((find(&scim, "team").await.0, find(&scim, "crew").await.0), (0, 1));
    let members = world
        .directory
        .list_members(&scim, ORGANIZATION, &id, PageRequest::default());
    assert!(members.await.unwrap().items.is_empty());
    let all = world
        .directory
        .list_groups(&scim, ORGANIZATION, ListRequest::default());
    assert_eq!(all.await.unwrap().items.len(), 1);

    // Deleted, or in sync, it is gone.
    world.directory.delete_group(&scim, "", &id, "").await.unwrap();
    assert_not_found(get(&scim).await);
    let other = create_group(&world, &scim, "Team").await.unwrap();
    assert_ne!(other.id, made.id);
    world.policy(&[("groups.sync", "true")]).await;
    let gone = world
        .directory
        .get_group(&scim, ORGANIZATION, &other.id.to_string())
        .await;
    assert_not_found(gone);
    assert_eq!(world.organization().await.group_count, 0);
    assert!(
        create_group(&world, &scim, "Team")
            .await
            .unwrap()
            .deleted_at
            .is_none()
    );
}

async fn with_groups_out_of_sync_what_a_connection_manages_is_changed_manually(world: World) {
    let (scim, ada) = (world.scim().await, world.user("ada").await);
    let team = create_group(&world, &scim, "Team").await.unwrap();
    let joins = [add(&[ada.user.id])];
    let join = || world.change_members(team.id, &joins);
    assert!(matches!(join().await, Err(Error::Managed { .. })));
    world.policy(&[("groups.sync", "false")]).await;
    join().await.unwrap();
    assert_eq!(world.member_ids(team.id).await, [ada.user.id]);
}

async fn a_group_that_was_adopted_is_tied_to_the_one_that_is_sent(world: World) {
    world
        .policy(&[("groups.adopt_by_name", "true"), ("adopt", "all_on_enable")])
        .await;
    let local = world.group("Team", &[]).await;
    let scim = world.scim().await;
    assert_eq!(
        world.get_group(local.id).await.unwrap().managed_by,
        scim.caller.connection_id()
    );
    let sent = create_group(&world, &scim, "team").await.unwrap();
    assert_eq!((sent.id, sent.external_id.as_deref()), (local.id, Some("g-1")));
    assert_taken(create_group(&world, &scim, "team").await, "display_name");
}
