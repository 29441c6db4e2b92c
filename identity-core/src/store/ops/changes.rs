//! Statements on `changes`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all};
use crate::{
    change::{Change, ChangeQuery, Detail},
    error::Result,
    id::Id,
    store::{
        rows::{ChangeRow, NewChange, names::Named, to_json},
        schema::changes,
    },
};

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    wanted: &ChangeQuery,
    after: Option<(i64, i32)>,
    limit: i64,
) -> Result<Vec<Change>> {
    let mut query = changes::table
        .filter(changes::organization_id.eq(organization))
        .filter(changes::revision.gt(wanted.after_revision))
        .order((changes::revision, changes::sequence))
        .limit(limit)
        .select(ChangeRow::as_select())
        .into_boxed();
    if let Some(resource) = wanted.resource {
        query = query.filter(changes::resource.eq(resource.stored()));
    }
    if let Some(id) = &wanted.resource_id {
        query = query.filter(changes::resource_id.eq(id));
    }
    if let Some(action) = wanted.action {
        query = query.filter(changes::action.eq(action.stored()));
    }
    if let Some(token) = wanted.actor_token_id {
        query = query.filter(changes::token_id.eq(token));
    }
    if let Some(connection) = wanted.actor_connection_id {
        query = query.filter(changes::connection_id.eq(connection));
    }
    if let Some(from) = wanted.from {
        query = query.filter(changes::at.ge(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(changes::at.lt(until));
    }
    if let Some((revision, sequence)) = after {
        // In this form an index answers it; `revision > r OR (revision = r AND …)` none does.
        let later = changes::revision.gt(revision).or(changes::sequence.gt(sequence));
        query = query.filter(changes::revision.ge(revision)).filter(later);
    }
    all(query.load(conn).await)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, change: NewChange) {
    pipeline.insert(
        "insert change",
        diesel::insert_into(changes::table).values(change),
    );
}

/// Replaces the details of an entry by others, which hold no values.
pub(super) fn erase(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    (revision, sequence): (i64, i32),
    detail: &Detail,
) -> Result<()> {
    let target = changes::table.find((organization, revision, sequence));
    let detail = changes::detail.eq(to_json(detail)?);
    pipeline.push("erase change", diesel::update(target).set(detail));
    Ok(())
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, organization: Id, through: i64) {
    let old = changes::table
        .filter(changes::organization_id.eq(organization))
        .filter(changes::revision.le(through));
    pipeline.push("delete changes", diesel::delete(old));
}
