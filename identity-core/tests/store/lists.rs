//! Pages of users and groups, in order.

use async_trait::async_trait;
use identity_core::{
    error::{Error, Result},
    filter::{Filter, Operator, Value},
    group::MemberKind,
    id::Id,
    search::{position_of_group, position_of_user},
    store::{Cost, Direction, ListQuery, Order, Query, Reader, VisibilityFilter},
    user::User,
};
use tokio::task::JoinHandle;

use crate::harness::{World, on_every_database};

on_every_database![
    pages_by_id_meet_every_user_once,
    pages_by_name_are_in_order_of_bytes,
    users_without_the_value_come_last_or_first,
    a_page_can_begin_in_the_middle,
    deleted_users_are_in_no_page,
    groups_come_in_pages_by_name,
    what_meets_a_filter_is_listed_and_counted,
    a_search_ends_when_its_time_is_over_and_leaves_room_for_others,
];

/// A search that goes on for ever, or through the rows once.
#[derive(Clone)]
struct Search {
    organization: Id,
    query: ListQuery,
    goes_on: bool,
}

#[async_trait]
impl Query for Search {
    type Output = usize;
    const COST: Cost = Cost::Scan;

    fn searched(&self) -> Option<Id> {
        Some(self.organization)
    }

    async fn run(&self, reader: &mut dyn Reader) -> Result<usize> {
        loop {
            let found = reader.users(self.organization, &self.query).await?;
            if !self.goes_on {
                return Ok(found.len());
            }
        }
    }
}

async fn a_search_ends_when_its_time_is_over_and_leaves_room_for_others(world: World) {
    for name in ["a", "b", "c"] {
        world.added(name).await;
    }
    let title = Filter::Comparison {
        attribute: "title".into(),
        operator: Operator::Contains,
        value: Value::Text("zz".into()),
    };
    let search = Search {
        organization: world.home(),
        query: ListQuery {
            filter: title,
            ..everything(Order::default())
        },
        goes_on: true,
    };
    // More than there are places for.
    let searches: Vec<_> = (0..8)
        .map(|_| {
            let (store, search) = (world.store.clone(), search.clone());
            tokio::spawn(async move { store.read(search).await })
        })
        .collect();
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    let of_other = Search {
        organization: other.id,
        goes_on: false,
        ..search
    };
    assert_eq!(world.store.read(of_other).await.unwrap(), 0);
    assert!(!searches.iter().any(JoinHandle::is_finished));
    let (ended, _, rest) = futures::future::select_all(searches).await;
    rest.iter().for_each(JoinHandle::abort);
    let ended = ended.unwrap();
    assert!(
        matches!(
            ended,
            Err(Error::TooMany {
                limit: "seconds for one search",
                retry_after: Some(_),
                ..
            })
        ),
        "{ended:?}"
    );
}

fn everything(order: Order) -> ListQuery {
    ListQuery {
        filter: Filter::All(vec![]),
        order,
        after: None,
        skip: 0,
        limit: 2,
        schemas: vec![],
        visibility: VisibilityFilter::default(),
    }
}

fn by(attribute: &str, direction: Direction) -> Order {
    Order {
        attribute: Some(attribute.into()),
        direction,
    }
}

async fn page(world: &World, query: &ListQuery) -> Vec<User> {
    let (home, query) = (world.home(), query.clone());
    world
        .scan(move |reader| {
            let query = query.clone();
            Box::pin(async move { reader.users(home, &query).await })
        })
        .await
}

/// All user names, page by page.
async fn walk(world: &World, mut query: ListQuery) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let users = page(world, &query).await;
        let Some(last) = users.last() else { break };
        query.after = Some(position_of_user(&query.order, last, &[]).unwrap());
        names.extend(users.into_iter().map(|user| user.user_name));
    }
    names
}

async fn pages_by_id_meet_every_user_once(world: World) {
    for name in ["c", "a", "e", "b", "d"] {
        world.added(name).await;
    }
    let mut order = Order::default();
    assert_eq!(
        walk(&world, everything(order.clone())).await,
        ["c", "a", "e", "b", "d"]
    );
    order.direction = Direction::Descending;
    assert_eq!(walk(&world, everything(order)).await, ["d", "b", "e", "a", "c"]);
}

async fn pages_by_name_are_in_order_of_bytes(world: World) {
    for name in ["a_b", "B", "a-b", "É", "z", "ab", "Z1"] {
        world.added(name).await;
    }
    let sorted = ["a-b", "a_b", "ab", "B", "z", "Z1", "É"];
    let up = walk(&world, everything(by("user_name", Direction::Ascending))).await;
    let mut down = walk(&world, everything(by("user_name", Direction::Descending))).await;
    down.reverse();
    assert_eq!(up, sorted);
    assert_eq!(down, sorted);
}

async fn users_without_the_value_come_last_or_first(world: World) {
    for (name, display_name) in [
        ("1", None),
        ("2", Some("b")),
        ("3", Some("A")),
        ("4", None),
        ("5", Some("a")),
    ] {
        let mut user = world.user(world.home(), name);
        user.profile.display_name = display_name.map(Into::into);
        world.add(&user).await.unwrap();
    }
    let up = walk(&world, everything(by("display_name", Direction::Ascending))).await;
    let down = walk(&world, everything(by("display_name", Direction::Descending))).await;
    assert_eq!(up, ["3", "5", "2", "1", "4"]);
    assert_eq!(down, ["4", "1", "2", "5", "3"]);
}

async fn a_page_can_begin_in_the_middle(world: World) {
    for name in ["a", "b", "c", "d"] {
        world.added(name).await;
    }
    let mut query = everything(Order::default());
    query.skip = 1;
    let names: Vec<_> = page(&world, &query)
        .await
        .into_iter()
        .map(|it| it.user_name)
        .collect();
    assert_eq!(names, ["b", "c"]);
    query.skip = 1_000_000_000;
    assert_eq!(page(&world, &query).await, vec![]);
}

async fn deleted_users_are_in_no_page(world: World) {
    let gone = world.added("gone").await;
    world.added("here").await;
    world.delete(&gone).await;
    for order in [Order::default(), by("user_name", Direction::Descending)] {
        assert_eq!(walk(&world, everything(order)).await, ["here"]);
    }
}

async fn groups_come_in_pages_by_name(world: World) {
    for name in ["b", "C", "a", "B"] {
        world.added_group(name, &[]).await;
    }
    let home = world.home();
    let mut query = everything(by("display_name", Direction::Ascending));
    let mut names = Vec::new();
    loop {
        let asked = query.clone();
        let groups = world
            .scan(move |reader| {
                let query = asked.clone();
                Box::pin(async move { reader.groups(home, &query).await })
            })
            .await;
        let Some(last) = groups.last() else { break };
        query.after = Some(position_of_group(&query.order, last, &[]).unwrap());
        names.extend(groups.into_iter().map(|group| group.display_name));
    }
    assert_eq!(names, ["a", "b", "B", "C"]);
}

async fn what_meets_a_filter_is_listed_and_counted(world: World) {
    let pilot = world.added("pilot").await;
    world.added("nobody").await;
    let group = world.added_group("Pilots", &[(pilot.id, MemberKind::User)]).await;
    let home = world.home();
    let is = |attribute: &str, text: String| Filter::Comparison {
        attribute: attribute.into(),
        operator: Operator::Equal,
        value: Value::Text(text),
    };
    let (of_users, of_groups) = (
        is("user_name", "PILOT".into()),
        is("display_name", "pilots".into()),
    );
    let mut query = everything(Order::default());
    query.filter = of_users.clone();
    assert_eq!(page(&world, &query).await, vec![pilot]);
    query.filter = of_groups.clone();
    let groups = world
        .scan(move |reader| {
            let query = query.clone();
            Box::pin(async move { reader.groups(home, &query).await })
        })
        .await;
    assert_eq!(groups, vec![group]);
    let counts = world
        .scan(move |reader| {
            let in_order = |filter: &Filter| ListQuery {
                filter: filter.clone(),
                ..everything(Order::default())
            };
            let (of_users, of_groups) = (in_order(&of_users), in_order(&of_groups));
            Box::pin(async move {
                let users = reader.count_users(home, &of_users).await?;
                Ok((users, reader.count_groups(home, &of_groups).await?))
            })
        })
        .await;
    assert_eq!(counts, (1, 1));
}
