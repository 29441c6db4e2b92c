//! A connection as the change log shows it.

use serde_json::json;

use crate::{
    connection::{Connection, ConnectionStatus},
    deactivation_safeguard::SafeguardState,
    directory::record::{Record, put},
};

/// The name of a safeguard's state.
pub(in crate::directory) const fn state_name(state: SafeguardState) -> &'static str {
    match state {
        SafeguardState::Ready => "ready",
        SafeguardState::Held => "held",
        SafeguardState::Released => "released",
        SafeguardState::Rejected => "rejected",
    }
}

/// The fields of a connection by their names in the API.
pub(super) fn of(connection: &Connection) -> Record {
    let status = match connection.status {
        ConnectionStatus::Enabled => "enabled",
        ConnectionStatus::Disabled => "disabled",
    };
    let federation = connection.federation.as_ref().map(|it| {
        json!({
            "issuer": it.issuer,
            "subject": it.subject,
            "audience": it.audience,
            "jwks_uri": it.jwks_uri,
        })
    });
    let fields = [
        ("name", json!(connection.name)),
        ("idp_kind", json!(connection.idp_kind.name())),
        ("status", json!(status)),
    ];
    let safeguard = &connection.safeguard;
    let limits = [
        ("brake_count", json!(safeguard.count)),
        ("brake_share_percent", json!(safeguard.share)),
        ("brake_window", json!(format!("{}s", safeguard.window.as_secs()))),
        ("brake_state", json!(state_name(safeguard.state))),
    ];
    let limits = limits.into_iter().filter(|_| safeguard.applies());
    let fields = fields.into_iter().chain(limits);
    let mut record: Record = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    put(&mut record, "max_role", connection.max_role.as_ref());
    put(&mut record, "federation", federation.as_ref());
    record
}
