//! The change log.

use identity_core::{
    change::{Action, Actor, Change, ChangeQuery, Detail, FieldChange},
    error::Resource,
    platform::Timestamp,
    store::Entry,
};

use crate::harness::{Apply, World, on_every_database};

on_every_database![
    entries_of_one_change_share_its_revision,
    every_kind_of_entry_comes_back_as_it_went,
    changes_come_in_pages,
    changes_are_chosen_by_each_condition,
];

async fn log(world: &World, entries: Vec<Entry>) {
    let unit = Apply {
        writes: vec![],
        entries,
    };
    world.store.write(world.home(), unit).await.unwrap();
}

async fn changes(world: &World, query: ChangeQuery, after: Option<(i64, i32)>, limit: i64) -> Vec<Change> {
    let home = world.home();
    world
        .scan(move |reader| {
            let query = query.clone();
            Box::pin(async move { reader.changes(home, &query, after, limit).await })
        })
        .await
}

async fn entries_of_one_change_share_its_revision(world: World) {
    let entry = || world.entry(Resource::User, &"u", Action::Created);
    log(&world, vec![entry(), entry()]).await;
    log(&world, vec![entry()]).await;
    let places: Vec<_> = changes(&world, ChangeQuery::default(), None, 10)
        .await
        .iter()
        .map(|change| (change.revision, change.sequence))
        .collect();
    assert_eq!(places, [(1, 0), (2, 0), (2, 1), (3, 0)]);
    assert_eq!(world.now_at_home().await.revision, 3);
}

async fn every_kind_of_entry_comes_back_as_it_went(world: World) {
    let (token_id, connection_id) = (world.id(), world.id());
    let actors = [
        Actor::Root,
        Actor::System,
        Actor::Service { token_id },
        Actor::User {
            token_id,
            user_id: token_id,
        },
        Actor::Scim {
            token_id,
            connection_id,
        },
    ];
    let actions = [
        Action::Updated,
        Action::Deleted,
        Action::Ignored,
        Action::Rotated,
        Action::ExpiresSoon,
    ];
    let resources = [
        Resource::User,
        Resource::Group,
        Resource::Policy,
        Resource::Schema,
        Resource::ServiceAccount,
    ];
    let mut entries = Vec::new();
    for ((actor, action), resource) in actors.into_iter().zip(actions).zip(resources) {
        let mut entry = world.entry(resource, &"the \"id\"", action);
        entry.actor = actor;
        entry.detail = Detail {
            fields: vec![FieldChange {
                field: "active".into(),
                before: true.into(),
                after: serde_json::Value::Null,
            }],
            added_members: vec![token_id],
            removed_members: vec![connection_id],
            ignored: vec!["nothing".into()],
            break_glass: Some("the IdP is down".into()),
            reverts: Some(7),
        };
        entries.push(entry);
    }
    log(&world, entries.clone()).await;
    let stored = changes(
        &world,
        ChangeQuery {
            after_revision: 1,
            ..ChangeQuery::default()
        },
        None,
        10,
    )
    .await;
    for ((change, entry), sequence) in stored.iter().zip(&entries).zip(0..) {
        let expected = Change {
            organization_id: world.home(),
            revision: 2,
            sequence,
            at: entry.at,
            resource: entry.resource,
            resource_id: entry.resource_id.clone(),
            action: entry.action,
            detail: entry.detail.clone(),
            actor: entry.actor,
            request_id: entry.request_id.clone(),
        };
        assert_eq!(change, &expected);
    }
    assert_eq!(stored.len(), entries.len());
}

async fn changes_come_in_pages(world: World) {
    for _ in 0..3 {
        let entry = || world.entry(Resource::User, &"u", Action::Updated);
        log(&world, vec![entry(), entry()]).await;
    }
    let mut places = Vec::new();
    let mut after = None;
    loop {
        let page = changes(&world, ChangeQuery::default(), after, 3).await;
        let Some(last) = page.last() else { break };
        after = Some((last.revision, last.sequence));
        places.extend(page.iter().map(|change| (change.revision, change.sequence)));
    }
    assert_eq!(places, [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0), (4, 1)]);
}

async fn changes_are_chosen_by_each_condition(world: World) {
    let (token_id, connection_id) = (world.id(), world.id());
    let mut by_idp = world.entry(Resource::Group, &"g", Action::Created);
    by_idp.actor = Actor::Scim {
        token_id,
        connection_id,
    };
    by_idp.at = Timestamp(100);
    log(&world, vec![by_idp]).await;
    log(&world, vec![world.entry(Resource::User, &"u", Action::Created)]).await;
    let all = ChangeQuery::default();
    let conditions = [
        (
            ChangeQuery {
                after_revision: 2,
                ..all.clone()
            },
            vec![3],
        ),
        (
            ChangeQuery {
                resource: Some(Resource::Group),
                ..all.clone()
            },
            vec![2],
        ),
        (
            ChangeQuery {
                resource: Some(Resource::User),
                resource_id: Some("u".into()),
                ..all.clone()
            },
            vec![3],
        ),
        (
            ChangeQuery {
                actor_token_id: Some(token_id),
                ..all.clone()
            },
            vec![2],
        ),
        (
            ChangeQuery {
                actor_connection_id: Some(connection_id),
                ..all.clone()
            },
            vec![2],
        ),
        (
            ChangeQuery {
                from: Some(Timestamp(101)),
                ..all.clone()
            },
            vec![1, 3],
        ),
        (
            ChangeQuery {
                from: Some(Timestamp(100)),
                until: Some(Timestamp(101)),
                ..all
            },
            vec![2],
        ),
    ];
    for (query, expected) in conditions {
        let found = changes(&world, query.clone(), None, 10).await;
        let revisions: Vec<_> = found.iter().map(|change| change.revision).collect();
        assert_eq!(revisions, expected, "{query:?}");
    }
}
