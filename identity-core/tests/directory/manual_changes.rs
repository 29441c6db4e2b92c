//! Callers that may change what a connection manages.

use identity_core::{
    caller::{Call, Scope},
    connection::ConnectionStatus,
    directory::input::{
        ConnectionUpdate, GroupInput, GroupUpdate, NewConnection, SafeguardLimits, UserField, UserInput,
        UserUpdate,
    },
    error::{Error, Result, Rule},
    group::Group,
    user::UserView,
};

use crate::harness::{
    ORGANIZATION, World, add, assert_broken, assert_invalid, named, on_every_database, remove, replace,
    update,
};

on_every_database![
    what_a_connection_manages_is_not_changed_manually,
    manual_updates_allow_manual_changes,
    what_a_disabled_connection_manages_is_open_to_manual_changes,
    breaking_glass_allows_manual_changes_and_the_log_says_why,
    who_may_not_break_glass_is_refused,
    a_connection_does_not_change_what_another_one_manages,
    manual_changes_are_overwritten_by_the_next_sync,
    manual_changes_stay_where_the_policy_keeps_them,
    a_deactivation_by_the_provider_is_never_kept_out,
    members_that_were_added_manually_stay_where_the_policy_keeps_them,
    nobody_is_invited_where_people_come_from_the_provider_alone,
    keeping_manual_changes_contradicts_until_the_next_sync,
];

fn is_managed<T: std::fmt::Debug>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Managed { .. }))
}

fn titled(user: &UserView, title: &str) -> UserUpdate {
    let mut input = UserInput::default();
    input.profile.title = Some(title.into());
    update(user, &[UserField::Title], input)
}

async fn provisioned(world: &World, scim: &Call, name: &str) -> UserView {
    world
        .directory
        .create_user(scim, "", named(name), "")
        .await
        .unwrap()
}

async fn provisioned_group(world: &World, scim: &Call, name: &str, members: &[&UserView]) -> Group {
    let input = GroupInput {
        display_name: name.into(),
        ..GroupInput::default()
    };
    let members = members.iter().map(|it| it.user.id.to_string()).collect();
    let made = world.directory.create_group(scim, "", input, members, "");
    made.await.unwrap()
}

async fn sync_title(world: &World, scim: &Call, user: &UserView, title: &str) -> UserView {
    let synced = world.directory.update_user(scim, "", titled(user, title));
    synced.await.unwrap()
}

async fn what_a_connection_manages_is_not_changed_manually(world: World) {
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    let team = provisioned_group(&world, &scim, "Team", &[&ada]).await;
    let before = world.revision().await;
    assert!(is_managed(&world.update(titled(&ada, "Countess")).await));
    assert!(is_managed(&world.delete(ada.user.id).await));
    assert!(is_managed(
        &world.change_members(team.id, &[remove(&[ada.user.id])]).await
    ));
    let rename = GroupUpdate {
        id: team.id.to_string(),
        ..GroupUpdate::default()
    };
    assert!(is_managed(&world.update_group(rename).await));
    let root = world.root();
    let id = team.id.to_string();
    let gone = world.directory.delete_group(root, ORGANIZATION, &id, "");
    assert!(is_managed(&gone.await));
    assert_eq!(world.revision().await, before);
    sync_title(&world, &scim, &ada, "Countess").await;
}

async fn manual_updates_allow_manual_changes(world: World) {
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    let team = provisioned_group(&world, &scim, "Team", &[&ada]).await;
    for value in ["allow", "allow_until_next_sync"] {
        world.policy(&[("manual_updates", value)]).await;
        world.update(titled(&ada, value)).await.unwrap();
        world.change_members(team.id, &[replace(&[])]).await.unwrap();
    }
    assert_eq!(
        world.get(ada.user.id).await.unwrap().user.managed_by,
        scim.caller.connection_id()
    );
    world.delete(ada.user.id).await.unwrap();
}

async fn what_a_disabled_connection_manages_is_open_to_manual_changes(world: World) {
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    let disable = ConnectionUpdate {
        id: scim.caller.connection_id().unwrap().to_string(),
        status: Some(ConnectionStatus::Disabled),
        ..ConnectionUpdate::default()
    };
    let disabled = world
        .directory
        .update_connection(world.root(), ORGANIZATION, disable);
    disabled.await.unwrap();
    world.update(titled(&ada, "Countess")).await.unwrap();
}

async fn breaking_glass_allows_manual_changes_and_the_log_says_why(world: World) {
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    let service = world.service(&[Scope::UsersWrite, Scope::BreakGlass]).await;
    for (caller, reason) in [(world.root().clone(), "the IdP is down"), (service, "ticket 7")] {
        let before = world.revision().await;
        let call = caller.break_glass(reason).unwrap();
        let changed = world
            .directory
            .update_user(&call, ORGANIZATION, titled(&ada, reason));
        changed.await.unwrap();
        let told = &world.changes_after(before).await[0].detail.break_glass;
        assert_eq!(told.as_deref(), Some(reason));
    }
}

async fn who_may_not_break_glass_is_refused(world: World) {
    let (scim, service) = (world.scim().await, world.service(&[Scope::UsersWrite]).await);
    for caller in [scim, service] {
        assert!(matches!(
            caller.break_glass("because"),
            Err(Error::Forbidden("break_glass"))
        ));
    }
    assert_invalid(world.root().clone().break_glass(" "), "x-break-glass");
}

async fn a_connection_does_not_change_what_another_one_manages(world: World) {
    world
        .policy(&[("connections.max", "2"), ("manual_updates", "allow")])
        .await;
    let ada = provisioned(&world, &world.scim().await, "ada").await;
    let new = NewConnection {
        name: "other".into(),
        idp_kind: Some(identity_core::connection::IdpKind::Okta),
        max_role: None,
        safeguard: SafeguardLimits::default(),
    };
    let made = world
        .directory
        .create_connection(world.root(), ORGANIZATION, new, "");
    made.await.unwrap();
    let token = identity_core::directory::input::NewToken {
        connection: "other".into(),
        ..crate::harness::scim_token("other")
    };
    let other = world.caller(&world.token(token).await.1).await;
    let refused = world.directory.update_user(&other, "", titled(&ada, "Countess"));
    assert!(is_managed(&refused.await));
}

async fn manual_changes_are_overwritten_by_the_next_sync(world: World) {
    world.policy(&[("manual_updates", "allow_until_next_sync")]).await;
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    world.update(titled(&ada, "by hand")).await.unwrap();
    let synced = sync_title(&world, &scim, &ada, "by sync").await;
    assert_eq!(synced.user.profile.title.as_deref(), Some("by sync"));
    assert!(synced.user.profile.manually_set.is_empty());
}

async fn manual_changes_stay_where_the_policy_keeps_them(world: World) {
    world
        .policy(&[("manual_updates", "allow"), ("drift", "keep_manual")])
        .await;
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    world.update(titled(&ada, "by hand")).await.unwrap();
    let before = world.revision().await;
    let synced = sync_title(&world, &scim, &ada, "by sync").await;
    assert_eq!(synced.user.profile.title.as_deref(), Some("by hand"));
    let ignored = &world.changes_after(before).await[0].detail.ignored;
    assert_eq!(*ignored, ["title was set by hand and stays"]);
    let mut other = UserInput::default();
    other.profile.nick_name = Some("A".into());
    let synced = world
        .directory
        .update_user(&scim, "", update(&ada, &[UserField::NickName], other));
    assert_eq!(synced.await.unwrap().user.profile.nick_name.as_deref(), Some("A"));
}

async fn a_deactivation_by_the_provider_is_never_kept_out(world: World) {
    world
        .policy(&[("manual_updates", "allow"), ("drift", "keep_manual")])
        .await;
    let scim = world.scim().await;
    let ada = provisioned(&world, &scim, "ada").await;
    let set = |active| {
        let input = UserInput {
            active: Some(active),
            ..UserInput::default()
        };
        update(&ada, &[UserField::Active], input)
    };
    world.update(set(false)).await.unwrap();
    let synced = world.directory.update_user(&scim, "", set(true)).await.unwrap();
    assert!(!synced.user.active, "reactivated against hands");
    world.update(set(true)).await.unwrap();
    let synced = world.directory.update_user(&scim, "", set(false)).await.unwrap();
    assert!(!synced.user.active, "kept active by hands");
}

async fn members_that_were_added_manually_stay_where_the_policy_keeps_them(world: World) {
    world
        .policy(&[("manual_updates", "allow"), ("drift", "keep_manual")])
        .await;
    let scim = world.scim().await;
    let (ada, bob) = (provisioned(&world, &scim, "ada").await, world.user("bob").await);
    let team = provisioned_group(&world, &scim, "Team", &[&ada]).await;
    world
        .change_members(team.id, &[add(&[bob.user.id])])
        .await
        .unwrap();
    let clear = GroupUpdate {
        id: team.id.to_string(),
        member_changes: vec![replace(&[])],
        ..GroupUpdate::default()
    };
    let cleared = world
        .directory
        .update_group(&scim, "", clear.clone())
        .await
        .unwrap();
    assert_eq!(
        (world.member_ids(team.id).await, cleared.member_count),
        (vec![bob.user.id], 1)
    );
    world.policy(&[("drift", "overwrite")]).await;
    world.directory.update_group(&scim, "", clear).await.unwrap();
    assert!(world.member_ids(team.id).await.is_empty());
}

async fn nobody_is_invited_where_people_come_from_the_provider_alone(world: World) {
    world.policy(&[("invites", "deny")]).await;
    world.user("before").await;
    let scim = world.scim().await;
    assert_broken(world.create(named("bob")).await, &Rule::PolicyForbids("invites"));
    provisioned(&world, &scim, "ada").await;
    let call = world.root().clone().break_glass("a consultant").unwrap();
    let made = world.directory.create_user(&call, ORGANIZATION, named("eve"), "");
    made.await.unwrap();
    world.policy(&[("manual_updates", "allow")]).await;
    world.create(named("bob")).await.unwrap();
}

async fn keeping_manual_changes_contradicts_until_the_next_sync(world: World) {
    let update = identity_core::directory::input::PolicyUpdate {
        settings: [
            ("manual_updates", "allow_until_next_sync"),
            ("drift", "keep_manual"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec(),
        ..Default::default()
    };
    let refused = world.directory.update_policy(world.root(), ORGANIZATION, update);
    assert_invalid(refused.await, "drift");
}
