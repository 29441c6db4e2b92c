//! SQLite finds what the matcher says. `tests/store` asks the same of every database, through the whole store.

use diesel::{SqliteConnection, connection::SimpleConnection, prelude::*};
use proptest::prelude::*;

use super::{Database, Search};
use crate::{
    error::{Error, Result},
    filter::{Filter, Operator, Value},
    group::{Group, Member, MemberKind},
    id::Id,
    schema::ExtendedType,
    search::{self, SearchKeys},
    store::{
        Direction, ListQuery, Order, Position, VisibilityFilter,
        schema::{group_members, groups, user_emails, users},
        types::Json,
    },
    text::fold,
    user::User,
};

#[path = "../../../../tests/generator/mod.rs"]
mod generator;
mod plans;

use generator::World;

const TABLES: &str = include_str!("../../../../../migrations/sqlite/00000000000001_identity/up.sql");
const PAGE: i64 = 3;
const USERS: usize = 12;
const GROUPS: usize = 5;

fn document(keys: &SearchKeys) -> Json {
    Json(serde_json::to_string(&keys.0).unwrap())
}

fn open() -> SqliteConnection {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    connection.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
    connection.batch_execute(TABLES).unwrap();
    crate::store::sqlite::TimeLeft::of(&connection).unwrap();
    connection
}

fn filled(world: &World) -> SqliteConnection {
    let mut connection = open();
    for (user, _) in &world.users {
        insert_user(&mut connection, user, &search::of_user(user, &world.schemas));
    }
    for (group, members) in &world.groups {
        insert_group(&mut connection, group, &search::of_group(group, &world.schemas));
        for member in members {
            insert_member(&mut connection, group, member);
        }
    }
    connection
}

fn insert_user(connection: &mut SqliteConnection, user: &User, keys: &SearchKeys) {
    let display_name = user.profile.display_name.as_deref();
    let named = (
        users::user_name.eq(&user.user_name),
        users::user_name_key.eq(fold(&user.user_name)),
        users::external_id.eq(&user.external_id),
        users::display_name.eq(display_name),
        users::display_name_key.eq(display_name.map(fold)),
        users::organization_role.eq(&user.organization_role),
    );
    let rest = (
        users::organization_id.eq(user.organization_id),
        users::id.eq(user.id),
        users::version.eq(user.version),
        users::active.eq(user.active),
        users::managed_by.eq(user.managed_by),
        users::created_at.eq(user.created_at),
        users::updated_at.eq(user.updated_at),
        users::profile.eq("{}"),
        users::keys.eq(document(keys)),
    );
    diesel::insert_into(users::table)
        .values((named, rest))
        .execute(connection)
        .unwrap();
    for (position, email) in (0..).zip(&user.profile.emails) {
        let row = (
            user_emails::organization_id.eq(user.organization_id),
            user_emails::user_id.eq(user.id),
            user_emails::position.eq(position),
            user_emails::value_key.eq(fold(&email.value)),
            user_emails::type_key.eq(email.kind.as_deref().map(fold)),
            user_emails::is_primary.eq(email.primary),
        );
        diesel::insert_into(user_emails::table)
            .values(row)
            .execute(connection)
            .unwrap();
    }
}

fn insert_group(connection: &mut SqliteConnection, group: &Group, keys: &SearchKeys) {
    let row = (
        groups::organization_id.eq(group.organization_id),
        groups::id.eq(group.id),
        groups::version.eq(group.version),
        groups::display_name.eq(&group.display_name),
        groups::display_name_key.eq(fold(&group.display_name)),
        groups::external_id.eq(&group.external_id),
        groups::member_count.eq(group.member_count),
        groups::created_at.eq(group.created_at),
        groups::updated_at.eq(group.updated_at),
        groups::extensions.eq("{}"),
        groups::keys.eq(document(keys)),
    );
    diesel::insert_into(groups::table)
        .values(row)
        .execute(connection)
        .unwrap();
}

fn insert_member(connection: &mut SqliteConnection, group: &Group, member: &Member) {
    let kind = match member.kind {
        MemberKind::User => "user",
        MemberKind::Group => "group",
    };
    let row = (
        group_members::organization_id.eq(group.organization_id),
        group_members::group_id.eq(group.id),
        group_members::member_id.eq(member.id),
        group_members::member_kind.eq(kind),
        group_members::source.eq("scim"),
        group_members::created_at.eq(group.created_at),
    );
    diesel::insert_into(group_members::table)
        .values(row)
        .execute(connection)
        .unwrap();
}

fn find(
    connection: &mut SqliteConnection,
    kind: ExtendedType,
    organization: Id,
    query: &ListQuery,
) -> Result<Vec<Id>> {
    let search = Search {
        database: Database::Sqlite,
        resource: kind,
        organization,
    };
    let page = search.page(query)?;
    let found = match kind {
        ExtendedType::User => users::table
            .filter(users::organization_id.eq(organization))
            .filter(users::deleted_at.is_null())
            .filter(page.condition)
            .order(page.order)
            .limit(query.limit)
            .select(users::id)
            .load(connection),
        ExtendedType::Group => groups::table
            .filter(groups::organization_id.eq(organization))
            .filter(groups::deleted_at.is_null())
            .filter(page.condition)
            .order(page.order)
            .limit(query.limit)
            .select(groups::id)
            .load(connection),
    };
    Ok(found.unwrap())
}

/// All that meet the filter, page after page.
fn walk(
    connection: &mut SqliteConnection,
    world: &World,
    kind: ExtendedType,
    filter: &Filter,
    order: &Order,
) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    let mut query = ListQuery {
        filter: filter.clone(),
        order: order.clone(),
        after: None,
        skip: 0,
        limit: PAGE,
        schemas: world.schemas.clone(),
        visibility: VisibilityFilter::default(),
    };
    loop {
        let page = find(connection, kind, world.organization, &query)?;
        let Some(&last) = page.last() else {
            return Ok(found);
        };
        found.extend(page);
        query.after = position(world, kind, order, last);
        assert!(query.after.is_some() && found.len() <= world.users.len() + world.groups.len());
    }
}

fn position(world: &World, kind: ExtendedType, order: &Order, id: Id) -> Option<Position> {
    match kind {
        ExtendedType::User => {
            let (user, _) = world.users.iter().find(|(user, _)| user.id == id)?;
            search::position_of_user(order, user, &world.schemas).ok()
        }
        ExtendedType::Group => {
            let (group, _) = world.groups.iter().find(|(group, _)| group.id == id)?;
            search::position_of_group(order, group, &world.schemas).ok()
        }
    }
}

/// Both answers, or both refusals.
fn compare(found: Result<Vec<Id>>, expected: Result<Vec<Id>>, anybody: bool) -> Result<(), TestCaseError> {
    match (found, expected) {
        (Ok(found), Ok(expected)) => prop_assert_eq!(found, expected),
        // The matcher may have had no need to look at the wrong part of the filter; then it comes to an order that is wrong, too.
        (Err(Error::InvalidFilter { .. }), Err(Error::InvalidFilter { .. } | Error::Invalid { .. })) => {}
        (Err(Error::Invalid { field: found, .. }), Err(Error::Invalid { field: expected, .. })) => {
            prop_assert_eq!(found, expected);
        }
        // With nobody to ask, the matcher has nothing to refuse.
        (Err(_), Ok(expected)) if !anybody => prop_assert!(expected.is_empty()),
        (found, expected) => prop_assert!(false, "{found:?} is not {expected:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_finds_the_users_that_the_matcher_does(
        world in generator::world(USERS, GROUPS),
        filters in proptest::collection::vec((generator::user_filter(), generator::user_order()), 1..8),
    ) {
        let mut connection = filled(&world);
        for (filter, order) in filters {
            let found = walk(&mut connection, &world, ExtendedType::User, &filter, &order);
            compare(found, world.users_that_meet(&filter, &order), !world.users.is_empty())?;
        }
    }

    #[test]
    fn sqlite_finds_the_groups_that_the_matcher_does(
        world in generator::world(USERS, GROUPS),
        filters in proptest::collection::vec((generator::group_filter(), generator::group_order()), 1..8),
    ) {
        let mut connection = filled(&world);
        for (filter, order) in filters {
            let found = walk(&mut connection, &world, ExtendedType::Group, &filter, &order);
            compare(found, world.groups_that_meet(&filter, &order), !world.groups.is_empty())?;
        }
    }
}
