//! Statements on `provisioning_requests`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found_value};
use crate::{
    error::Result,
    id::Id,
    provisioning_log::{ProvisioningQuery, ProvisioningRequest, TargetKey},
    store::{
        rows::{NewProvisioningRequest, ProvisioningRow, names::Named},
        schema::provisioning_requests::dsl,
        sql::{IdIn, Prepared},
    },
};

/// Requests removed at once; more would hold up other writers.
const REMOVED_AT_ONCE: i64 = 1000;

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    wanted: &ProvisioningQuery,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<ProvisioningRequest>> {
    let mut query = dsl::provisioning_requests
        .filter(dsl::organization_id.eq(organization))
        .order(dsl::id.desc())
        .limit(limit)
        .select(ProvisioningRow::as_select())
        .into_boxed();
    match &wanted.target {
        Some(TargetKey::Id(id)) => query = query.filter(dsl::target_id.eq(id)),
        Some(TargetKey::Name(name)) => query = query.filter(dsl::target_name_key.eq(name)),
        Some(TargetKey::ExternalId(id)) => query = query.filter(dsl::target_external_id_key.eq(id)),
        None => {}
    }
    if let Some(connection) = wanted.connection_id {
        query = query.filter(dsl::connection_id.eq(connection));
    }
    if let Some(action) = wanted.action {
        query = query.filter(dsl::action.eq(action.stored()));
    }
    if let Some(outcome) = wanted.outcome {
        query = query.filter(dsl::outcome.eq(outcome.stored()));
    }
    if let Some(request_id) = &wanted.request_id {
        query = query.filter(dsl::request_id.eq(request_id));
    }
    // Ids grow with time, so they spare a further index.
    if let Some(from) = wanted.from {
        query = query
            .filter(dsl::id.ge(Id::first_at(from)))
            .filter(dsl::at.ge(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(dsl::at.lt(until));
    }
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(before));
    }
    all(query.load(conn).await)
}

/// The request that so many newer ones follow.
pub(super) async fn older_than(conn: &mut Conn, organization: Id, newer: i64) -> Result<Option<Id>> {
    let query = dsl::provisioning_requests
        .filter(dsl::organization_id.eq(organization))
        .order(dsl::id.desc())
        .offset(newer)
        .limit(1)
        .select(dsl::id);
    found_value(query.get_result(conn).await)
}

pub(in super::super) fn insert(pipeline: &mut Pipeline<'_>, row: NewProvisioningRequest) {
    pipeline.insert("insert provisioning request", row);
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, organization: Id, ids: &[Id]) {
    let these = dsl::provisioning_requests
        .filter(dsl::organization_id.eq(organization))
        .filter(IdIn::new(dsl::id, ids));
    pipeline.push("delete provisioning requests", diesel::delete(these));
}

/// Removes some of the requests up to an id; answers how many. 0: none is left.
pub(in super::super) async fn remove(conn: &mut Conn, organization: Id, through: Id) -> Result<usize> {
    let old = dsl::provisioning_requests
        .filter(dsl::organization_id.eq(organization))
        .filter(dsl::id.le(through));
    let last_at_once = old
        .order(dsl::id)
        .select(dsl::id)
        .offset(REMOVED_AT_ONCE - 1)
        .limit(1);
    let last: Option<Id> = found_value(last_at_once.get_result(conn).await)?;
    let up_to = old.filter(dsl::id.le(last.unwrap_or(through)));
    Prepared(diesel::delete(up_to))
        .execute(conn)
        .await
        .map_err(classify)
}
