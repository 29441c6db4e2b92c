//! Tests that the most frequent questions are answered from indexes, and that only fixed shapes are kept as
//! prepared statements.

use diesel::{debug_query, pg::Pg, sql_types::Text, sqlite::Sqlite};

use super::*;

const ORGANIZATION: Id = Id(uuid::Uuid::from_u128(1));

fn equal(attribute: &str, value: &str) -> Filter {
    Filter::Comparison {
        attribute: attribute.to_owned(),
        operator: Operator::Equal,
        value: Value::Text(value.to_owned()),
    }
}

fn work_email() -> Filter {
    Filter::Element {
        attribute: "emails".to_owned(),
        filter: Box::new(Filter::All(vec![
            equal("type", "work"),
            equal("value", "ada@example.com"),
        ])),
    }
}

fn page(database: Database, resource: ExtendedType, query: &ListQuery) -> super::super::page::Page {
    let search = Search {
        database,
        resource,
        organization: ORGANIZATION,
    };
    search.page(query).unwrap()
}

fn all_in(order: Order, filter: Filter) -> ListQuery {
    ListQuery {
        filter,
        order,
        after: None,
        skip: 0,
        limit: 100,
        schemas: Vec::new(),
        visibility: VisibilityFilter::default(),
    }
}

fn by(attribute: &str, direction: Direction) -> Order {
    Order {
        attribute: Some(attribute.to_owned()),
        direction,
    }
}

/// How SQLite goes about a query of users.
fn plan(query: &ListQuery) -> String {
    let found = page(Database::Sqlite, ExtendedType::User, query);
    let statement = users::table
        .filter(users::organization_id.eq(ORGANIZATION))
        .filter(users::deleted_at.is_null())
        .filter(found.condition)
        .order(found.order)
        .limit(query.limit)
        .select(users::id);
    let sql = debug_query::<Sqlite, _>(&statement).to_string();
    let (sql, _binds) = sql.split_once(" -- binds").unwrap();
    let explained = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
        .load::<Step>(&mut open())
        .unwrap();
    explained
        .into_iter()
        .map(|step| step.detail)
        .collect::<Vec<_>>()
        .join("; ")
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn what_is_asked_most_is_answered_from_an_index() {
    let member = ORGANIZATION.to_string();
    for (filter, index) in [
        (equal("user_name", "ada"), "users_user_name"),
        (equal("external_id", "1"), "users_external_id"),
        (equal("display_name", "Ada"), "users_display_name"),
        (equal("id", &member), "sqlite_autoindex_users_1"),
        (equal("emails.value", "ada@example.com"), "user_emails_value"),
        (work_email(), "user_emails_value"),
        (equal("groups", &member), "group_members_group"),
        (
            Filter::All(vec![equal("user_name", "ada"), equal("active", "true")]),
            "users_user_name",
        ),
    ] {
        let plan = plan(&all_in(Order::default(), filter.clone()));
        assert!(
            plan.contains(index) && !plan.contains("SCAN users"),
            "{filter:?}: {plan}"
        );
    }
}

#[test]
fn pages_by_indexed_values_are_not_sorted() {
    for direction in [Direction::Ascending, Direction::Descending] {
        for (order, index) in [
            (
                Order {
                    attribute: None,
                    direction,
                },
                "sqlite_autoindex_users_1",
            ),
            (by("user_name", direction), "users_user_name"),
            (by("update_time", direction), "users_updated_at"),
        ] {
            let mut query = all_in(order, Filter::All(Vec::new()));
            let first = plan(&query);
            query.after = Some(Position {
                key: Some("2026-01-01T00:00:00Z".into()),
                id: ORGANIZATION,
            });
            for plan in [first, plan(&query)] {
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }
}

#[test]
fn only_fixed_shapes_are_kept_as_prepared_statements() {
    let kept = |filter: Filter, order: Order| {
        let found = page(Database::Sqlite, ExtendedType::User, &all_in(order, filter));
        diesel::query_builder::QueryFragment::<Sqlite>::is_safe_to_cache_prepared(&found.condition, &Sqlite)
            .unwrap()
    };
    let everybody = || Filter::All(Vec::new());
    let name = || equal("user_name", "ada");
    assert!(kept(everybody(), Order::default()));
    assert!(kept(everybody(), by("user_name", Direction::Descending)));
    assert!(kept(name(), Order::default()));
    assert!(kept(work_email(), Order::default()));
    assert!(kept(Filter::All(vec![name(), work_email()]), Order::default()));
    assert!(!kept(Filter::All(vec![name(), name(), name()]), Order::default()));
    assert!(!kept(name(), by("user_name", Direction::Ascending)));
    assert!(!kept(everybody(), by("title", Direction::Ascending)));
    assert!(!kept(equal("title", "Clerk"), Order::default()));
    assert!(!kept(Filter::Any(vec![name()]), Order::default()));
}

#[test]
fn postgresql_compares_bytes_of_what_it_takes_from_documents() {
    let search = Search {
        database: Database::Postgres,
        resource: ExtendedType::User,
        organization: ORGANIZATION,
    };
    let condition = search
        .matching(&all_in(Order::default(), equal("title", "Clerk")))
        .unwrap();
    let sql = debug_query::<Pg, _>(&users::table.filter(condition).select(users::id)).to_string();
    let expected = r#"(users.keys ->> $1) COLLATE "C" = $2 -- binds: ["title", "clerk"]"#;
    assert!(sql.ends_with(expected), "{sql}");
}

#[test]
fn limits_hold_where_the_statement_is_made_too() {
    let mut deep = equal("title", "x");
    for _ in 0..30 {
        deep = Filter::Not(Box::new(deep));
    }
    let wide = Filter::Any(vec![equal("title", "x"); 201]);
    let long = equal("title", &"x".repeat(1025));
    for filter in [deep, wide, long] {
        let search = Search {
            database: Database::Sqlite,
            resource: ExtendedType::User,
            organization: ORGANIZATION,
        };
        assert!(matches!(
            search.matching(&all_in(Order::default(), filter.clone())),
            Err(Error::InvalidFilter { .. })
        ));
    }
}
