//! Erasing people for good, and showing all that is known of them.

mod life;
mod retention;

use identity_core::{
    caller::Scope,
    change::{Action, Actor, Change},
    directory::input::{
        MemberChange, NewProvisioningRequest, PageRequest, RequestsOfToken, UserField, WatchRequest,
        WatchStart, WatchTarget,
    },
    error::{Error, Resource, Rule},
    id::Id,
    provisioning_log::{Content, ProvisioningRequest, Target},
};
use serde_json::json;

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_not_found, change, named, on_every_database, scim_token,
    with_roles,
};
use life::{Person, VALUES};

on_every_database![
    no_byte_of_an_erased_person_is_left_and_the_log_has_no_gap,
    a_user_who_is_not_deleted_is_deleted_by_the_same_change,
    a_user_that_was_deleted_for_good_is_erased_from_the_logs,
    who_is_erased_already_is_left_as_it_is,
    an_interrupted_erasure_is_finished_by_its_repetition,
    an_erasure_that_races_with_changes_leaves_nothing,
    the_rules_of_deletion_hold,
    a_trial_changes_nothing,
    others_keep_their_values,
    a_name_that_is_a_word_of_others_takes_nothing_from_them,
    a_person_with_a_long_history_is_erased_in_steps,
    an_export_holds_all_that_is_known,
    an_export_of_who_is_known_to_the_log_alone_has_no_user,
];

/// Fails if one of these values is anywhere in the database.
pub(super) async fn assert_nothing_of(world: &World, values: &[&str]) {
    let contents = world.contents().await;
    for value in values {
        let forms = [
            (*value).to_owned(),
            value.to_lowercase(),
            identity_core::text::fold(value),
        ];
        for form in forms {
            let holds = |part: &&Vec<u8>| part.windows(form.len()).any(|it| it == form.as_bytes());
            if let Some(part) = contents.iter().find(holds) {
                let start = part
                    .windows(form.len())
                    .position(|it| it == form.as_bytes())
                    .unwrap();
                let near = &part[start.saturating_sub(200)..part.len().min(start + 200)];
                panic!("{form:?} is left: {}", String::from_utf8_lossy(near));
            }
        }
    }
}

pub(super) async fn erase(world: &World, id: Id) -> identity_core::error::Result<i64> {
    let id = id.to_string();
    let erased = world.directory.erase_user(world.root(), ORGANIZATION, &id).await;
    erased.map(|at| at.0)
}

async fn entries_about(world: &World, id: Id) -> Vec<Change> {
    let mut changes = world.changes_after(0).await;
    changes.retain(|it| it.resource_id == id.to_string());
    changes
}

/// The entries that a watch from the beginning tells, without a gap.
async fn watched(world: &World) -> Vec<Change> {
    let request = WatchRequest {
        target: WatchTarget::Organization(ORGANIZATION.into()),
        start: Some(WatchStart::AfterRevision(0)),
        kinds: Vec::new(),
    };
    let mut watch = world.directory.watch(world.root(), request).await.unwrap();
    let (revision, mut told) = (world.revision().await, Vec::<Change>::new());
    while told.last().is_none_or(|last| last.revision < revision) {
        told.extend(watch.next().await.unwrap().changes.clone());
    }
    let mut before = (0, 0);
    for change in &told {
        let follows = [(before.0, before.1 + 1), (before.0 + 1, 0)];
        let place = (change.revision, change.sequence);
        assert!(follows.contains(&place), "{place:?} follows {before:?}");
        before = place;
    }
    told
}

async fn no_byte_of_an_erased_person_is_left_and_the_log_has_no_gap(world: World) {
    let person = Person::live(&world).await;
    let before = world.changes_after(0).await;
    erase(&world, person.id).await.unwrap();
    assert_nothing_of(&world, VALUES).await;
    assert_not_found(world.get(person.id).await);

    let after = watched(&world).await;
    let key = |it: &Change| {
        (
            it.revision,
            it.sequence,
            it.at,
            it.resource,
            it.resource_id.clone(),
            it.action,
        )
    };
    let keys: Vec<_> = after.iter().map(key).collect();
    assert_eq!(keys[..before.len()], before.iter().map(key).collect::<Vec<_>>());
    let last = after.last().unwrap();
    assert_eq!(
        (last.action, &*last.resource_id),
        (Action::Erased, &*person.id.to_string())
    );
    assert_eq!(after.len(), before.len() + 1, "it is one entry");
    let created = after
        .iter()
        .find(|it| it.action == Action::Created && it.resource_id == last.resource_id);
    let fields = &created.unwrap().detail.fields;
    assert!(fields.iter().any(|it| it.field == "user_name"));
    assert!(fields.iter().all(|it| it.after == json!("erased")));
}

async fn a_user_who_is_not_deleted_is_deleted_by_the_same_change(world: World) {
    let ada = world
        .create(with_roles("ada-nobody-else", &["editor"]))
        .await
        .unwrap();
    let team = world.group("Team", &[ada.user.id]).await;
    let (before, count) = (world.revision().await, world.organization().await.user_count);
    erase(&world, ada.user.id).await.unwrap();
    let entries = world.changes_after(before).await;
    let told: Vec<_> = entries
        .iter()
        .map(|it| (it.revision - before, it.resource, it.action))
        .collect();
    assert_eq!(
        told,
        [
            (1, Resource::Group, Action::Updated),
            (1, Resource::User, Action::Deleted),
            (1, Resource::User, Action::Erased),
        ]
    );
    assert_eq!(world.organization().await.user_count, count - 1);
    assert_eq!(world.get_group(team.id).await.unwrap().member_count, 0);
    assert_nothing_of(&world, &["ada-nobody-else"]).await;
}

async fn a_user_that_was_deleted_for_good_is_erased_from_the_logs(world: World) {
    world.policy(&[("delete.mode", "hard")]).await;
    let person = Person::live(&world).await;
    erase(&world, person.id).await.unwrap();
    assert_nothing_of(&world, VALUES).await;
    assert_eq!(
        entries_about(&world, person.id).await.last().unwrap().action,
        Action::Erased
    );
}

async fn who_is_erased_already_is_left_as_it_is(world: World) {
    let ada = world.user("ada").await;
    let first = erase(&world, ada.user.id).await.unwrap();
    let before = world.revision().await;
    world.pass(std::time::Duration::from_mins(1));
    assert_eq!(erase(&world, ada.user.id).await.unwrap(), first);
    assert_eq!(world.revision().await, before);
    assert_not_found(erase(&world, world.organization().await.id).await);
    let nobody = world
        .directory
        .erase_user(world.root(), ORGANIZATION, "nobody")
        .await;
    assert_not_found(nobody);
}

async fn an_interrupted_erasure_is_finished_by_its_repetition(world: World) {
    let person = Person::live(&world).await;
    // As if the process had ended right after the change: all that follows it is still to be done.
    world
        .sql("CREATE TABLE kept_changes AS SELECT * FROM changes")
        .await;
    world
        .sql("CREATE TABLE kept_requests AS SELECT * FROM provisioning_requests")
        .await;
    let first = erase(&world, person.id).await.unwrap();
    world
        .sql(
            "UPDATE changes SET detail = (SELECT kept.detail FROM kept_changes kept \
             WHERE kept.revision = changes.revision AND kept.sequence = changes.sequence) \
             WHERE EXISTS (SELECT 1 FROM kept_changes kept \
             WHERE kept.revision = changes.revision AND kept.sequence = changes.sequence); \
             INSERT INTO provisioning_requests SELECT * FROM kept_requests \
             WHERE id NOT IN (SELECT id FROM provisioning_requests); \
             DROP TABLE kept_changes; DROP TABLE kept_requests;",
        )
        .await;
    let revision = world.revision().await;
    assert_eq!(erase(&world, person.id).await.unwrap(), first);
    assert_eq!(world.revision().await, revision);
    assert_nothing_of(&world, VALUES).await;
}

async fn an_erasure_that_races_with_changes_leaves_nothing(world: World) {
    let mut people = Vec::new();
    for number in 0..10 {
        people.push(world.user(&format!("racer-{number}")).await.user.id);
    }
    let work = people.iter().map(|id| {
        let world = &world;
        async move {
            let rename = async {
                let mut renamed = 0;
                for number in 0..20 {
                    let input = named(&format!("racer-{id}-{number}"));
                    renamed += usize::from(
                        world
                            .update(change(*id, &[UserField::UserName], input))
                            .await
                            .is_ok(),
                    );
                }
                renamed
            };
            let (_, erased) = futures::join!(rename, erase(world, *id));
            erased.unwrap();
            assert_not_found(
                world
                    .update(change(*id, &[UserField::UserName], named("racer-again")))
                    .await,
            );
        }
    });
    futures::future::join_all(work).await;
    assert_nothing_of(&world, &["racer-"]).await;
    watched(&world).await;
}

async fn the_rules_of_deletion_hold(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let before = world.revision().await;
    assert_broken(erase(&world, ada.user.id).await, &Rule::LastAdmin);
    let scim = world.scim().await;
    let managed = world.create_as(&scim, named("bob")).await.unwrap().user.id;
    let refused = erase(&world, managed).await;
    assert!(matches!(refused, Err(Error::Managed { .. })), "{refused:?}");

    let deleter = world
        .service(&[Scope::UsersRead, Scope::UsersWrite, Scope::BreakGlass])
        .await;
    let deleter = deleter.break_glass("she asked for it").unwrap();
    let id = managed.to_string();
    let refused = world.directory.erase_user(&deleter, ORGANIZATION, &id).await;
    assert!(
        matches!(refused, Err(Error::Forbidden("users:erase"))),
        "{refused:?}"
    );
    let refused = world.directory.erase_user(&scim, ORGANIZATION, &id).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    assert!(
        world
            .changes_after(before)
            .await
            .iter()
            .all(|it| it.action != Action::Erased)
    );

    let eraser = world.service(&[Scope::UsersErase, Scope::BreakGlass]).await;
    let eraser = eraser.break_glass("she asked for it").unwrap();
    world
        .directory
        .erase_user(&eraser, ORGANIZATION, &id)
        .await
        .unwrap();
    let entries = entries_about(&world, managed).await;
    let reason = entries.last().unwrap().detail.break_glass.as_deref();
    assert_eq!(reason, Some("she asked for it"));
}

async fn a_trial_changes_nothing(world: World) {
    let person = Person::live(&world).await;
    let before = world.changes_after(0).await;
    let mut trial = world.root().clone();
    trial.intent = identity_core::caller::Intent::Validate;
    let id = person.id.to_string();
    world
        .directory
        .erase_user(&trial, ORGANIZATION, &id)
        .await
        .unwrap();
    assert_eq!(world.changes_after(0).await, before);
    erase(&world, person.id).await.unwrap();
}

async fn others_keep_their_values(world: World) {
    let bob = world.create(named("bob.baker@acme.example")).await.unwrap();
    let ada = world.create(named("ada@acme.example")).await.unwrap();
    let (kept, entries) = (
        world.get(bob.user.id).await.unwrap(),
        entries_about(&world, bob.user.id).await,
    );
    erase(&world, ada.user.id).await.unwrap();
    assert_eq!(world.get(bob.user.id).await.unwrap(), kept);
    assert_eq!(entries_about(&world, bob.user.id).await, entries);
    // The name is free for another one.
    world.create(named("ada@acme.example")).await.unwrap();
}

async fn a_name_that_is_a_word_of_others_takes_nothing_from_them(world: World) {
    let scim = world.scim().await;
    let ember = world.create(named("ember")).await.unwrap().user.id;
    let team = world
        .create_group_as(&scim, "Team of members", &[])
        .await
        .unwrap()
        .id;
    let unknown = [MemberChange::Add(vec!["zoe".into()])];
    world.change_members_as(&scim, team, &unknown).await.unwrap();
    let (_, token) = world.token(scim_token("second")).await;
    let shared = |id: Option<Id>, resource_type: &str| NewProvisioningRequest {
        age: std::time::Duration::ZERO,
        content: Content {
            resource_type: resource_type.into(),
            target: Target {
                id: id.map(|id| id.to_string()),
                name: Some("ember".into()),
                ..Target::default()
            },
            detail: "a group has at most 200000 members".into(),
            ..Content::default()
        },
    };
    let bob = world.create(named("bob")).await.unwrap().user.id;
    // Another user and a group had the name, too.
    let requests = vec![
        shared(Some(bob), "User"),
        shared(Some(team), "Group"),
        shared(Some(ember), "User"),
    ];
    let recorded = world
        .directory
        .record_provisioning_requests(vec![RequestsOfToken { token, requests }]);
    recorded.await.unwrap();
    let before = entries_about(&world, team).await;
    let exported = world
        .directory
        .export_user(
            world.root(),
            ORGANIZATION,
            &ember.to_string(),
            PageRequest::default(),
        )
        .await
        .unwrap();
    let about_others = |it: &ProvisioningRequest| it.content.target.id != Some(ember.to_string());
    assert!(!exported.requests.iter().any(about_others), "{exported:?}");
    erase(&world, ember).await.unwrap();
    assert_eq!(entries_about(&world, team).await, before);
    let left = world.directory.list_provisioning_requests(
        world.root(),
        ORGANIZATION,
        <_>::default(),
        <_>::default(),
    );
    assert_eq!(left.await.unwrap().items.len(), 2);
}

async fn a_person_with_a_long_history_is_erased_in_steps(world: World) {
    let ada = world.user("history-begins").await.user.id;
    for number in 0..250 {
        let input = named(&format!("history-{number}"));
        world
            .update(change(ada, &[UserField::UserName], input))
            .await
            .unwrap();
    }
    erase(&world, ada).await.unwrap();
    assert_nothing_of(&world, &["history-"]).await;
    assert_eq!(entries_about(&world, ada).await.len(), 253);
    watched(&world).await;
}

async fn an_export_holds_all_that_is_known(world: World) {
    let person = Person::live(&world).await;
    let id = person.id.to_string();
    let (mut pages, mut told, mut page) = (0, Vec::new(), PageRequest::default());
    loop {
        page.size = 3;
        let export = world
            .directory
            .export_user(world.root(), ORGANIZATION, &id, page)
            .await
            .unwrap();
        assert!(export.changes.len() + export.requests.len() <= 3);
        assert_eq!(export.user.is_some(), pages == 0);
        told.push(format!("{export:?}"));
        pages += 1;
        if export.next_page_token.is_empty() {
            break;
        }
        page = PageRequest {
            token: export.next_page_token,
            ..PageRequest::default()
        };
    }
    assert!(pages > 3, "{pages}");
    let text = told.concat();
    for value in VALUES.iter().filter(|it| !life::ELSEWHERE.contains(it)) {
        assert!(text.contains(value), "{value} is not exported");
    }
    assert!(!text.contains(&person.secret), "a secret is exported");
    let reader = world.service(&[Scope::UsersRead, Scope::ChangesRead]).await;
    let refused = world
        .directory
        .export_user(&reader, ORGANIZATION, &id, PageRequest::default())
        .await;
    assert!(
        matches!(refused, Err(Error::Forbidden("users:export"))),
        "{refused:?}"
    );
}

async fn an_export_of_who_is_known_to_the_log_alone_has_no_user(world: World) {
    let ada = world.user("ada").await.user.id;
    erase(&world, ada).await.unwrap();
    let id = ada.to_string();
    let page = PageRequest::default();
    let export = world
        .directory
        .export_user(world.root(), ORGANIZATION, &id, page)
        .await
        .unwrap();
    assert!(export.user.is_none());
    assert_eq!(export.changes.last().unwrap().action, Action::Erased);
    assert_eq!(export.changes.last().unwrap().actor, Actor::Root);
    let nobody = world.organization().await.id.to_string();
    let page = PageRequest::default();
    assert_not_found(
        world
            .directory
            .export_user(world.root(), ORGANIZATION, &nobody, page)
            .await,
    );
}
