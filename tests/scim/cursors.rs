//! Paging by cursor: RFC 9865.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use super::scale;
use crate::harness::{
    Scim, World, assert_refused, everywhere,
    scim::{encoded, ids, text},
};

/// Operations of one `/Bulk`, so few that a slow machine has done them before the deadline.
pub(super) const BULK: usize = 200;

everywhere!(
    a_walk_by_cursor_gives_everybody_once,
    a_cursor_serves_only_the_query_it_was_made_for,
    whoever_stays_is_met_once_while_others_come_and_go,
    pages_by_index_are_answered_while_others_come_and_go,
);

async fn a_walk_by_cursor_gives_everybody_once(world: World) {
    let everybody = populate(&world.scim(), 25).await;
    for query in [
        "",
        "&sortBy=userName",
        "&sortBy=userName&sortOrder=descending",
        "&filter=userName%20pr",
    ] {
        let seen = walk(&world.scim(), 7, query).await;
        assert_eq!(seen.len(), 25, "{query}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), everybody, "{query}");
    }
}

async fn a_cursor_serves_only_the_query_it_was_made_for(world: World) {
    let scim = world.scim();
    populate(&scim, 5).await;
    let first = scim.get("/Users?cursor=&count=2").await.expect(200);
    assert!(first.get("startIndex").is_none(), "{first}");
    let cursor = encoded(&text(&first["nextCursor"]));
    for (path, scim_type) in [
        (format!("/Users?cursor={cursor}x&count=2"), "invalidCursor"),
        ("/Users?cursor=made-up&count=2".into(), "invalidCursor"),
        (
            format!("/Users?cursor={cursor}&filter=active%20eq%20true"),
            "invalidCursor",
        ),
        (format!("/Users?cursor={cursor}&sortBy=userName"), "invalidCursor"),
        (format!("/Groups?cursor={cursor}"), "invalidCursor"),
        (format!("/Users?cursor={cursor}&count=-1"), "invalidCount"),
    ] {
        assert_refused(&scim.get(&path).await, 400, Some(scim_type));
    }
    let foreign = world
        .other()
        .await
        .scim()
        .get(&format!("/Users?cursor={cursor}"))
        .await;
    assert_refused(&foreign, 400, Some("invalidCursor"));
    scim.get(&format!("/Users?cursor={cursor}&count=2"))
        .await
        .expect(200);
}

async fn whoever_stays_is_met_once_while_others_come_and_go(world: World) {
    let scim = world.scim();
    let (people, page, times) = scale::choose((300, 20, 3), (20_000, 100, 1));
    let stayers = populate(&scim, people).await;
    let walking = async {
        let mut walks = Vec::new();
        for _ in 0..times {
            walks.push(walk(&scim, page, "").await);
        }
        walks
    };
    for walk in while_others_come_and_go(&scim, walking).await {
        let met: Vec<_> = walk.iter().filter(|id| stayers.contains(*id)).collect();
        assert_eq!(met.len(), stayers.len(), "somebody was missed or met twice");
        assert_eq!(
            walk.iter().collect::<BTreeSet<_>>().len(),
            walk.len(),
            "somebody was met twice"
        );
    }
}

async fn pages_by_index_are_answered_while_others_come_and_go(world: World) {
    let scim = world.scim();
    let (people, count) = scale::choose((100, 10), (20_000, 100));
    populate(&scim, people).await;
    let walking = async {
        for start in (1..=people + 1).step_by(count) {
            let page = scim
                .get(&format!("/Users?startIndex={start}&count={count}"))
                .await
                .expect(200);
            let ids = ids(&page);
            assert_eq!(
                ids.iter().collect::<BTreeSet<_>>().len(),
                ids.len(),
                "somebody is twice on a page"
            );
        }
    };
    while_others_come_and_go(&scim, walking).await;
}

/// Does something while sixteen others create and delete people, until it is done.
async fn while_others_come_and_go<T>(scim: &Scim, done: impl Future<Output = T>) -> T {
    let churning = join_all((0..16).map(async |client| {
        for round in 0.. {
            let user = scim.create_user(&format!("churn{client}.{round}")).await;
            scim.delete(&format!("/Users/{}", text(&user["id"])))
                .await
                .expect(204);
        }
    }));
    tokio::select! {
        result = done => result,
        _ = churning => unreachable!("the others never stop"),
    }
}

/// The ids of all users, page by page.
async fn walk(scim: &Scim, count: usize, more: &str) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim
            .get(&format!("/Users?cursor={}&count={count}{more}", encoded(&cursor)))
            .await
            .expect(200);
        seen.extend(ids(&page));
        match &page["nextCursor"] {
            Value::String(next) => cursor.clone_from(next),
            _ => return seen,
        }
    }
}

/// Creates people in bulk and returns their ids.
pub(super) async fn populate(scim: &Scim, people: usize) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for first in (0..people).step_by(BULK) {
        let operations: Vec<_> = (first..people.min(first + BULK))
            .map(|n| {
                let data = json!({"userName": format!("p{n}")});
                json!({"method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": data})
            })
            .collect();
        let answer = scim
            .post("/Bulk", &json!({"Operations": operations}))
            .await
            .expect(200);
        made.extend(answer["Operations"].as_array().expect("a list").iter().map(id_of));
    }
    made
}

/// The id of what an operation of a `/Bulk` has made.
fn id_of(operation: &Value) -> String {
    assert_eq!(operation["status"], "201", "{operation}");
    let location = text(&operation["location"]);
    location.rsplit('/').next().expect("an id").to_owned()
}
