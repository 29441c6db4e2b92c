//! Pages and counts of what meets a filter.

use diesel::prelude::*;

use super::{Conn, DATABASE, RunQueryDsl, all, classify};
use crate::{
    error::Result,
    group::Group,
    id::Id,
    schema::ExtendedType,
    store::{
        Deleted, ListQuery,
        condition::Search,
        rows::{GroupRow, UserRow},
        schema,
    },
    user::User,
};

fn search(resource: ExtendedType, organization: Id) -> Search {
    Search {
        database: DATABASE,
        resource,
        organization,
    }
}

/// Returns a search among an organization's users.
pub(super) fn search_users(organization: Id) -> Search {
    search(ExtendedType::User, organization)
}

/// The users of an organization, deleted ones included; the condition says which of those are seen.
#[diesel::dsl::auto_type]
fn live_or_not(organization: Id) -> _ {
    schema::users::table.filter(schema::users::organization_id.eq(organization))
}

pub(super) async fn users(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<Vec<User>> {
    let found = search_users(organization).page(page)?;
    if page.visibility.deleted != Deleted::Hidden {
        let query = live_or_not(organization)
            .filter(found.condition)
            .order(found.order)
            .limit(page.limit)
            .offset(page.skip)
            .select(UserRow::as_select());
        return all(query.load(conn).await);
    }
    let query = super::users::live(organization)
        .filter(found.condition)
        .order(found.order)
        .limit(page.limit)
        .offset(page.skip)
        .select(UserRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn count_users(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<i64> {
    let condition = search_users(organization).matching(page)?;
    if page.visibility.deleted != Deleted::Hidden {
        let query = live_or_not(organization).filter(condition).count();
        return query.get_result(conn).await.map_err(classify);
    }
    let query = super::users::live(organization).filter(condition).count();
    query.get_result(conn).await.map_err(classify)
}

pub(super) async fn groups(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<Vec<Group>> {
    let found = search(ExtendedType::Group, organization).page(page)?;
    if page.visibility.out_of_sync.is_some() {
        let query = super::groups::live_or_not(organization)
            .filter(found.condition)
            .order(found.order)
            .limit(page.limit)
            .offset(page.skip)
            .select(GroupRow::as_select());
        return all(query.load(conn).await);
    }
    let query = super::groups::live(organization)
        .filter(found.condition)
        .order(found.order)
        .limit(page.limit)
        .offset(page.skip)
        .select(GroupRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn count_groups(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<i64> {
    let condition = search(ExtendedType::Group, organization).matching(page)?;
    if page.visibility.out_of_sync.is_some() {
        let query = super::groups::live_or_not(organization).filter(condition).count();
        return query.get_result(conn).await.map_err(classify);
    }
    let query = super::groups::live(organization).filter(condition).count();
    query.get_result(conn).await.map_err(classify)
}
