//! Requests that are refused for what they are: their form, their query, their values.

use serde_json::{Value, json};

use super::{Case, case};
use crate::harness::{
    Request, World,
    scim::{encoded, text, user_body},
};

/// Of the request itself.
pub(super) async fn of_requests(world: &World) -> Vec<Case> {
    let scim = world.scim();
    let body = |content_type: &str, body: &str| {
        scim.request("POST", "/Users")
            .header("content-type", content_type)
            .body(body.to_owned())
    };
    let foreign = world.other().await;
    let theirs = text(&foreign.scim().create_user("theirs").await["id"]);
    let service = world.service_token(&["users:read"]).await;
    let json = "application/scim+json";
    vec![
        case("no token", scim.request("GET", "/Users").without("authorization")),
        case(
            "an unknown token",
            scim.with_token("rst_x").request("GET", "/Users"),
        ),
        case(
            "a token of another kind",
            scim.with_token(&service).request("GET", "/Users"),
        ),
        case(
            "another scheme",
            Request::new("GET", "/Users").header("authorization", "Basic eDp4"),
        ),
        case("an unknown path", scim.request("GET", "/People")),
        case(
            "a method that the path does not have",
            scim.request("PUT", "/Users"),
        ),
        case("an unknown id", scim.request("GET", "/Users/0")),
        case(
            "an id of another organization",
            scim.request("GET", &format!("/Users/{theirs}")),
        ),
        case("an unknown schema", scim.request("GET", "/Schemas/urn:none")),
        case(
            "an unknown resource type",
            scim.request("GET", "/ResourceTypes/Pet"),
        ),
        case("a body of another type", body("text/plain", "x")),
        case("another charset", body("application/json; charset=latin1", "{}")),
        case(
            "a compressed body",
            body(json, "{}").header("content-encoding", "gzip"),
        ),
        case("a body that ends early", body(json, "{\"userName\": \"a")),
        case("a body that is a list", body(json, "[]")),
        case("half a surrogate pair", body(json, "{\"userName\": \"\\ud800\"}")),
        case(
            "a trial that is neither true nor false",
            scim.request("DELETE", "/Users/0").header("roster-dry-run", "1"),
        ),
    ]
}

/// Of the query.
pub(super) async fn of_queries(world: &World) -> Vec<Case> {
    let scim = world.scim();
    let users = |query: String| scim.request("GET", &format!("/Users?{query}"));
    let filter = |filter: &str| users(format!("filter={}", encoded(filter)));
    scim.create_user("pages-1").await;
    scim.create_user("pages-2").await;
    let first = scim.get("/Users?cursor&count=1").await.expect(200);
    let cursor = text(&first["nextCursor"]);
    let deep = ["(".repeat(30), "active eq true".into(), ")".repeat(30)].concat();
    let long = vec!["active eq true"; 201].join(" and ");
    vec![
        case("a filter that ends early", filter("userName eq")),
        case("an unknown attribute in a filter", filter("shoeSize eq 42")),
        case("an unknown sub-attribute in a filter", filter("name.nick pr")),
        case(
            "a value of another type in a filter",
            filter("active eq \"perhaps\""),
        ),
        case("an order of booleans", filter("active gt true")),
        case("a filter of more than 20 levels", filter(&deep)),
        case("a filter of more than 200 terms", filter(&long)),
        case("a filter on a password", filter("password eq \"x\"")),
        case("an unknown attribute to sort by", users("sortBy=shoeSize".into())),
        case("a cursor of nobody", users("cursor=abc".into())),
        case(
            "a cursor of another filter",
            users(format!("cursor={}&count=1&filter=active%20pr", encoded(&cursor))),
        ),
        case("a negative count with a cursor", users("cursor&count=-1".into())),
        case("a startIndex that is no number", users("startIndex=x".into())),
        case("a parameter twice", users("count=1&count=2".into())),
    ]
}

/// Of what a body says.
pub(super) fn of_values(world: &World) -> Vec<Case> {
    let scim = world.scim();
    let user = |mut more: Value| {
        if more.get("userName").is_none() {
            more["userName"] = "values".into();
        }
        scim.request_with("POST", "/Users", &more)
    };
    let emails: Vec<_> = (0..101)
        .map(|n| json!({"value": format!("{n}@x.example")}))
        .collect();
    let group = |body: Value| scim.request_with("POST", "/Groups", &body);
    vec![
        case(
            "no userName",
            scim.request_with("POST", "/Users", &json!({"title": "x"})),
        ),
        case("a blank userName", user(json!({"userName": " "}))),
        case("a userName that is a number", user(json!({"userName": 5}))),
        case("NUL in a text", user(json!({"title": "a\u{0}b"}))),
        case(
            "a text that is too long",
            user(json!({"title": "x".repeat(1025)})),
        ),
        case("neither true nor false", user(json!({"active": "perhaps"}))),
        case("a text for an object", user(json!({"name": "Ada"}))),
        case(
            "a list of lists",
            user(json!({"emails": [["a@x.example", "b@x.example"]]})),
        ),
        case("an attribute twice", user(json!({"title": "x", "TITLE": "y"}))),
        case("too many elements", user(json!({ "emails": emails }))),
        case(
            "an extension that is no object",
            user(json!({
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "x"
            })),
        ),
        case(
            "schemas of something else",
            user(json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]})),
        ),
        case("schemas that are no texts", user(json!({"schemas": [1]}))),
        case("no displayName", group(json!({}))),
        case(
            "a member without an id",
            group(json!({"displayName": "x", "members": [{}]})),
        ),
        case(
            "a search of another kind",
            scim.request_with("POST", "/Users/.search", &user_body("x")),
        ),
    ]
}
