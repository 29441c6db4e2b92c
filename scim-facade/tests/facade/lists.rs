//! Lists, searches and discovery.

use serde_json::{Value, json};

use crate::world::{World, assert_refused};

async fn world_of(users: usize, groups: usize) -> World {
    let world = World::new();
    for number in 0..users {
        world.user(&format!("user{number}")).await;
    }
    for number in 0..groups {
        world.group(&format!("group{number}"), &[]).await;
    }
    world
}

fn ids(page: &Value) -> Vec<&str> {
    page["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| resource["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_page_says_where_it_is() {
    let world = world_of(5, 0).await;
    let page = world.get("/Users?startIndex=4&count=10").await.json;
    assert_eq!(
        page["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
    );
    assert_eq!(
        (&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]),
        (&json!(5), &json!(4), &json!(2))
    );
    assert_eq!(ids(&page), ["id004", "id005"]);
}

#[tokio::test]
async fn a_count_of_0_or_less_tells_only_the_total() {
    let world = world_of(2, 0).await;
    for path in ["/Users?count=0", "/Users?count=-5&startIndex=0"] {
        let page = world.get(path).await.json;
        assert_eq!(
            (&page["totalResults"], &page["itemsPerPage"]),
            (&json!(2), &json!(0))
        );
        assert_eq!(page["Resources"], json!([]));
    }
}

#[tokio::test]
async fn q01_an_empty_match_is_a_list() {
    let page = World::new().get("/Users?filter=userName%20eq%20%22x%22").await;
    assert_eq!(
        (page.status.as_u16(), &page.json["totalResults"]),
        (200, &json!(0))
    );
}

#[tokio::test]
async fn a_walk_by_cursor_meets_everybody_once() {
    let world = world_of(5, 0).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.get(&format!("/Users?count=2&cursor={cursor}")).await.json;
        assert_eq!((&page["totalResults"], page.get("startIndex")), (&json!(5), None));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["nextCursor"].as_str() else {
            break;
        };
        cursor = next.to_owned();
    }
    assert_eq!(seen, ["id001", "id002", "id003", "id004", "id005"]);
}

#[tokio::test]
async fn a_damaged_cursor_is_invalid_cursor() {
    assert_refused(
        &World::new().get("/Users?cursor=%21").await,
        400,
        Some("invalidCursor"),
    );
    assert_refused(&World::new().get("/?cursor=x").await, 400, Some("invalidCursor"));
}

#[tokio::test]
async fn an_unknown_attribute_in_a_filter_is_invalid_filter() {
    let world = World::new();
    for path in [
        "/Users?filter=shoeSize%20eq%201",
        "/?filter=shoeSize%20eq%201",
        "/Groups?filter=userName",
    ] {
        assert_refused(&world.get(path).await, 400, Some("invalidFilter"));
    }
}

#[tokio::test]
async fn a_search_asks_the_same_as_a_query() {
    let world = world_of(3, 1).await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "startIndex": 2, "count": 1, "attributes": ["userName"],
    });
    let page = world.call("POST", "/Users/.search", body.clone()).await.json;
    assert_eq!(ids(&page), ["id002"]);
    assert_eq!(page["Resources"][0].get("meta"), None);
    assert_eq!(
        world.call("POST", "/Groups/.search", body).await.json["totalResults"],
        1
    );
}

#[tokio::test]
async fn the_root_has_users_and_then_groups_by_index_and_by_cursor() {
    let world = world_of(3, 2).await;
    let page = world.get("/?startIndex=3&count=2").await.json;
    assert_eq!(
        (&page["totalResults"], ids(&page)),
        (&json!(5), vec!["id003", "id004"])
    );
    let mut seen = Vec::new();
    let mut cursor = json!("");
    while let Some(text) = cursor.as_str() {
        let body = json!({ "cursor": text, "count": 2 });
        let page = world.call("POST", "/.search", body).await.json;
        assert_eq!(page["totalResults"], 5);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        cursor = page["nextCursor"].clone();
    }
    assert_eq!(seen, ["id001", "id002", "id003", "id004", "id005"]);
}

#[tokio::test]
async fn discovery_answers_and_tells_the_limits() {
    let world = World::new();
    for path in ["/ResourceTypes", "/ResourceTypes/User", "/Schemas"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
    let config = world.get("/ServiceProviderConfig").await.json;
    assert_eq!(config["filter"]["maxResults"], 1_000);
    assert_eq!(config["bulk"]["maxOperations"], 1_000);
    assert_eq!(config["pagination"]["cursor"], true);
    assert_refused(&world.get("/Schemas/urn:nothing").await, 404, None);
    assert_refused(&world.get("/ResourceTypes/Car").await, 404, None);
    assert_refused(&world.get("/Schemas?filter=id%20pr").await, 403, None);
}
