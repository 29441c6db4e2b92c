//! Rows of `connection_health` and `connection_outcomes`.

use diesel::prelude::*;

use super::names::Named;
use crate::{
    connection_health::{Activity, Credential, Failure, HealthState, Recent, Told},
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    provisioning_log::ProvisioningOutcome,
    store::schema::{connection_health, connection_outcomes, tokens},
};

/// A whole row of `connection_health` without the organization.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connection_health)]
pub(in crate::store) struct ActivityRow {
    connection_id: Id,
    last_request_at: Option<Timestamp>,
    last_success_at: Option<Timestamp>,
    last_change_at: Option<Timestamp>,
    last_failure_at: Option<Timestamp>,
    last_failure_id: Option<Id>,
    last_failure_status: i32,
    last_failure_reason: String,
    failed_changes: i64,
    failed_requests: i64,
    state: Option<String>,
    since_at: Option<Timestamp>,
    told_at: Option<Timestamp>,
}

impl ActivityRow {
    /// The connection and its activity; `kept`: text and target of the last failure, as long as there is a record of it.
    pub(in crate::store) fn with_failure(
        self,
        kept: Option<(String, Option<String>)>,
    ) -> Result<(Id, Activity)> {
        let state = self.state.as_deref().map(HealthState::read).transpose()?;
        let told = match (state, self.since_at, self.told_at) {
            (Some(state), Some(since), Some(at)) => Some(Told { state, since, at }),
            _ => None,
        };
        let activity = Activity {
            last_request: self.last_request_at,
            last_success: self.last_success_at,
            last_change: self.last_change_at,
            last_failure: self.last_failure_at.map(|at| Failure {
                at,
                status: self.last_failure_status,
                reason: self.last_failure_reason,
                id: self.last_failure_id,
                kept,
            }),
            changes: Recent(self.failed_changes),
            requests: Recent(self.failed_requests),
            told,
        };
        Ok((self.connection_id, activity))
    }
}

/// A state that the change log is told, of a connection that may have no row yet.
#[derive(Insertable)]
#[diesel(table_name = connection_health, treat_none_as_default_value = false)]
pub(in crate::store) struct ToldRow {
    organization_id: Id,
    connection_id: Id,
    last_failure_status: i32,
    last_failure_reason: &'static str,
    failed_changes: i64,
    failed_requests: i64,
    state: &'static str,
    since_at: Timestamp,
    told_at: Timestamp,
}

impl ToldRow {
    pub(in crate::store) fn new(organization: Id, connection: Id, told: Told) -> Self {
        Self {
            organization_id: organization,
            connection_id: connection,
            last_failure_status: 0,
            last_failure_reason: "",
            failed_changes: 0,
            failed_requests: 0,
            state: told.state.stored(),
            since_at: told.since,
            told_at: told.at,
        }
    }
}

/// Count of the requests of a connection that had an outcome in an hour.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connection_outcomes)]
pub(in crate::store) struct OutcomesRow {
    connection_id: Id,
    outcome: String,
    requests: i64,
}

impl TryFrom<OutcomesRow> for (Id, ProvisioningOutcome, i64) {
    type Error = Error;

    fn try_from(row: OutcomesRow) -> Result<Self> {
        Ok((row.connection_id, Named::read(&row.outcome)?, row.requests))
    }
}

/// Columns of a token that tell how long a connection can sign in.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub(in crate::store) struct CredentialRow {
    connection_id: Option<Id>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = Error;

    fn try_from(row: CredentialRow) -> Result<Self> {
        Ok(Self {
            connection: row
                .connection_id
                .ok_or_else(|| Error::Internal("a SCIM token in a table has no connection".into()))?,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
    }
}
