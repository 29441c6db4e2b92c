//! Undoing what a connection, a token or a request did.

mod random;
mod state;

use std::time::Duration;

use identity_core::{
    caller::{Call, Intent, Scope},
    change::Action,
    deactivation_safeguard::SafeguardState,
    directory::{
        Directory, RevertedResource,
        input::{OrganizationUpdate, RevertRequest, SafeguardDecision, UserField, UserInput},
    },
    error::{Error, Resource, Rule},
    group::Source,
    id::Id,
    platform::{Platform, Timestamp},
};
use serde_json::json;

use crate::harness::{
    ORGANIZATION, World, add, assert_broken, assert_invalid, change, named, on_every_database, remove,
    with_roles,
};

on_every_database![
    everybody_has_roles_and_groups_again_whatever_the_deactivation_took,
    a_preview_changes_nothing_and_tells_what_an_undo_does,
    the_connection_is_held_first_unless_it_is_to_go_on,
    a_value_that_others_set_since_is_shown_and_stays,
    deleted_users_and_groups_come_back_with_their_members,
    who_was_inactive_before_a_deletion_is_inactive_again,
    new_users_and_groups_are_deleted_again_unless_others_had_to_do_with_them,
    a_name_that_the_undo_frees_goes_back_to_its_holder,
    a_preview_says_for_whom_there_is_no_seat,
    what_does_not_come_back_is_told,
    one_request_is_undone_alone,
    what_a_token_did_is_undone_once,
    an_undo_takes_the_scopes_of_what_it_changes,
    an_undo_makes_and_unmakes_no_break_glass_account,
    who_names_nobody_undoes_nothing,
    members_of_a_large_group_come_back_in_units,
];

/// The beginning of a span for the tests, an hour after all that was before.
pub(super) fn span(world: &World) -> Timestamp {
    world.pass(Duration::from_hours(1));
    world.clock.now()
}

/// The changes of a connection since then.
pub(super) fn of_connection(scim: &Call, from: Timestamp) -> RevertRequest {
    RevertRequest {
        connection: scim.caller.connection_id(),
        token: None,
        request_id: None,
        from,
        until: None,
        keep_serving: false,
    }
}

/// Runs an undo to its end.
pub(super) async fn undo(
    directory: &Directory,
    call: &Call,
    request: RevertRequest,
) -> Vec<RevertedResource> {
    let mut revert = directory
        .revert_changes(call, ORGANIZATION, request)
        .await
        .unwrap();
    let mut items = Vec::new();
    while let Some(item) = revert.next().await.unwrap() {
        items.push(item);
    }
    items
}

/// A preview tells what the undo then does, but for the revisions.
#[track_caller]
pub(super) fn assert_told(told: &[RevertedResource], done: &mut [RevertedResource]) {
    for (told, done) in told.iter().zip(done.iter_mut()) {
        done.revision = None;
        assert_eq!(told, done);
    }
    assert_eq!(told.len(), done.len());
}

/// The same caller, for a preview.
pub(super) fn preview(call: &Call) -> Call {
    let mut preview = call.clone();
    preview.intent = Intent::Validate;
    preview
}

async fn safeguard(world: &World, scim: &Call) -> SafeguardState {
    let id = scim.caller.connection_id().unwrap().to_string();
    let found = world.directory.get_connection(world.root(), ORGANIZATION, &id);
    found.await.unwrap().safeguard.state
}

async fn titled(world: &World, call: &Call, id: Id, title: &str) {
    let mut input = UserInput::default();
    input.profile.title = Some(title.into());
    let update = change(id, &[UserField::Title], input);
    world.update_as(call, update).await.unwrap();
}

async fn managed(world: &World, scim: &Call, name: &str) -> Id {
    world.create_as(scim, named(name)).await.unwrap().user.id
}

async fn everybody_has_roles_and_groups_again_whatever_the_deactivation_took(world: World) {
    let scim = world.scim().await;
    for (number, (effect, restore)) in [
        ("strip", "none"),
        ("strip", "previous"),
        ("suspend", "none"),
        ("suspend", "previous"),
    ]
    .into_iter()
    .enumerate()
    {
        world
            .policy(&[("deactivation.effect", effect), ("reactivation.restore", restore)])
            .await;
        let mut people = Vec::new();
        for name in ["ada", "grace"] {
            let input = with_roles(&format!("{name}-{number}"), &["viewer", "editor"]);
            people.push(world.create_as(&scim, input).await.unwrap().user.id);
        }
        let group = world
            .create_group_as(&scim, &format!("crew-{number}"), &people)
            .await
            .unwrap();
        let from = span(&world);
        for id in &people {
            world.set_active(&scim, *id, false).await.unwrap();
        }
        let items = undo(&world.directory, world.root(), of_connection(&scim, from)).await;
        assert!(items.iter().all(|it| it.refusal.is_none()), "{items:?}");
        for id in &people {
            let view = world.get(*id).await.unwrap();
            let roles: Vec<_> = view.user.profile.roles.iter().map(|it| &*it.value).collect();
            assert!(view.user.active, "{effect}");
            assert_eq!(roles, ["viewer", "editor"], "{effect} {restore}");
            assert_eq!(view.organization_role, "editor");
            assert!(view.user.profile.manually_set.is_empty());
        }
        let members = world.members(group.id).await;
        assert_eq!(members.len(), 2, "{effect} {restore}");
        assert!(members.iter().all(|it| it.source == Source::Scim));
        decide(&world, &scim, SafeguardDecision::Reset).await;
    }
}

async fn decide(world: &World, scim: &Call, decision: SafeguardDecision) {
    let id = scim.caller.connection_id().unwrap().to_string();
    let decided = world
        .directory
        .decide_safeguard(world.root(), ORGANIZATION, &id, decision);
    decided.await.unwrap();
}

async fn a_preview_changes_nothing_and_tells_what_an_undo_does(world: World) {
    let scim = world.scim().await;
    let ada = managed(&world, &scim, "ada").await;
    let from = span(&world);
    world.set_active(&scim, ada, false).await.unwrap();
    let revision = world.revision().await;
    let request = of_connection(&scim, from);
    let told = undo(&world.directory, &preview(world.root()), request.clone()).await;
    assert_eq!(world.revision().await, revision);
    let mut done = undo(&world.directory, world.root(), request.clone()).await;
    let revisions: Vec<_> = done.iter_mut().map(|it| it.revision.take()).collect();
    assert_eq!(told, done);
    assert_eq!(revisions, [Some(revision + 1), Some(revision + 2)]);
    assert_eq!(done[1].fields[0].field, "active");
    let entry = world.changes_after(revision + 1).await.remove(0);
    assert_eq!(entry.detail.reverts, Some(revision));
    assert!(undo(&world.directory, world.root(), request).await.is_empty());
    assert_eq!(world.revision().await, revision + 2);
}

async fn the_connection_is_held_first_unless_it_is_to_go_on(world: World) {
    let scim = world.scim().await;
    let (ada, grace) = (
        managed(&world, &scim, "ada").await,
        managed(&world, &scim, "grace").await,
    );
    let from = span(&world);
    world.set_active(&scim, ada, false).await.unwrap();
    let request = RevertRequest {
        keep_serving: true,
        ..of_connection(&scim, from)
    };
    undo(&world.directory, world.root(), request).await;
    assert_eq!(safeguard(&world, &scim).await, SafeguardState::Ready);
    world.set_active(&scim, ada, false).await.unwrap();
    let items = undo(&world.directory, world.root(), of_connection(&scim, from)).await;
    assert_eq!(items[0].resource, Resource::Connection);
    assert_eq!(items[0].fields[0].after, json!("held"));
    assert_broken(world.set_active(&scim, grace, false).await, &Rule::BrakeHeld);
    assert_broken(world.delete_as(&scim, grace).await, &Rule::BrakeHeld);
    titled(&world, &scim, grace, "Admiral").await;
    decide(&world, &scim, SafeguardDecision::Release).await;
    world.set_active(&scim, grace, false).await.unwrap();
}

async fn a_value_that_others_set_since_is_shown_and_stays(world: World) {
    world.policy(&[("manual_updates", "allow")]).await;
    let scim = world.scim().await;
    let ada = managed(&world, &scim, "ada").await;
    titled(&world, &scim, ada, "Clerk").await;
    let from = span(&world);
    let mut input = UserInput::default();
    input.profile.title = Some("Nobody".into());
    input.profile.locale = Some("xx".into());
    let update = change(ada, &[UserField::Title, UserField::Locale], input);
    world.update_as(&scim, update).await.unwrap();
    titled(&world, world.root(), ada, "Countess").await;
    let revision = world.revision().await;
    let items = undo(&world.directory, world.root(), of_connection(&scim, from)).await;
    let item = items.last().unwrap();
    let conflicts: Vec<_> = item
        .conflicts
        .iter()
        .map(|it| (&*it.field, it.revision))
        .collect();
    assert_eq!(conflicts, [("title", revision)]);
    assert_eq!(item.fields[0].field, "locale");
    let user = world.get(ada).await.unwrap().user;
    assert_eq!(
        (user.profile.title.as_deref(), user.profile.locale),
        (Some("Countess"), None)
    );
}

async fn deleted_users_and_groups_come_back_with_their_members(world: World) {
    let scim = world.scim().await;
    let (ada, grace) = (
        world
            .create_as(&scim, with_roles("ada", &["editor"]))
            .await
            .unwrap()
            .user
            .id,
        managed(&world, &scim, "grace").await,
    );
    let crew = world
        .create_group_as(&scim, "crew", &[ada, grace])
        .await
        .unwrap()
        .id;
    let all = world.create_group_as(&scim, "all", &[crew]).await.unwrap().id;
    let before = world.organization().await;
    let from = span(&world);
    world.delete_as(&scim, ada).await.unwrap();
    let id = crew.to_string();
    world
        .directory
        .delete_group(&scim, ORGANIZATION, &id, "")
        .await
        .unwrap();
    let request = of_connection(&scim, from);
    let told = undo(&world.directory, &preview(world.root()), request.clone()).await;
    let mut done = undo(&world.directory, world.root(), request).await;
    assert_told(&told, &mut done);
    assert_eq!(world.member_ids(crew).await, [ada, grace]);
    assert_eq!(world.member_ids(all).await, [crew]);
    assert_eq!(world.get(ada).await.unwrap().organization_role, "editor");
    let after = world.organization().await;
    assert_eq!(
        (after.user_count, after.active_user_count, after.group_count),
        (before.user_count, before.active_user_count, before.group_count)
    );
}

async fn who_was_inactive_before_a_deletion_is_inactive_again(world: World) {
    let scim = world.scim().await;
    let ada = managed(&world, &scim, "ada").await;
    world.set_active(&scim, ada, false).await.unwrap();
    let from = span(&world);
    world.delete_as(&scim, ada).await.unwrap();
    undo(&world.directory, world.root(), of_connection(&scim, from)).await;
    assert!(!world.get(ada).await.unwrap().user.active);
    assert_eq!(world.organization().await.active_user_count, 0);
}

async fn new_users_and_groups_are_deleted_again_unless_others_had_to_do_with_them(world: World) {
    world.policy(&[("manual_updates", "allow")]).await;
    let scim = world.scim().await;
    let own = world.group("own", &[]).await.id;
    let from = span(&world);
    let (ada, grace, joan) = (
        managed(&world, &scim, "ada").await,
        managed(&world, &scim, "grace").await,
        managed(&world, &scim, "joan").await,
    );
    let crew = world.create_group_as(&scim, "crew", &[ada]).await.unwrap().id;
    titled(&world, world.root(), grace, "Admiral").await;
    world.change_members(own, &[add(&[joan])]).await.unwrap();
    let items = undo(&world.directory, world.root(), of_connection(&scim, from)).await;
    assert!(world.get(ada).await.is_err() && world.get_group(crew).await.is_err());
    assert!(world.get(grace).await.is_ok() && world.get(joan).await.is_ok());
    let conflicts = items.iter().filter(|it| !it.conflicts.is_empty());
    let fields: Vec<_> = conflicts.map(|it| (&*it.name, &*it.conflicts[0].field)).collect();
    assert_eq!(fields, [("joan", "groups"), ("grace", "existence")]);
}

async fn a_name_that_the_undo_frees_goes_back_to_its_holder(world: World) {
    let scim = world.scim().await;
    let ada = managed(&world, &scim, "ada").await;
    let from = span(&world);
    let input = named("ada.lovelace");
    world
        .update_as(&scim, change(ada, &[UserField::UserName], input))
        .await
        .unwrap();
    managed(&world, &scim, "Ada").await;
    let request = of_connection(&scim, from);
    let told = undo(&world.directory, &preview(world.root()), request.clone()).await;
    let mut done = undo(&world.directory, world.root(), request).await;
    assert_told(&told, &mut done);
    assert_eq!(world.get(ada).await.unwrap().user.user_name, "ada");
    assert_eq!(world.names_where(None).await, ["ada"]);
}

async fn a_preview_says_for_whom_there_is_no_seat(world: World) {
    let scim = world.scim().await;
    let mut people = Vec::new();
    for name in ["ada", "grace", "joan"] {
        people.push(managed(&world, &scim, name).await);
    }
    let from = span(&world);
    for id in &people {
        world.set_active(&scim, *id, false).await.unwrap();
    }
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        seats: Some(2),
        ..OrganizationUpdate::default()
    };
    world
        .directory
        .update_organization(world.root(), update)
        .await
        .unwrap();
    let request = of_connection(&scim, from);
    let told = undo(&world.directory, &preview(world.root()), request.clone()).await;
    assert_eq!(world.organization().await.active_user_count, 0);
    let mut done = undo(&world.directory, world.root(), request).await;
    assert_told(&told, &mut done);
    let refused: Vec<_> = done.iter().filter_map(|it| it.refusal.as_deref()).collect();
    assert_eq!(refused, ["all 2 seats are taken by active users"]);
    assert_eq!(world.organization().await.active_user_count, 2);
}

async fn what_does_not_come_back_is_told(world: World) {
    world.policy(&[("delete.mode", "hard")]).await;
    let scim = world.scim().await;
    let (ada, crew) = (managed(&world, &scim, "ada").await, "crew");
    let crew = world.create_group_as(&scim, crew, &[ada]).await.unwrap().id;
    let from = span(&world);
    world.delete_as(&scim, ada).await.unwrap();
    let items = undo(&world.directory, world.root(), of_connection(&scim, from)).await;
    let lost: Vec<_> = items.iter().filter_map(|it| it.lost.as_deref()).collect();
    assert_eq!(lost, ["the user was deleted for good"]);
    assert!(world.member_ids(crew).await.is_empty());
}

async fn one_request_is_undone_alone(world: World) {
    let scim = world.scim().await;
    let (ada, grace) = (
        managed(&world, &scim, "ada").await,
        managed(&world, &scim, "grace").await,
    );
    let from = span(&world);
    for (id, request) in [(ada, "first"), (grace, "second")] {
        let call = Call::new(scim.caller.clone(), request);
        world.set_active(&call, id, false).await.unwrap();
    }
    let request = RevertRequest {
        connection: None,
        request_id: Some("second".into()),
        ..of_connection(&scim, from)
    };
    let items = undo(&world.directory, world.root(), request).await;
    assert_eq!(items.len(), 2);
    assert_eq!(safeguard(&world, &scim).await, SafeguardState::Held);
    assert!(!world.get(ada).await.unwrap().user.active);
    assert!(world.get(grace).await.unwrap().user.active);
}

async fn what_a_token_did_is_undone_once(world: World) {
    let scopes = [
        Scope::UsersWrite,
        Scope::UsersRead,
        Scope::GroupsWrite,
        Scope::ConnectionsWrite,
        Scope::ChangesRevert,
    ];
    let service = world.service(&scopes).await;
    let ada = world.user("ada").await.user.id;
    let from = span(&world);
    titled(&world, &service, ada, "Nobody").await;
    let request = RevertRequest {
        connection: None,
        token: service.caller.token_id(),
        ..of_connection(&service, from)
    };
    // The service undoes its own change, and its undo is none of its changes.
    let call = Call::new(service.caller.clone(), "undo");
    assert_eq!(undo(&world.directory, &call, request.clone()).await.len(), 1);
    world.pass(Duration::from_secs(1));
    assert!(undo(&world.directory, &call, request).await.is_empty());
    assert_eq!(world.get(ada).await.unwrap().user.profile.title, None);
}

async fn an_undo_takes_the_scopes_of_what_it_changes(world: World) {
    let scim = world.scim().await;
    let input = with_roles("ada", &["editor"]);
    let ada = world.create_as(&scim, input).await.unwrap().user.id;
    let grace = managed(&world, &scim, "grace").await;
    let from = span(&world);
    world.set_active(&scim, ada, false).await.unwrap();
    world.set_active(&scim, grace, false).await.unwrap();
    let request = of_connection(&scim, from);
    let all = [Scope::ConnectionsWrite, Scope::ChangesRevert, Scope::UsersWrite];
    let service = world.service(&all[..2]).await;
    let items = undo(&world.directory, &preview(&service), request.clone()).await;
    let refused: Vec<_> = items.iter().filter_map(|it| it.refusal.as_deref()).collect();
    assert!(
        refused.len() == 2 && refused.iter().all(|it| it.contains("users:write")),
        "{items:?}"
    );
    for lacking in [Scope::ConnectionsWrite, Scope::ChangesRevert] {
        let scopes: Vec<_> = all.into_iter().filter(|it| *it != lacking).collect();
        let service = world.service(&scopes).await;
        let refused = world
            .directory
            .revert_changes(&service, ORGANIZATION, request.clone());
        assert!(matches!(refused.await, Err(Error::Forbidden(name)) if name == lacking.name()));
    }
    let refused = world
        .directory
        .revert_changes(&scim, ORGANIZATION, request.clone());
    assert!(matches!(refused.await, Err(Error::Forbidden(_))));
    let service = world.service(&all).await;
    let items = undo(&world.directory, &service, request).await;
    let refused: Vec<_> = items.iter().filter(|it| it.refusal.is_some()).collect();
    assert_eq!(refused.len(), 1, "{items:?}");
    assert_eq!(refused[0].resource_id, ada.to_string());
    assert!(refused[0].refusal.as_deref().unwrap().contains("roles:write"));
    assert!(world.get(grace).await.unwrap().user.active);
}

async fn an_undo_makes_and_unmakes_no_break_glass_account(world: World) {
    let ada = world.user("ada").await.user.id;
    let keeper = world.service(&[Scope::UsersWrite, Scope::BreakGlass]).await;
    let from = span(&world);
    let protect = UserInput {
        break_glass: Some(true),
        ..UserInput::default()
    };
    let overriding = keeper.clone().break_glass("the owner asked").unwrap();
    let update = change(ada, &[UserField::BreakGlass], protect);
    world.update_as(&overriding, update).await.unwrap();
    let request = RevertRequest {
        connection: None,
        token: keeper.caller.token_id(),
        ..of_connection(&keeper, from)
    };
    let scopes = [Scope::UsersWrite, Scope::ConnectionsWrite, Scope::ChangesRevert];
    let service = world.service(&scopes).await;
    let items = undo(&world.directory, &service, request).await;
    assert!(items.len() == 1 && items[0].refusal.is_some(), "{items:?}");
    assert!(world.get(ada).await.unwrap().user.break_glass);
}

async fn who_names_nobody_undoes_nothing(world: World) {
    let request = RevertRequest {
        connection: None,
        ..of_connection(world.root(), world.clock.now())
    };
    let reverted = world
        .directory
        .revert_changes(world.root(), ORGANIZATION, request.clone());
    assert_invalid(reverted.await.map(drop), "actor_connection_id");
    let backwards = RevertRequest {
        request_id: Some("x".into()),
        until: Some(request.from),
        ..request
    };
    let reverted = world
        .directory
        .revert_changes(world.root(), ORGANIZATION, backwards);
    assert_invalid(reverted.await.map(drop), "end_time");
}

async fn members_of_a_large_group_come_back_in_units(world: World) {
    let scim = world.scim().await;
    let mut people = Vec::new();
    for number in 0..1_001 {
        people.push(managed(&world, &scim, &format!("user-{number}")).await);
    }
    let crew = world.create_group_as(&scim, "crew", &people).await.unwrap().id;
    let from = span(&world);
    world
        .change_members_as(&scim, crew, &[remove(&people)])
        .await
        .unwrap();
    let items = undo(&world.directory, world.root(), of_connection(&scim, from)).await;
    let added: Vec<_> = items
        .iter()
        .map(|it| (it.action, it.added_members.len()))
        .collect();
    let updated = Some(Action::Updated);
    assert_eq!(added, [(updated, 0), (updated, 1_000), (updated, 1)]);
    assert_eq!(world.get_group(crew).await.unwrap().member_count, 1_001);
}
