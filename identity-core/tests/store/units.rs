//! How units run: whole or not at all, one after the other, whoever waits for them.

use std::sync::Arc;

use identity_core::{
    caller::Intent,
    change::{Action, ChangeQuery},
    error::{Error, Resource, Result},
    id::Key,
    store::{Entry, Write},
};

use crate::harness::{Apply, World, ask, insert, on_every_database, run};

on_every_database![
    a_refused_unit_changes_nothing,
    a_unit_sees_what_units_before_it_wrote,
    refused_units_leave_their_neighbours_alone,
    a_dry_run_leaves_nothing,
    a_dry_run_is_refused_by_the_database_like_the_real_thing,
    dry_runs_leave_their_neighbours_alone,
    revisions_have_no_gap_whoever_writes,
    organizations_do_not_share_revisions,
    a_unit_runs_to_its_end_though_nobody_waits,
    a_unit_that_panics_harms_no_other,
    a_query_that_panics_harms_no_other,
    a_unit_that_changes_must_log,
    a_unit_on_an_unknown_organization_is_refused,
    a_unit_can_be_refused_before_it_reads,
    a_store_that_was_closed_says_so,
    a_store_answers_a_ping,
];

const TASKS: usize = 16;
const UNITS: usize = 50;

async fn user_names(world: &World) -> Vec<String> {
    let home = world.home();
    let query = identity_core::store::ListQuery {
        filter: identity_core::filter::Filter::All(vec![]),
        order: identity_core::store::Order::default(),
        after: None,
        skip: 0,
        limit: 10_000,
        schemas: vec![],
        visibility: identity_core::store::VisibilityFilter::default(),
    };
    let users = world
        .scan(move |reader| {
            let query = query.clone();
            Box::pin(async move { reader.users(home, &query).await })
        })
        .await;
    users.into_iter().map(|user| user.user_name).collect()
}

async fn revisions(world: &World) -> Vec<i64> {
    let home = world.home();
    let changes = world
        .scan(move |reader| {
            Box::pin(async move { reader.changes(home, &ChangeQuery::default(), None, 10_000).await })
        })
        .await;
    changes.into_iter().map(|change| change.revision).collect()
}

async fn a_refused_unit_changes_nothing(world: World) {
    world.added("taken").await;
    let before = world.now_at_home().await;
    let writes = vec![
        insert(&world.user(world.home(), "first")),
        insert(&world.user(world.home(), "TAKEN")),
        insert(&world.user(world.home(), "last")),
    ];
    assert!(matches!(
        world.write(writes).await,
        Err(Error::AlreadyExists { .. })
    ));
    assert_eq!(user_names(&world).await, ["taken"]);
    assert_eq!(world.now_at_home().await, before);
}

async fn a_unit_sees_what_units_before_it_wrote(world: World) {
    let world = Arc::new(world);
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| tokio::spawn(add_if_free(Arc::clone(&world))))
        .collect();
    let mut added = 0;
    for task in tasks {
        added += u32::from(task.await.unwrap().is_ok());
    }
    assert_eq!(added, 1);
    assert_eq!(user_names(&world).await, ["only"]);
}

/// Looks first and then writes, as rules do.
async fn add_if_free(world: Arc<World>) -> Result<()> {
    let user = world.user(world.home(), "only");
    let entry = world.entry(Resource::User, &user.id, Action::Created);
    let home = world.home();
    let unit = run(move |transaction| {
        let (user, entry) = (user.clone(), entry.clone());
        Box::pin(async move {
            if transaction.reader.user_id_by_name(home, "only").await?.is_some() {
                return Err(Error::invalid("user_name", "is taken"));
            }
            transaction.writes.push(insert(&user));
            transaction.entries.push(entry);
            Ok(())
        })
    });
    let added = world.store.write(home, unit).await;
    assert!(matches!(added, Ok(()) | Err(Error::Invalid { .. })), "{added:?}");
    added
}

async fn refused_units_leave_their_neighbours_alone(world: World) {
    world.added("taken").await;
    let world = Arc::new(world);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let free = world.user(world.home(), &format!("free{task:02}"));
                let taken = world.user(world.home(), "taken");
                (world.add(&free).await.is_ok(), world.add(&taken).await.is_ok())
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), (true, false));
    }
    assert_eq!(user_names(&world).await.len(), TASKS + 1);
    let expected: Vec<_> = (1..=i64::try_from(TASKS).unwrap() + 2).collect();
    assert_eq!(revisions(&world).await, expected);
}

/// Tries to add a user.
async fn try_to_add(world: &World, user_name: &str) -> Result<()> {
    let user = world.user(world.home(), user_name);
    let entry = Entry {
        intent: Intent::Validate,
        ..world.entry(Resource::User, &user.id, Action::Created)
    };
    let unit = Apply {
        writes: vec![insert(&user)],
        entries: vec![entry],
    };
    world.store.write(world.home(), unit).await
}

async fn a_dry_run_leaves_nothing(world: World) {
    try_to_add(&world, "nobody").await.unwrap();
    assert_eq!(user_names(&world).await, [""; 0]);
    assert_eq!(world.now_at_home().await, world.organization);
    assert_eq!(revisions(&world).await, [1]);
}

async fn a_dry_run_is_refused_by_the_database_like_the_real_thing(world: World) {
    world.added("taken").await;
    let refused = try_to_add(&world, "TAKEN").await;
    assert!(matches!(refused, Err(Error::AlreadyExists { .. })), "{refused:?}");
    try_to_add(&world, "free").await.unwrap();
}

async fn dry_runs_leave_their_neighbours_alone(world: World) {
    let world = Arc::new(world);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let name = format!("user{task:02}");
                let real = world.user(world.home(), &name);
                let dry_run = format!("trial{task:02}");
                let (added, tried) = tokio::join!(world.add(&real), try_to_add(&world, &dry_run));
                (added.is_ok(), tried.is_ok())
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), (true, true));
    }
    assert_eq!(user_names(&world).await.len(), TASKS);
    let last = i64::try_from(TASKS).unwrap() + 1;
    assert_eq!(revisions(&world).await, (1..=last).collect::<Vec<_>>());
}

async fn revisions_have_no_gap_whoever_writes(world: World) {
    let world = Arc::new(world);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                for unit in 0..UNITS {
                    world.added(&format!("user-{task}-{unit}")).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let last = i64::try_from(TASKS * UNITS).unwrap() + 1;
    assert_eq!(revisions(&world).await, (1..=last).collect::<Vec<_>>());
    assert_eq!(world.now_at_home().await.revision, last);
    assert_eq!(user_names(&world).await.len(), TASKS * UNITS);
}

async fn organizations_do_not_share_revisions(world: World) {
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    world.added("a").await;
    world.add(&world.user(other.id, "b")).await.unwrap();
    world.added("c").await;
    let other = world
        .ask(move |reader| reader.organization(other.id))
        .await
        .unwrap();
    assert_eq!((world.now_at_home().await.revision, other.revision), (3, 2));
}

async fn a_unit_runs_to_its_end_though_nobody_waits(world: World) {
    let home = world.home();
    for number in 0..20 {
        let user = world.user(home, &format!("user{number:02}"));
        let unit = Apply {
            writes: vec![insert(&user)],
            entries: vec![world.entry(Resource::User, &user.id, Action::Created)],
        };
        let mut waiting = Box::pin(world.store.write(home, unit));
        // One poll hands it over; dropping it then is what a client that goes away does.
        let _ = futures::poll!(waiting.as_mut());
        drop(waiting);
    }
    // Units of one organization run in order, so this one is the last.
    world.added("user20").await;
    assert_eq!(user_names(&world).await.len(), 21);
    assert_eq!(world.now_at_home().await.revision, 22);
}

fn meant_to_panic() -> Result<()> {
    panic!("this is meant to panic");
}

async fn a_unit_that_panics_harms_no_other(world: World) {
    let home = world.home();
    let panics = run(move |transaction| {
        Box::pin(async move {
            transaction.reader.user_id_by_name(home, "x").await?;
            meant_to_panic()
        })
    });
    let user = world.user(home, "neighbour");
    let (panicked, added) = tokio::join!(world.store.write(home, panics), world.add(&user));
    assert!(matches!(panicked, Err(Error::Internal(_))), "{panicked:?}");
    added.unwrap();
    world.added("later").await;
    assert_eq!(world.now_at_home().await.revision, 3);
}

async fn a_query_that_panics_harms_no_other(world: World) {
    for _ in 0..10 {
        let panics = ask(|_| Box::pin(async { meant_to_panic() }));
        let panicked = world.store.read(panics).await;
        assert!(matches!(panicked, Err(Error::Internal(_))), "{panicked:?}");
    }
    assert_eq!(world.now_at_home().await, world.organization);
}

async fn a_unit_that_changes_must_log(world: World) {
    let unit = Apply {
        writes: vec![insert(&world.user(world.home(), "silent"))],
        entries: vec![],
    };
    let refused = world.store.write(world.home(), unit).await;
    assert!(matches!(refused, Err(Error::Internal(_))), "{refused:?}");
    assert_eq!(user_names(&world).await, [""; 0]);
}

async fn a_unit_on_an_unknown_organization_is_refused(world: World) {
    let refused = world.write_to(world.id(), vec![]).await;
    assert!(matches!(
        refused,
        Err(Error::NotFound {
            resource: Resource::Organization,
            ..
        })
    ));
}

async fn a_unit_can_be_refused_before_it_reads(world: World) {
    let refuse = || run(|_| Box::pin(async { Err::<(), _>(Error::invalid("field", "is wrong")) }));
    for _ in 0..10 {
        let refused = world.store.write(world.home(), refuse()).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
        let refused = world.store.write_new(refuse()).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
    world.added("later").await;
    assert_eq!(world.now_at_home().await.revision, 2);
}

async fn a_store_that_was_closed_says_so(world: World) {
    let user = world.added("before").await;
    world.store.close().await;
    let home = world.home();
    let write = world
        .write(vec![Write::DeleteToken(Key {
            organization: home,
            id: user.id,
        })])
        .await;
    let read = world
        .store
        .read(ask(move |reader| reader.user(home, user.id)))
        .await;
    assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
}

async fn a_store_answers_a_ping(world: World) {
    world.store.ping().await.unwrap();
}
