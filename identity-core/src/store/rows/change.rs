//! Rows of `changes`.

use diesel::prelude::*;

use super::{from_json, names::Named, to_json};
use crate::{
    change::{Actor, Change},
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::{Entry, schema::changes},
};

const ROOT: &str = "root";
const SERVICE: &str = "service";
const SCIM: &str = "scim";
const USER: &str = "user";
const SYSTEM: &str = "system";

/// A whole row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = changes)]
pub(in crate::store) struct ChangeRow {
    organization_id: Id,
    revision: i64,
    sequence: i32,
    at: Timestamp,
    resource: String,
    resource_id: String,
    action: String,
    detail: String,
    actor: String,
    token_id: Option<Id>,
    connection_id: Option<Id>,
    user_id: Option<Id>,
    request_id: String,
}

impl TryFrom<ChangeRow> for Change {
    type Error = Error;

    fn try_from(row: ChangeRow) -> Result<Self> {
        Ok(Self {
            organization_id: row.organization_id,
            revision: row.revision,
            sequence: row.sequence,
            at: row.at,
            resource: Named::read(&row.resource)?,
            resource_id: row.resource_id,
            action: Named::read(&row.action)?,
            detail: from_json(&row.detail)?,
            actor: read_actor(&row.actor, row.token_id, row.connection_id, row.user_id)?,
            request_id: row.request_id,
        })
    }
}

fn read_actor(
    kind: &str,
    token_id: Option<Id>,
    connection_id: Option<Id>,
    user_id: Option<Id>,
) -> Result<Actor> {
    match (kind, token_id, connection_id, user_id) {
        (ROOT, None, None, None) => Ok(Actor::Root),
        (SYSTEM, None, None, None) => Ok(Actor::System),
        (USER, Some(token_id), None, Some(user_id)) => Ok(Actor::User { token_id, user_id }),
        (SERVICE, Some(token_id), None, None) => Ok(Actor::Service { token_id }),
        (SCIM, Some(token_id), Some(connection_id), None) => Ok(Actor::Scim {
            token_id,
            connection_id,
        }),
        _ => Err(Error::Internal(
            format!("{kind:?} with its ids in a table is no actor").into(),
        )),
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
pub(in crate::store) struct NewChange {
    organization_id: Id,
    revision: i64,
    sequence: i32,
    at: Timestamp,
    resource: &'static str,
    resource_id: String,
    action: &'static str,
    detail: String,
    actor: &'static str,
    token_id: Option<Id>,
    connection_id: Option<Id>,
    user_id: Option<Id>,
    request_id: String,
}

impl NewChange {
    /// An entry in its place: an organization's revision, and the sequence within it.
    pub(in crate::store) fn new(
        organization: Id,
        revision: i64,
        sequence: i32,
        entry: Entry,
    ) -> Result<Self> {
        let (actor, token_id, connection_id, user_id) = match entry.actor {
            Actor::Root => (ROOT, None, None, None),
            Actor::System => (SYSTEM, None, None, None),
            Actor::Service { token_id } => (SERVICE, Some(token_id), None, None),
            Actor::User { token_id, user_id } => (USER, Some(token_id), None, Some(user_id)),
            Actor::Scim {
                token_id,
                connection_id,
            } => (SCIM, Some(token_id), Some(connection_id), None),
        };
        Ok(Self {
            organization_id: organization,
            revision,
            sequence,
            at: entry.at,
            resource: entry.resource.stored(),
            resource_id: entry.resource_id,
            action: entry.action.stored(),
            detail: to_json(&entry.detail)?,
            actor,
            token_id,
            connection_id,
            user_id,
            request_id: entry.request_id,
        })
    }
}
