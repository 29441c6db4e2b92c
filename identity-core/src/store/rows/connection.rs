//! Rows of `connections`.

use std::time::Duration;

use diesel::prelude::*;

use super::{from_json, names::Named, to_json};
use crate::{
    connection::Connection,
    deactivation_safeguard::DeactivationSafeguard,
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::schema::connections,
    text::fold,
};

/// Columns of a connection that a reader needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connections)]
pub(in crate::store) struct ConnectionRow {
    organization_id: Id,
    id: Id,
    name: String,
    idp_kind: String,
    status: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    max_role: Option<String>,
    roles_read_at: Option<Timestamp>,
    federation: Option<String>,
    brake_count: i64,
    brake_share: i64,
    brake_window: i64,
    brake_state: String,
    brake_since_at: Option<Timestamp>,
    brake_used: i64,
    brake_allowed: i64,
}

impl TryFrom<ConnectionRow> for Connection {
    type Error = Error;

    fn try_from(row: ConnectionRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            idp_kind: Named::read(&row.idp_kind)?,
            status: Named::read(&row.status)?,
            safeguard: DeactivationSafeguard {
                count: row.brake_count,
                share: row.brake_share,
                window: Duration::from_secs(row.brake_window.unsigned_abs()),
                state: Named::read(&row.brake_state)?,
                since: row.brake_since_at,
                used: row.brake_used,
                allowed: row.brake_allowed,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            max_role: row.max_role,
            roles_read_at: row.roles_read_at,
            federation: row.federation.as_deref().map(from_json).transpose()?,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = connections, treat_none_as_default_value = false)]
pub(in crate::store) struct NewConnection {
    organization_id: Id,
    id: Id,
    created_at: Timestamp,
    #[diesel(embed)]
    rest: ConnectionUpdate,
}

impl TryFrom<&Connection> for NewConnection {
    type Error = Error;

    fn try_from(connection: &Connection) -> Result<Self> {
        Ok(Self {
            organization_id: connection.organization_id,
            id: connection.id,
            created_at: connection.created_at,
            rest: connection.try_into()?,
        })
    }
}

/// All that a change of a connection can change.
#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = connections,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct ConnectionUpdate {
    name: String,
    name_key: String,
    idp_kind: &'static str,
    status: &'static str,
    version: i64,
    updated_at: Timestamp,
    max_role: Option<String>,
    federation: Option<String>,
    brake_count: i64,
    brake_share: i64,
    brake_window: i64,
    brake_state: &'static str,
    brake_since_at: Option<Timestamp>,
    brake_used: i64,
    brake_allowed: i64,
}

impl TryFrom<&Connection> for ConnectionUpdate {
    type Error = Error;

    fn try_from(connection: &Connection) -> Result<Self> {
        let safeguard = &connection.safeguard;
        Ok(Self {
            name: connection.name.clone(),
            name_key: fold(&connection.name),
            idp_kind: connection.idp_kind.stored(),
            status: connection.status.stored(),
            version: connection.version,
            updated_at: connection.updated_at,
            max_role: connection.max_role.clone(),
            federation: connection.federation.as_ref().map(to_json).transpose()?,
            brake_count: safeguard.count,
            brake_share: safeguard.share,
            brake_window: i64::try_from(safeguard.window.as_secs()).unwrap_or(i64::MAX),
            brake_state: safeguard.state.stored(),
            brake_since_at: safeguard.since,
            brake_used: safeguard.used,
            brake_allowed: safeguard.allowed,
        })
    }
}
