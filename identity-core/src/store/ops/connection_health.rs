//! Statements on `connection_health` and `connection_outcomes`.

use diesel::{prelude::*, upsert::excluded};

use super::{Conn, Pipeline, RunQueryDsl, all, classify};
use crate::{
    connection_health::{Activity, Credential, Observed, Told},
    error::Result,
    id::Id,
    provisioning_log::ProvisioningOutcome,
    store::{
        rows::{ActivityRow, CredentialRow, OutcomesRow, ToldRow},
        schema::{connection_health, connection_outcomes, provisioning_requests, tokens},
        sql::{AddObserved, AddOutcomes, IdIn},
    },
};

/// Summaries with what the provisioning log still keeps of the last failure.
pub(super) async fn activity(
    conn: &mut Conn,
    organization: Id,
    connections: &[Id],
) -> Result<Vec<(Id, Activity)>> {
    let of_failure = provisioning_requests::organization_id
        .eq(connection_health::organization_id)
        .and(
            provisioning_requests::id
                .nullable()
                .eq(connection_health::last_failure_id),
        );
    let query = connection_health::table
        .left_join(provisioning_requests::table.on(of_failure))
        .filter(connection_health::organization_id.eq(organization))
        .filter(IdIn::new(connection_health::connection_id, connections))
        .select((
            ActivityRow::as_select(),
            provisioning_requests::detail.nullable(),
            provisioning_requests::target_name.nullable(),
        ));
    let rows: Vec<(ActivityRow, Option<String>, Option<String>)> =
        query.load(conn).await.map_err(classify)?;
    rows.into_iter()
        .map(|(row, detail, target)| row.with_failure(detail.map(|detail| (detail, target))))
        .collect()
}

pub(super) async fn outcomes(
    conn: &mut Conn,
    organization: Id,
    connections: &[Id],
    from_hour: i64,
) -> Result<Vec<(Id, ProvisioningOutcome, i64)>> {
    let query = connection_outcomes::table
        .filter(connection_outcomes::organization_id.eq(organization))
        .filter(IdIn::new(connection_outcomes::connection_id, connections))
        .filter(connection_outcomes::hour.ge(from_hour))
        .select(OutcomesRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn credentials(
    conn: &mut Conn,
    organization: Id,
    connections: &[Id],
) -> Result<Vec<Credential>> {
    let query = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .filter(IdIn::new(tokens::connection_id, connections))
        .select(CredentialRow::as_select());
    all(query.load(conn).await)
}

pub(in super::super) fn observe(pipeline: &mut Pipeline<'_>, observed: Vec<Observed>) {
    for observed in observed {
        pipeline.push("observe connection", AddObserved::new(&observed));
        for outcomes in AddOutcomes::of(&observed) {
            pipeline.push("count outcomes of connection", outcomes);
        }
    }
}

pub(super) fn tell(pipeline: &mut Pipeline<'_>, organization: Id, connection: Id, told: Told) {
    use connection_health::dsl;
    pipeline.push(
        "tell health of connection",
        diesel::insert_into(dsl::connection_health)
            .values(ToldRow::new(organization, connection, told))
            .on_conflict((dsl::organization_id, dsl::connection_id))
            .do_update()
            .set((
                dsl::state.eq(excluded(dsl::state)),
                dsl::since_at.eq(excluded(dsl::since_at)),
                dsl::told_at.eq(excluded(dsl::told_at)),
            )),
    );
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, organization: Id, connection: Id) {
    let outcomes = connection_outcomes::table
        .filter(connection_outcomes::organization_id.eq(organization))
        .filter(connection_outcomes::connection_id.eq(connection));
    pipeline.push("delete outcomes of connection", diesel::delete(outcomes));
    let health = connection_health::table.find((organization, connection));
    pipeline.push("delete health of connection", diesel::delete(health));
}
