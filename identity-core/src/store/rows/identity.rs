//! Rows of `user_identities`.

use diesel::prelude::*;

use crate::{
    error::{Error, Result},
    id::Id,
    identity::Identity,
    platform::Timestamp,
    store::schema::user_identities,
};

/// A whole row.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = user_identities, treat_none_as_default_value = false)]
pub(in crate::store) struct IdentityRow {
    organization_id: Id,
    issuer: String,
    subject: String,
    user_id: Id,
    created_at: Timestamp,
}

impl From<Identity> for IdentityRow {
    fn from(identity: Identity) -> Self {
        Self {
            organization_id: identity.organization_id,
            issuer: identity.issuer,
            subject: identity.subject,
            user_id: identity.user_id,
            created_at: identity.created_at,
        }
    }
}

impl TryFrom<IdentityRow> for Identity {
    type Error = Error;

    fn try_from(row: IdentityRow) -> Result<Self> {
        Ok(Self {
            organization_id: row.organization_id,
            issuer: row.issuer,
            subject: row.subject,
            user_id: row.user_id,
            created_at: row.created_at,
        })
    }
}
