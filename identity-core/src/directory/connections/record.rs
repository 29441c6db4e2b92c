//! A connection as the change log shows it.

use serde_json::json;

use crate::{
    connection::{Connection, ConnectionStatus},
    directory::record::Record,
};

/// The fields of a connection by their names in the API.
pub(super) fn of(connection: &Connection) -> Record {
    let status = match connection.status {
        ConnectionStatus::Enabled => "enabled",
        ConnectionStatus::Disabled => "disabled",
    };
    let fields = [
        ("name", json!(connection.name)),
        ("idp_kind", json!(connection.idp_kind.name())),
        ("status", json!(status)),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
