//! Random filters find in every database what the in-memory matcher says.

use std::fmt::Debug;

use identity_core::{
    error::Result,
    filter::Filter,
    group::{Group, Member},
    id::Id,
    organization::Organization,
    search::{of_group, of_user},
    store::{ListQuery, Order, Reader, UniqueName, VisibilityFilter, Write},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{
    generator,
    harness::{World, on_every_database},
};

on_every_database![
    users_are_those_that_the_matcher_finds,
    groups_are_those_that_the_matcher_finds
];

/// All of them fit into one page.
const USERS: usize = 150;
const GROUPS: usize = 12;

fn random<T: Debug>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

async fn populated(world: &World, runner: &mut TestRunner) -> generator::World {
    let random = random(runner, &generator::world(USERS, GROUPS));
    let organization = Organization {
        id: random.organization,
        ..world.organization("random")
    };
    world.found(&organization).await.unwrap();
    let users = random.users.iter().map(|(user, _)| {
        let keys = of_user(user, &random.schemas);
        Write::InsertUser(Box::new(user.clone()), keys)
    });
    let groups = random.groups.iter().map(|(group, _)| {
        let keys = of_group(group, &random.schemas);
        Write::InsertGroup(Box::new(group.clone()), keys, UniqueName::Free)
    });
    let memberships = random.groups.iter().filter(|(_, members)| !members.is_empty());
    let memberships = memberships.map(|(group, members)| insert_members(world, group, members));
    let writes = users.chain(groups).chain(memberships).collect();
    world.write_to(random.organization, writes).await.unwrap();
    random
}

fn insert_members(world: &World, group: &Group, members: &[Member]) -> Write {
    let members: Vec<_> = members.iter().map(|member| (member.id, member.kind)).collect();
    world.insert_members(group, &members)
}

fn query(random: &generator::World, filter: &Filter, order: &Order) -> ListQuery {
    ListQuery {
        filter: filter.clone(),
        order: order.clone(),
        after: None,
        skip: 0,
        limit: i64::try_from(USERS).unwrap(),
        schemas: random.schemas.clone(),
        visibility: VisibilityFilter::default(),
    }
}

async fn users_are_those_that_the_matcher_finds(world: World) {
    let mut runner = TestRunner::default();
    let random_world = populated(&world, &mut runner).await;
    for _ in 0..runner.config().cases {
        let filter = random(&mut runner, &generator::user_filter());
        let order = random(&mut runner, &generator::user_order());
        let (home, query) = (random_world.organization, query(&random_world, &filter, &order));
        let found = world
            .scan(move |reader| {
                let query = query.clone();
                Box::pin(async move { Ok(users(reader, home, &query).await) })
            })
            .await;
        compare(
            found,
            random_world.users_that_meet(&filter, &order),
            &filter,
            &order,
        );
    }
}

async fn groups_are_those_that_the_matcher_finds(world: World) {
    let mut runner = TestRunner::default();
    let random_world = populated(&world, &mut runner).await;
    for _ in 0..runner.config().cases {
        let filter = random(&mut runner, &generator::group_filter());
        let order = random(&mut runner, &generator::group_order());
        let (home, query) = (random_world.organization, query(&random_world, &filter, &order));
        let found = world
            .scan(move |reader| {
                let query = query.clone();
                Box::pin(async move { Ok(groups(reader, home, &query).await) })
            })
            .await;
        compare(
            found,
            random_world.groups_that_meet(&filter, &order),
            &filter,
            &order,
        );
    }
}

/// The users of a query, and how many are counted.
async fn users(reader: &mut dyn Reader, home: Id, query: &ListQuery) -> Result<(Vec<Id>, i64)> {
    let users = reader.users(home, query).await?;
    let count = reader.count_users(home, query).await?;
    Ok((users.into_iter().map(|user| user.id).collect(), count))
}

async fn groups(reader: &mut dyn Reader, home: Id, query: &ListQuery) -> Result<(Vec<Id>, i64)> {
    let groups = reader.groups(home, query).await?;
    let count = reader.count_groups(home, query).await?;
    Ok((groups.into_iter().map(|group| group.id).collect(), count))
}

fn compare(found: Result<(Vec<Id>, i64)>, expected: Result<Vec<Id>>, filter: &Filter, order: &Order) {
    match (found, expected) {
        (Ok((found, count)), Ok(expected)) => {
            assert_eq!(found, expected, "{filter:?} by {order:?}");
            assert_eq!(count, i64::try_from(expected.len()).unwrap(), "{filter:?}");
        }
        (Err(_), Err(_)) => {}
        // The matcher notices an order that nothing has only when there is something to order.
        (Err(_), Ok(expected)) if expected.is_empty() => {}
        (found, expected) => panic!("{found:?} is not {expected:?}: {filter:?} by {order:?}"),
    }
}
