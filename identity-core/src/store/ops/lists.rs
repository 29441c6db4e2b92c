//! Pages and counts of what meets a filter.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, DATABASE, all};
use crate::{
    error::Result,
    filter::Filter,
    group::Group,
    id::Id,
    schema::{ExtendedType, ExtensionSchema},
    store::{
        ListQuery,
        condition::Search,
        failure::classify,
        rows::{GroupRow, UserRow},
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

/// What is asked of users.
pub(super) fn search_users(organization: Id) -> Search {
    search(ExtendedType::User, organization)
}

pub(super) async fn users(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<Vec<User>> {
    let found = search_users(organization).page(page)?;
    let query = super::users::live(organization)
        .filter(found.condition)
        .order(found.order)
        .limit(page.limit)
        .offset(page.skip)
        .select(UserRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn count_users(
    conn: &mut Conn,
    organization: Id,
    filter: &Filter,
    schemas: &[ExtensionSchema],
) -> Result<i64> {
    let condition = search_users(organization).filter(filter, schemas)?;
    let query = super::users::live(organization).filter(condition).count();
    query.get_result(conn).await.map_err(classify)
}

pub(super) async fn groups(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<Vec<Group>> {
    let found = search(ExtendedType::Group, organization).page(page)?;
    let query = super::groups::live(organization)
        .filter(found.condition)
        .order(found.order)
        .limit(page.limit)
        .offset(page.skip)
        .select(GroupRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn count_groups(
    conn: &mut Conn,
    organization: Id,
    filter: &Filter,
    schemas: &[ExtensionSchema],
) -> Result<i64> {
    let condition = search(ExtendedType::Group, organization).filter(filter, schemas)?;
    let query = super::groups::live(organization).filter(condition).count();
    query.get_result(conn).await.map_err(classify)
}
