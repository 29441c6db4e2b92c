//! Connection tests and transport.

use serde_json::json;

use crate::harness::{World, assert_refused, everywhere, scim::user_body};

everywhere!(
    q02_groups_are_served_before_there_are_any,
    q10_any_text_may_stand_where_an_id_does,
    q11_every_layer_refuses_in_scim_s_form,
    q12_a_burst_is_answered_without_a_limit_of_25_a_second,
    q69_an_id_that_is_a_number_is_not_found,
);

async fn q02_groups_are_served_before_there_are_any(world: World) {
    for query in [
        "excludedAttributes=members&filter=displayName%20eq%20%2290c3%22",
        "startIndex=1&count=2",
    ] {
        let list = world.scim().get(&format!("/Groups?{query}")).await.expect(200);
        assert_eq!(list["totalResults"], 0, "{list}");
    }
}

async fn q10_any_text_may_stand_where_an_id_does(world: World) {
    let scim = world.scim();
    for id in ["00919288221112222", "grp_1", "a%20b", "%00", "..", "Users", "ü"] {
        for resource in ["Users", "Groups"] {
            let answer = scim.get(&format!("/{resource}/{id}")).await;
            assert_refused(&answer, 404, None);
        }
    }
}

async fn q11_every_layer_refuses_in_scim_s_form(world: World) {
    let scim = world.scim();
    assert_refused(&scim.get("/Nothing").await, 404, None);
    assert_refused(&scim.delete("/Users").await, 405, None);
    assert_refused(&scim.with_token("x").get("/Users").await, 401, None);
    let body = scim
        .request("POST", "/Users")
        .header("content-type", "text/plain")
        .body("x");
    assert_refused(&scim.send(body).await, 415, None);
    assert_refused(&scim.get("/Users?filter=x").await, 400, Some("invalidFilter"));
    assert_refused(&scim.post("/Users", &json!([])).await, 400, Some("invalidSyntax"));
}

async fn q12_a_burst_is_answered_without_a_limit_of_25_a_second(world: World) {
    let scim = world.scim();
    let creates = (0..60).map(|n| {
        let scim = scim.clone();
        async move { scim.post("/Users", &user_body(&format!("burst{n}"))).await }
    });
    for answer in futures::future::join_all(creates).await {
        answer.expect(201);
    }
}

async fn q69_an_id_that_is_a_number_is_not_found(world: World) {
    assert_refused(&world.scim().get("/Users/0").await, 404, None);
}
