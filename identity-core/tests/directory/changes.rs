//! The change log.

use std::time::Duration;

use identity_core::{
    change::{Action, Actor, Change, ChangeQuery},
    directory::input::{GroupInput, PageRequest, UserField},
    error::{Error, PageFault, Resource},
    platform::Platform,
    user::TypedValue,
};
use serde_json::{Value, json};

use crate::harness::{ORGANIZATION, World, named, on_every_database, update, with_roles};

on_every_database![
    revisions_have_no_gap,
    a_created_user_is_told_with_all_of_its_fields,
    a_changed_user_is_told_with_what_changed,
    a_deleted_user_is_told_without_fields,
    entries_tell_who_did_it,
    entries_are_found_by_what_they_are_about,
    entries_are_found_by_time,
    entries_come_in_pages,
    a_page_of_large_entries_is_short,
    a_refused_change_is_not_told,
];

async fn find(world: &World, query: ChangeQuery) -> Vec<Change> {
    let page = PageRequest::default();
    let changes = world
        .directory
        .list_changes(world.root(), ORGANIZATION, query, page);
    changes.await.unwrap().page.items
}

async fn revisions_have_no_gap(world: World) {
    let ada = world.user("ada").await.user.id;
    world.group("Team", &[ada]).await;
    world.delete(ada).await.unwrap();
    world.scim().await;
    let mut revisions: Vec<_> = world
        .changes_after(0)
        .await
        .iter()
        .map(|it| it.revision)
        .collect();
    revisions.dedup();
    let expected: Vec<_> = (1..=world.revision().await).collect();
    assert_eq!(revisions, expected);
}

fn fields(change: &Change) -> Vec<(&str, Value, Value)> {
    let fields = change.detail.fields.iter();
    fields
        .map(|it| (it.field.as_str(), it.before.clone(), it.after.clone()))
        .collect()
}

async fn a_created_user_is_told_with_all_of_its_fields(world: World) {
    let before = world.revision().await;
    let mut input = with_roles("ada", &["editor"]);
    input.profile.enterprise = Some(identity_core::user::Enterprise {
        manager_id: Some("m-1".into()),
        ..Default::default()
    });
    world.create(input).await.unwrap();
    let changes = world.changes_after(before).await;
    let expected = [
        ("active", json!(true)),
        ("enterprise", json!({ "manager": { "value": "m-1" } })),
        ("roles", json!([{ "value": "editor" }])),
        ("user_name", json!("ada")),
    ];
    assert_eq!(
        fields(&changes[0]),
        expected.map(|(field, after)| (field, Value::Null, after))
    );
    assert_eq!(changes[0].request_id, "request-1");
}

async fn a_changed_user_is_told_with_what_changed(world: World) {
    let ada = world.create(with_roles("ada", &["editor"])).await.unwrap();
    let before = world.revision().await;
    let change = update(&ada, &[UserField::UserName, UserField::Roles], named("lovelace"));
    world.update(change).await.unwrap();
    let changes = world.changes_after(before).await;
    assert_eq!((changes.len(), changes[0].action), (1, Action::Updated));
    let expected = [
        ("roles", json!([{ "value": "editor" }]), Value::Null),
        ("user_name", json!("ada"), json!("lovelace")),
    ];
    assert_eq!(fields(&changes[0]), expected);
}

async fn a_deleted_user_is_told_without_fields(world: World) {
    let ada = world.user("ada").await.user.id;
    let before = world.revision().await;
    world.delete(ada).await.unwrap();
    let changes = world.changes_after(before).await;
    assert_eq!((changes.len(), changes[0].action), (1, Action::Deleted));
    assert_eq!(changes[0].resource_id, ada.to_string());
    assert!(changes[0].detail.fields.is_empty());
}

async fn entries_tell_who_did_it(world: World) {
    let scim = world.scim().await;
    world
        .directory
        .create_user(&scim, "", named("ada"), "")
        .await
        .unwrap();
    let connection_id = scim.caller.connection_id().unwrap();
    let by_connection = ChangeQuery {
        actor_connection_id: Some(connection_id),
        ..ChangeQuery::default()
    };
    let changes = find(&world, by_connection).await;
    assert_eq!(changes.len(), 1);
    let actor = changes[0].actor;
    assert!(
        matches!(actor, Actor::Scim { connection_id: by, .. } if by == connection_id),
        "{actor:?}"
    );
    let Actor::Scim { token_id, .. } = actor else {
        return;
    };
    let by_token = ChangeQuery {
        actor_token_id: Some(token_id),
        ..ChangeQuery::default()
    };
    assert_eq!(find(&world, by_token).await, changes);
}

async fn entries_are_found_by_what_they_are_about(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await.id;
    let about = |resource, id: Option<String>| ChangeQuery {
        resource: Some(resource),
        resource_id: id,
        ..ChangeQuery::default()
    };
    assert_eq!(find(&world, about(Resource::User, None)).await.len(), 1);
    let of_team = find(&world, about(Resource::Group, Some(team.to_string()))).await;
    assert_eq!(of_team[0].detail.added_members, [ada]);
    assert!(
        find(&world, about(Resource::User, Some(team.to_string())))
            .await
            .is_empty()
    );
}

async fn entries_are_found_by_time(world: World) {
    world.pass(Duration::from_secs(1));
    let from = world.clock.now();
    world.user("ada").await;
    world.pass(Duration::from_secs(1));
    let until = world.clock.now();
    world.user("bob").await;
    let query = ChangeQuery {
        from: Some(from),
        until: Some(until),
        ..ChangeQuery::default()
    };
    let changes = find(&world, query).await;
    assert_eq!(changes.len(), 1);
    assert!(fields(&changes[0]).contains(&("user_name", Value::Null, json!("ada"))));
}

async fn entries_come_in_pages(world: World) {
    for name in ["ada", "bob"] {
        world.user(name).await;
    }
    let (mut told, mut token) = (Vec::new(), String::new());
    loop {
        let page = PageRequest { size: 1, token };
        let query = ChangeQuery::default();
        let page = world
            .directory
            .list_changes(world.root(), ORGANIZATION, query, page)
            .await
            .unwrap();
        told.extend(page.page.items);
        token = page.page.next_page_token;
        if token.is_empty() {
            break;
        }
        let other = ChangeQuery {
            after_revision: 1,
            ..ChangeQuery::default()
        };
        let page = PageRequest {
            size: 1,
            token: token.clone(),
        };
        let refused = world
            .directory
            .list_changes(world.root(), ORGANIZATION, other, page)
            .await;
        assert!(matches!(refused, Err(Error::InvalidPage(PageFault::OtherQuery))));
    }
    assert_eq!(told, world.changes_after(0).await);
}

async fn a_page_of_large_entries_is_short(world: World) {
    const UPDATES: usize = 30;
    let ada = world.user("ada").await;
    for round in 0..UPDATES {
        let mut input = named("ada");
        let value = |index| format!("{round}-{index}@{}.example", "x".repeat(400));
        input.profile.emails = (0..100)
            .map(|index| TypedValue {
                value: value(index),
                ..TypedValue::default()
            })
            .collect();
        world
            .update(update(&ada, &[UserField::Emails], input))
            .await
            .unwrap();
    }
    let (mut pages, mut told, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = PageRequest { size: 0, token };
        let page = world
            .directory
            .list_changes(world.root(), ORGANIZATION, ChangeQuery::default(), page)
            .await
            .unwrap();
        pages.push(page.page.items.len());
        told.extend(page.page.items);
        token = page.page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert!(pages.len() > 1 && pages.iter().all(|size| *size > 1), "{pages:?}");
    assert_eq!(told, world.changes_after(0).await);
    let mut revisions: Vec<_> = told.iter().map(|change| change.revision).collect();
    revisions.dedup();
    let all: Vec<_> = (1..=world.revision().await).collect();
    assert_eq!(revisions, all, "no revision is left out between two pages");
}

async fn a_refused_change_is_not_told(world: World) {
    world.user("ada").await;
    let before = world.revision().await;
    assert!(world.create(named("ADA")).await.is_err());
    let nameless = GroupInput::default();
    let refused = world
        .directory
        .create_group(world.root(), ORGANIZATION, nameless, Vec::new(), "");
    assert!(refused.await.is_err());
    assert_eq!(world.revision().await, before);
}
