//! The same question gives the same people through both APIs, whichever way it is asked.

mod conditions;
mod questions;

use std::collections::BTreeSet;

use conditions::{any, compare, condition, not};
use identity_proto::v1::{
    ComparisonOperator::{Equal, GreaterThan, Unspecified},
    Filter, ListUsersRequest,
    filter_value::Kind,
};
use serde_json::{Value, json};
use tonic::Code;

use crate::harness::{World, assert_refused, assert_status, everywhere, scim::text};

everywhere!(
    both_apis_find_the_same_people,
    groups_are_found_by_name_member_and_external_id,
    a_filter_that_is_none_is_refused,
    a_condition_that_is_none_is_refused,
    a_condition_at_the_limits_is_answered,
);

async fn both_apis_find_the_same_people(world: World) {
    let people = populate(&world).await;
    for (scim, grpc, expected) in questions::all() {
        let expected: BTreeSet<_> = expected.iter().map(|name| people.id(name)).collect();
        let found: BTreeSet<_> = world.scim().find("/Users", scim).await.into_iter().collect();
        assert_eq!(found, expected, "over SCIM: {scim}");
        let request = ListUsersRequest {
            filter: Some(grpc),
            ..Default::default()
        };
        let (users, _) = world.grpc().list_users(request).await.unwrap();
        let found: BTreeSet<_> = users.into_iter().map(|user| user.id).collect();
        assert_eq!(found, expected, "over gRPC: {scim}");
    }
}

async fn groups_are_found_by_name_member_and_external_id(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let body = json!({"displayName": "R&D \"North\"", "externalId": "G-1", "members": [{"value": ada}]});
    let group = text(&scim.post("/Groups", &body).await.expect(201)["id"]);
    scim.create_group("Other", &[]).await;
    for filter in [
        r#"displayName eq "r&d \"north\"""#.to_owned(),
        r#"externalId eq "G-1""#.into(),
        format!("members eq \"{ada}\""),
        format!("members.value eq \"{ada}\""),
        format!("members[value eq \"{ada}\"]"),
        format!("id eq \"{group}\" and members[value eq \"{ada}\"]"),
        "members pr".into(),
    ] {
        assert_eq!(scim.find("/Groups", &filter).await, [group.as_str()], "{filter}");
    }
    assert!(scim.find("/Groups", r#"externalId eq "g-1""#).await.is_empty());
}

async fn a_filter_that_is_none_is_refused(world: World) {
    for filter in [
        "",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName is \"a\"",
        "eq \"a\"",
        "(userName pr",
        "userName pr)",
        "userName eq \"a\" and",
        "not userName pr",
        "unknown eq \"a\"",
        "name.unknown pr",
        "emails[type eq \"work\"",
        "emails[unknown eq \"work\"]",
        "active gt true",
        "active eq \"maybe\"",
        "meta.created gt \"yesterday\"",
        "userName eq \"\\x\"",
        "userName eq \"a\"\"b\"",
    ] {
        let answer = world.scim().list("/Users", filter, "").await;
        assert_eq!(answer.status, 400, "{filter}: {answer}");
        assert_refused(&answer, 400, Some("invalidFilter"));
    }
}

async fn a_condition_that_is_none_is_refused(world: World) {
    let unknown = compare("unknown", Equal, "a");
    let empty = Filter { condition: None };
    let senseless = condition("active", GreaterThan, Kind::BoolValue(true));
    let unspecified = compare("user_name", Unspecified, "a");
    let deep = (0..21).fold(compare("user_name", Equal, "a"), |inner, _| not(inner));
    let wide = any((0..201).map(|_| compare("user_name", Equal, "a")).collect());
    for filter in [unknown, empty, senseless, unspecified, deep, wide] {
        let request = ListUsersRequest {
            filter: Some(filter),
            ..Default::default()
        };
        assert_status(
            world.grpc().list_users(request).await,
            Code::InvalidArgument,
            "FILTER_INVALID",
        );
    }
}

async fn a_condition_at_the_limits_is_answered(world: World) {
    let ada = world.grpc().create_user("ada").await;
    let deep = (0..18).fold(compare("user_name", Equal, "ADA"), |inner, _| not(inner));
    let wide = any((0..199)
        .map(|n| compare("user_name", Equal, &format!("a{n}")))
        .chain([deep])
        .collect());
    let request = ListUsersRequest {
        filter: Some(wide),
        ..Default::default()
    };
    let (users, _) = world.grpc().list_users(request).await.unwrap();
    assert_eq!(users.iter().map(|user| &user.id).collect::<Vec<_>>(), [&ada.id]);
}

struct People(Vec<Value>);

impl People {
    fn id(&self, user_name: &str) -> String {
        text(
            &self
                .0
                .iter()
                .find(|person| person["userName"] == user_name)
                .expect("one of us")["id"],
        )
    }
}

async fn populate(world: &World) -> People {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let bodies = [
        json!({"userName": "Ada@example.com", "externalId": "A-1", "title": "Countess",
            "name": {"givenName": "Ada", "familyName": "Lovelace"},
            "emails": [{"value": "Ada@work.example", "type": "work"}, {"value": "ada@home.example", "type": "home"}],
            enterprise: {"department": "Research"}}),
        json!({"userName": "bob@example.com", "externalId": "a-1", "active": false,
            "name": {"givenName": "Bob", "familyName": "Bäcker"},
            "emails": [{"value": "bob@home.example", "type": "work"}, {"value": "bob@x.example", "type": "home"}]}),
        json!({"userName": "straße", "title": "100% _sure_ \\ \"quoted\"", "roles": [{"value": "editor"}]}),
    ];
    let mut people = Vec::new();
    for body in &bodies {
        people.push(world.scim().post("/Users", body).await.expect(201));
    }
    People(people)
}

pub(super) const ADA: &str = "Ada@example.com";
pub(super) const BOB: &str = "bob@example.com";
pub(super) const STREET: &str = "straße";
