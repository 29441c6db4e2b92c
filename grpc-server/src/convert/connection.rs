//! SCIM connections.

use identity_core::{
    connection::{Connection, ConnectionStatus, Federation, IdpKind},
    directory::input::{ConnectionUpdate, FederationUpdate, NewConnection},
    error::{Error, Result},
};
use identity_proto::v1::{self, ConnectionStatus as StatusMessage, UpdateConnectionRequest};

use super::{etag, mask::Fields, named, required, text, time};

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Name,
    IdpKind,
    Status,
    MaxRole,
    Federation,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[
        ("name", Field::Name),
        ("idp_kind", Field::IdpKind),
        ("status", Field::Status),
        ("max_role", Field::MaxRole),
        ("federation", Field::Federation),
    ],
    read_only: &[
        "id",
        "organization_id",
        "etag",
        "create_time",
        "update_time",
        "roles_read_time",
        "client_id",
    ],
};

pub(crate) fn to_message(connection: Connection) -> v1::Connection {
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
    }
}

pub(crate) fn create(connection: v1::Connection) -> Result<NewConnection> {
    Ok(NewConnection {
        idp_kind: idp_kind(&connection.idp_kind)?,
        name: connection.name,
        max_role: text(connection.max_role),
    })
}

pub(crate) fn update(request: UpdateConnectionRequest) -> Result<ConnectionUpdate> {
    let connection = required(request.connection, "connection")?;
    let fields = FIELDS.required(request.update_mask)?;
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
