//! Statements on `requests`.

use diesel::{prelude::*, upsert::excluded};

use super::{Conn, Pipeline, RunQueryDsl, classify, found, found_value};
use crate::{
    error::Result,
    id::{Id, Key},
    platform::Timestamp,
    store::{StoredRequest, rows::RequestRow, schema::requests, sql::Prepared},
};

/// Requests forgotten at once; more would hold up other writers.
const FORGOTTEN_AT_ONCE: i64 = 1000;

pub(super) async fn by_id(
    conn: &mut Conn,
    organization: Id,
    request_id: &str,
) -> Result<Option<StoredRequest>> {
    let query = requests::table
        .find((organization, request_id))
        .select(RequestRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, row: RequestRow) {
    pipeline.insert(
        "insert request",
        diesel::insert_into(requests::table)
            .values(row)
            .on_conflict((requests::organization_id, requests::request_id))
            .do_update()
            .set((
                requests::digest.eq(excluded(requests::digest)),
                requests::resource_id.eq(excluded(requests::resource_id)),
                requests::at.eq(excluded(requests::at)),
            )),
    );
}

/// Forgets the requests that made a thing. None of them is older than a day, so no index leads to them.
pub(super) fn forget_those_of(pipeline: &mut Pipeline<'_>, made: Key) {
    let these = requests::table
        .filter(requests::organization_id.eq(made.organization))
        .filter(requests::resource_id.eq(made.id.to_string()));
    pipeline.push("forget requests", diesel::delete(these));
}

/// Forgets some of the requests before a time; answers how many. 0: none is left.
pub(in super::super) async fn forget(conn: &mut Conn, before: Timestamp) -> Result<usize> {
    let old = requests::table.filter(requests::at.lt(before));
    let last_at_once = old
        .order(requests::at)
        .select(requests::at)
        .offset(FORGOTTEN_AT_ONCE - 1)
        .limit(1);
    let last: Option<Timestamp> = found_value(last_at_once.get_result(conn).await)?;
    let up_to = old.filter(requests::at.le(last.unwrap_or(before)));
    Prepared(diesel::delete(up_to))
        .execute(conn)
        .await
        .map_err(classify)
}
