//! A connection as the change log shows it.

use serde_json::json;

use crate::{
    connection::{Connection, ConnectionStatus},
    directory::record::{Record, put},
};

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
    let fields = fields.into_iter();
    let mut record: Record = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    put(&mut record, "max_role", connection.max_role.as_ref());
    put(&mut record, "federation", federation.as_ref());
    record
}
