//! Requests of a connection as additions to its summary, so that no instance has to read a row before it. Of times and counts the order of
//! additions does not matter; the last outcomes stand in the order in which they arrived.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, HasSqlType, Integer, Nullable, Text},
};

use crate::{
    connection_health::{Observed, Recent, slot_of},
    id::Id,
    platform::Timestamp,
    store::types::{Guid, Moment},
};

/// A connection, of which a row may tell as long as it is there.
struct Target {
    organization: Id,
    connection: Id,
}

impl Target {
    fn walk<'b, Db>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Guid>,
        Id: ToSql<Guid, Db>,
    {
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<Guid, _>(&self.connection)
    }

    /// Ends the insertion of values: it takes effect only while there is the connection.
    fn walk_condition<'b, Db>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Guid>,
        Id: ToSql<Guid, Db>,
    {
        out.push_sql(" WHERE EXISTS (SELECT 1 FROM connections WHERE (organization_id, id) = (");
        self.walk(out)?;
        out.push_sql("))");
        Ok(())
    }
}

/// An addition to a row of `connection_health`.
pub(in crate::store) struct AddObserved {
    target: Target,
    last_request: Option<Timestamp>,
    last_success: Option<Timestamp>,
    last_change: Option<Timestamp>,
    last_failure: Option<Timestamp>,
    failure_id: Option<Id>,
    failure_status: i32,
    failure_reason: String,
    failed_changes: i64,
    failed_requests: i64,
    /// Bits to make room for.
    changes: i32,
    requests: i32,
}

impl AddObserved {
    /// The addition of these requests.
    pub(in crate::store) fn new(observed: &Observed) -> Self {
        let activity = &observed.activity;
        let failure = activity.last_failure.as_ref();
        Self {
            target: Target {
                organization: observed.organization,
                connection: observed.connection,
            },
            last_request: activity.last_request,
            last_success: activity.last_success,
            last_change: activity.last_change,
            last_failure: failure.map(|it| it.at),
            failure_id: failure.and_then(|it| it.id),
            failure_status: failure.map_or(0, |it| it.status),
            failure_reason: failure.map_or_else(String::new, |it| it.reason.clone()),
            failed_changes: activity.changes.0,
            failed_requests: activity.requests.0,
            changes: observed.changes.min(Recent::BITS),
            requests: observed.requests.min(Recent::BITS),
        }
    }
}

impl<Db> QueryFragment<Db> for AddObserved
where
    Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
    Id: ToSql<Guid, Db>,
    Timestamp: ToSql<Moment, Db>,
    i32: ToSql<Integer, Db>,
    i64: ToSql<BigInt, Db>,
    str: ToSql<Text, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO connection_health (organization_id, connection_id, last_request_at, last_success_at, last_change_at, \
             last_failure_at, last_failure_id, last_failure_status, last_failure_reason, failed_changes, failed_requests) SELECT ",
        );
        self.target.walk(&mut out)?;
        for time in [
            &self.last_request,
            &self.last_success,
            &self.last_change,
            &self.last_failure,
        ] {
            out.push_sql(", ");
            out.push_bind_param::<Nullable<Moment>, _>(time)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Guid>, _>(&self.failure_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.failure_status)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.failure_reason.as_str())?;
        for bits in [&self.failed_changes, &self.failed_requests] {
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(bits)?;
        }
        self.target.walk_condition(&mut out)?;
        out.push_sql(" ON CONFLICT (organization_id, connection_id) DO UPDATE SET ");
        for time in ["last_request_at", "last_success_at", "last_change_at"] {
            out.push_sql(&later(time, time));
        }
        for column in [
            "last_failure_id",
            "last_failure_status",
            "last_failure_reason",
            "last_failure_at",
        ] {
            out.push_sql(&later(column, "last_failure_at"));
        }
        let rows = [
            ("failed_changes", &self.changes, ", "),
            ("failed_requests", &self.requests, ""),
        ];
        for (column, room, separator) in rows {
            out.push_sql(&format!("{column} = ((connection_health.{column} << "));
            out.push_bind_param::<Integer, _>(room)?;
            out.push_sql(&format!(") | excluded.{column}) & {}{separator}", Recent::MASK));
        }
        Ok(())
    }
}

/// Sets a column to what is added if that has the later time.
fn later(column: &str, time: &str) -> String {
    format!(
        "{column} = CASE WHEN connection_health.{time} IS NULL OR connection_health.{time} < excluded.{time} \
         THEN excluded.{column} ELSE connection_health.{column} END, "
    )
}

impl QueryId for AddObserved {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// An addition to a row of `connection_outcomes`.
pub(in crate::store) struct AddOutcomes {
    target: Target,
    slot: i32,
    hour: i64,
    outcome: &'static str,
    requests: i64,
}

impl AddOutcomes {
    /// The additions of these requests.
    pub(in crate::store) fn of(observed: &Observed) -> impl Iterator<Item = Self> {
        observed.outcomes.iter().map(|(&(hour, outcome), requests)| Self {
            target: Target {
                organization: observed.organization,
                connection: observed.connection,
            },
            slot: slot_of(hour),
            hour,
            outcome,
            requests: *requests,
        })
    }
}

impl<Db> QueryFragment<Db> for AddOutcomes
where
    Db: Backend + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
    i32: ToSql<Integer, Db>,
    i64: ToSql<BigInt, Db>,
    str: ToSql<Text, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO connection_outcomes (organization_id, connection_id, slot, outcome, hour, requests) SELECT ",
        );
        self.target.walk(&mut out)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.slot)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.outcome)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.hour)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.requests)?;
        self.target.walk_condition(&mut out)?;
        out.push_sql(
            " ON CONFLICT (organization_id, connection_id, slot, outcome) DO UPDATE SET \
             requests = CASE WHEN connection_outcomes.hour = excluded.hour THEN connection_outcomes.requests + excluded.requests \
             WHEN connection_outcomes.hour < excluded.hour THEN excluded.requests ELSE connection_outcomes.requests END, \
             hour = CASE WHEN connection_outcomes.hour < excluded.hour THEN excluded.hour ELSE connection_outcomes.hour END",
        );
        Ok(())
    }
}

impl QueryId for AddOutcomes {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
