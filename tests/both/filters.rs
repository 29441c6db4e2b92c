//! The same question gives the same people through both doors, whichever way it is asked.

use std::collections::BTreeSet;

use identity_proto::v1::{
    Comparison, ComparisonOperator, ElementFilter, Filter, FilterList, FilterValue, ListUsersRequest,
    filter::Condition, filter_value::Kind,
};
use serde_json::{Value, json};
use tonic::Code;

use crate::harness::{World, assert_refused, assert_status, everywhere, scim::text};

use ComparisonOperator::{
    Contains, EndsWith, Equal, GreaterOrEqual, GreaterThan, LessThan, NotEqual, StartsWith,
};

everywhere!(
    both_doors_find_the_same_people,
    groups_are_found_by_name_member_and_external_id,
    a_filter_that_is_none_is_refused,
    a_condition_that_is_none_is_refused,
    a_condition_at_the_limits_is_answered,
);

async fn both_doors_find_the_same_people(world: World) {
    let people = populate(&world).await;
    for (scim, grpc, expected) in questions() {
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
        "userName eq 5",
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
    let unspecified = compare("user_name", ComparisonOperator::Unspecified, "a");
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

const ADA: &str = "Ada@example.com";
const BOB: &str = "bob@example.com";
const STREET: &str = "straße";

/// SCIM text, the same as a tree, and whom it finds.
fn questions() -> Vec<(&'static str, Filter, &'static [&'static str])> {
    let work = |value: &str| {
        element(
            "emails",
            all(vec![
                compare("type", Equal, "work"),
                compare("value", Contains, value),
            ]),
        )
    };
    let false_value = || Kind::BoolValue(false);
    vec![
        (
            r#"userName eq "ADA@EXAMPLE.COM""#,
            compare("user_name", Equal, "ADA@EXAMPLE.COM"),
            &[ADA],
        ),
        (
            r#"UserName EQ "STRASSE""#,
            compare("user_name", Equal, "STRASSE"),
            &[STREET],
        ),
        (
            r#"userName co "example""#,
            compare("user_name", Contains, "example"),
            &[ADA, BOB],
        ),
        (
            r#"userName sw "B""#,
            compare("user_name", StartsWith, "B"),
            &[BOB],
        ),
        (
            r#"userName ew ".com""#,
            compare("user_name", EndsWith, ".com"),
            &[ADA, BOB],
        ),
        (
            r#"userName gt "b""#,
            compare("user_name", GreaterThan, "b"),
            &[BOB, STREET],
        ),
        (r#"userName lt "b""#, compare("user_name", LessThan, "b"), &[ADA]),
        (
            r#"title ne "countess""#,
            compare("title", NotEqual, "countess"),
            &[BOB, STREET],
        ),
        ("title pr", present("title"), &[ADA, STREET]),
        (
            "title eq null",
            Filter {
                condition: comparison("title", Equal, None),
            },
            &[BOB],
        ),
        ("not (title pr)", not(present("title")), &[BOB]),
        (
            r#"title co "100%""#,
            compare("title", Contains, "100%"),
            &[STREET],
        ),
        (
            r#"title co "_SURE_""#,
            compare("title", Contains, "_SURE_"),
            &[STREET],
        ),
        (r#"title co "1_0""#, compare("title", Contains, "1_0"), &[]),
        (
            r#"title ew "\\ \"quoted\"""#,
            compare("title", EndsWith, "\\ \"quoted\""),
            &[STREET],
        ),
        (
            r#"externalId eq "A-1""#,
            compare("external_id", Equal, "A-1"),
            &[ADA],
        ),
        (
            r#"name.familyName eq "BÄCKER""#,
            compare("name.family_name", Equal, "BÄCKER"),
            &[BOB],
        ),
        (
            r#"emails.value eq "bob@home.example""#,
            compare("emails.value", Equal, "bob@home.example"),
            &[BOB],
        ),
        (
            r#"emails eq "bob@home.example""#,
            compare("emails.value", Equal, "bob@home.example"),
            &[BOB],
        ),
        (
            r#"emails[type eq "work" and value co "home"]"#,
            work("home"),
            &[BOB],
        ),
        (
            r#"emails[type eq "work" and value co "x"]"#,
            work("x"),
            &[ADA, BOB],
        ),
        (r#"emails[type eq "work" and value co "x.ex"]"#, work("x.ex"), &[]),
        (
            r#"emails[type eq "work"].value eq "ada@work.example""#,
            work("ada@work.example"),
            &[ADA],
        ),
        (
            "active eq false",
            condition("active", Equal, false_value()),
            &[BOB],
        ),
        (
            "active ne false",
            condition("active", NotEqual, false_value()),
            &[ADA, STREET],
        ),
        (
            r#"roles.value eq "editor""#,
            compare("roles.value", Equal, "editor"),
            &[STREET],
        ),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "research""#,
            compare("enterprise.department", Equal, "research"),
            &[ADA],
        ),
        (
            r#"title pr and (active eq false or userName sw "s")"#,
            all(vec![
                present("title"),
                any(vec![
                    condition("active", Equal, false_value()),
                    compare("user_name", StartsWith, "s"),
                ]),
            ]),
            &[STREET],
        ),
        (
            r#"meta.created ge "2000-01-01T00:00:00+02:00""#,
            condition(
                "create_time",
                GreaterOrEqual,
                Kind::TimeValue(prost_types::Timestamp {
                    seconds: 946_677_600,
                    nanos: 0,
                }),
            ),
            &[ADA, BOB, STREET],
        ),
    ]
}

fn comparison(attribute: &str, operator: ComparisonOperator, kind: Option<Kind>) -> Option<Condition> {
    let value = Some(FilterValue { kind });
    Some(Condition::Comparison(Comparison {
        attribute: attribute.into(),
        operator: operator.into(),
        value,
    }))
}

fn condition(attribute: &str, operator: ComparisonOperator, kind: Kind) -> Filter {
    Filter {
        condition: comparison(attribute, operator, Some(kind)),
    }
}

fn compare(attribute: &str, operator: ComparisonOperator, value: &str) -> Filter {
    condition(attribute, operator, Kind::StringValue(value.into()))
}

fn present(attribute: &str) -> Filter {
    Filter {
        condition: Some(Condition::Present(attribute.into())),
    }
}

fn not(inner: Filter) -> Filter {
    Filter {
        condition: Some(Condition::Not(Box::new(inner))),
    }
}

fn all(filters: Vec<Filter>) -> Filter {
    Filter {
        condition: Some(Condition::AllOf(FilterList { filters })),
    }
}

fn any(filters: Vec<Filter>) -> Filter {
    Filter {
        condition: Some(Condition::AnyOf(FilterList { filters })),
    }
}

fn element(attribute: &str, inner: Filter) -> Filter {
    let filter = Some(Box::new(inner));
    Filter {
        condition: Some(Condition::Element(Box::new(ElementFilter {
            attribute: attribute.into(),
            filter,
        }))),
    }
}
