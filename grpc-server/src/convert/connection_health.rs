//! The health of connections.

use identity_core::{
    connection_health::{ConnectionHealth, Failure, HealthState},
    provisioning_log::ProvisioningOutcome,
};
use identity_proto::v1::{self, ConnectionHealthState};

use super::{provisioning_log::reason, time};

pub(crate) fn to_message(health: ConnectionHealth) -> v1::ConnectionHealth {
    let number = |outcome: ProvisioningOutcome| {
        let number = health.outcomes.get(outcome.name());
        number.copied().unwrap_or_default()
    };
    let activity = health.activity;
    v1::ConnectionHealth {
        connection_id: health.connection.id.to_string(),
        connection_name: health.connection.name,
        state: state(health.state).into(),
        since_time: Some(time::to_message(health.since)),
        advice: health.advice.to_owned(),
        last_request_time: activity.last_request.map(time::to_message),
        last_success_time: activity.last_success.map(time::to_message),
        last_change_time: activity.last_change.map(time::to_message),
        last_failure: activity.last_failure.map(failure),
        last_day: Some(v1::ConnectionOutcomes {
            applied: number(ProvisioningOutcome::Applied),
            unchanged: number(ProvisioningOutcome::Unchanged),
            partly_ignored: number(ProvisioningOutcome::PartlyIgnored),
            refused: number(ProvisioningOutcome::Refused),
            unauthenticated: number(ProvisioningOutcome::Unauthenticated),
            failed: number(ProvisioningOutcome::Failed),
        }),
        credential_expire_time: health.credential_ends.map(time::to_message),
    }
}

fn failure(failure: Failure) -> v1::ConnectionFailure {
    let (detail, target_name) = failure.kept.unwrap_or_default();
    v1::ConnectionFailure {
        time: Some(time::to_message(failure.at)),
        status: failure.status,
        reason: reason(&failure.reason).into(),
        detail,
        target_name: target_name.unwrap_or_default(),
    }
}

fn state(state: HealthState) -> ConnectionHealthState {
    match state {
        HealthState::Disabled => ConnectionHealthState::Disabled,
        HealthState::CredentialsExpired => ConnectionHealthState::CredentialsExpired,
        HealthState::Held => ConnectionHealthState::Held,
        HealthState::Failing => ConnectionHealthState::Failing,
        HealthState::NeverCalled => ConnectionHealthState::NeverCalled,
        HealthState::CredentialsExpiring => ConnectionHealthState::CredentialsExpiring,
        HealthState::Quiet => ConnectionHealthState::Quiet,
        HealthState::Tested => ConnectionHealthState::Tested,
        HealthState::Healthy => ConnectionHealthState::Healthy,
    }
}
