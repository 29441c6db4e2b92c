//! Statements on `service_accounts`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, found, found_value};
use crate::{
    error::Result,
    id::{Id, Key},
    service_account::ServiceAccount,
    store::{
        rows::{NewServiceAccount, ServiceAccountRow, ServiceAccountUpdate},
        schema::service_accounts,
    },
};

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<ServiceAccount>> {
    let query = service_accounts::table
        .find((organization, id))
        .select(ServiceAccountRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn id_by_name(conn: &mut Conn, organization: Id, name_key: &str) -> Result<Option<Id>> {
    let query = service_accounts::table
        .filter(service_accounts::organization_id.eq(organization))
        .filter(service_accounts::name_key.eq(name_key))
        .select(service_accounts::id);
    found_value(query.get_result(conn).await)
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<ServiceAccount>> {
    let mut query = service_accounts::table
        .filter(service_accounts::organization_id.eq(organization))
        .order(service_accounts::id)
        .limit(limit)
        .select(ServiceAccountRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(service_accounts::id.gt(after));
    }
    all(query.load(conn).await)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, account: &ServiceAccount) {
    let row = NewServiceAccount::from(account);
    pipeline.push(
        "insert service account",
        diesel::insert_into(service_accounts::table).values(row),
    );
}

pub(super) fn update(pipeline: &mut Pipeline<'_>, account: &ServiceAccount) {
    let target = service_accounts::table.find((account.organization_id, account.id));
    pipeline.push(
        "update service account",
        diesel::update(target).set(ServiceAccountUpdate::from(account)),
    );
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, Key { organization, id }: Key) {
    pipeline.push(
        "delete service account",
        diesel::delete(service_accounts::table.find((organization, id))),
    );
}
