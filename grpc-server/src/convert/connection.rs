//! SCIM connections.

use std::time::Duration;

use identity_core::{
    connection::{Connection, ConnectionStatus, Federation, IdpKind},
    deactivation_safeguard::SafeguardState,
    directory::input::{ConnectionUpdate, FederationUpdate, NewConnection, SafeguardLimits},
    error::{Error, Result},
};
use identity_proto::v1::{self, ConnectionStatus as StatusMessage, UpdateConnectionRequest};

use super::{etag, filled, mask::Fields, named, required, text, time};

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Name,
    IdpKind,
    Status,
    MaxRole,
    Federation,
    BrakeCount,
    BrakeShare,
    BrakeWindow,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[
        ("name", Field::Name),
        ("idp_kind", Field::IdpKind),
        ("status", Field::Status),
        ("max_role", Field::MaxRole),
        ("federation", Field::Federation),
        ("brake_count", Field::BrakeCount),
        ("brake_share_percent", Field::BrakeShare),
        ("brake_window", Field::BrakeWindow),
    ],
    read_only: &[
        "id",
        "organization_id",
        "etag",
        "create_time",
        "update_time",
        "roles_read_time",
        "client_id",
        "brake_state",
        "brake_time",
        "brake_used",
        "scim_base_url",
    ],
};

pub(crate) fn to_message(connection: Connection, scim_base_url: &str) -> v1::Connection {
    let safeguard = connection.safeguard;
    let status = match connection.status {
        ConnectionStatus::Enabled => StatusMessage::Enabled,
        ConnectionStatus::Disabled => StatusMessage::Disabled,
    };
    v1::Connection {
        client_id: connection.client_id(),
        federation: connection.federation.map(federation_message),
        id: connection.id.to_string(),
        organization_id: connection.organization_id.to_string(),
        name: connection.name,
        idp_kind: connection.idp_kind.name().to_owned(),
        status: status.into(),
        etag: etag(connection.version),
        create_time: Some(time::to_message(connection.created_at)),
        update_time: Some(time::to_message(connection.updated_at)),
        max_role: connection.max_role.unwrap_or_default(),
        roles_read_time: connection.roles_read_at.map(time::to_message),
        brake_count: safeguard.count,
        brake_share_percent: i32::try_from(safeguard.share).unwrap_or(i32::MAX),
        brake_window: prost_types::Duration::try_from(safeguard.window).ok(),
        brake_state: brake_state(safeguard.state).into(),
        brake_time: safeguard.since.map(time::to_message),
        brake_used: safeguard.used,
        scim_base_url: scim_base_url.to_owned(),
    }
}

pub(crate) fn create(connection: v1::Connection) -> Result<NewConnection> {
    let kind = Some(connection.idp_kind.as_str()).filter(|kind| !kind.is_empty());
    Ok(NewConnection {
        idp_kind: kind.map(idp_kind).transpose()?,
        name: connection.name,
        max_role: text(connection.max_role),
        safeguard: SafeguardLimits {
            count: Some(connection.brake_count),
            share: Some(connection.brake_share_percent.into()),
            window: connection.brake_window.map(window).transpose()?,
        },
    })
}

fn brake_state(state: SafeguardState) -> v1::BrakeState {
    match state {
        SafeguardState::Ready => v1::BrakeState::Ready,
        SafeguardState::Held => v1::BrakeState::Held,
        SafeguardState::Released => v1::BrakeState::Released,
        SafeguardState::Rejected => v1::BrakeState::Rejected,
    }
}

fn window(window: prost_types::Duration) -> Result<Duration> {
    Duration::try_from(window).map_err(|_| Error::invalid("brake_window", "must not be negative"))
}

pub(crate) fn update(request: UpdateConnectionRequest) -> Result<ConnectionUpdate> {
    let connection = required(request.connection, "connection")?;
    filled(&connection.id, "connection.id")?;
    let fields = FIELDS.given(request.update_mask, &connection)?;
    let mut update = ConnectionUpdate {
        id: connection.id,
        etag: connection.etag,
        ..ConnectionUpdate::default()
    };
    for field in fields {
        match field {
            Field::Name => update.name = Some(connection.name.clone()),
            Field::IdpKind => update.idp_kind = Some(idp_kind(&connection.idp_kind)?),
            Field::Status => update.status = status(connection.status)?,
            Field::MaxRole => update.max_role = Some(text(connection.max_role.clone())),
            Field::Federation => {
                let given = connection.federation.clone();
                update.federation = Some(given.map_or(FederationUpdate::Nobody, federation));
            }
            Field::BrakeCount => update.safeguard.count = Some(connection.brake_count),
            Field::BrakeShare => update.safeguard.share = Some(connection.brake_share_percent.into()),
            Field::BrakeWindow => {
                update.safeguard.window = connection.brake_window.map(window).transpose()?;
            }
        }
    }
    Ok(update)
}

fn federation_message(federation: Federation) -> v1::Federation {
    v1::Federation {
        issuer: federation.issuer,
        subject: federation.subject,
        audience: federation.audience,
        jwks_uri: federation.jwks_uri,
    }
}

fn federation(message: v1::Federation) -> FederationUpdate {
    FederationUpdate::By(Federation {
        issuer: message.issuer,
        subject: message.subject,
        audience: message.audience,
        jwks_uri: message.jwks_uri,
    })
}

/// Empty: any other kind than those with a name.
fn idp_kind(name: &str) -> Result<IdpKind> {
    if name.is_empty() {
        return Ok(IdpKind::Generic);
    }
    named(name, IdpKind::parse, "idp_kind", &IdpKind::ALL.map(IdpKind::name))
}

fn status(status: i32) -> Result<Option<ConnectionStatus>> {
    match StatusMessage::try_from(status) {
        Ok(StatusMessage::Unspecified) => Ok(None),
        Ok(StatusMessage::Enabled) => Ok(Some(ConnectionStatus::Enabled)),
        Ok(StatusMessage::Disabled) => Ok(Some(ConnectionStatus::Disabled)),
        Err(_) => Err(Error::invalid("status", "must be a known status")),
    }
}
