//! Rows of `signing_keys`.

use diesel::prelude::*;

use super::names::Named;
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    signing::SigningKey,
    store::schema::signing_keys,
};

/// A whole row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
pub(in crate::store) struct SigningKeyRow {
    id: Id,
    algorithm: String,
    public_jwk: String,
    sealed: Vec<u8>,
    created_at: Timestamp,
    signs_from: Timestamp,
    ends_at: Option<Timestamp>,
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = Error;

    fn try_from(row: SigningKeyRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            algorithm: Named::read(&row.algorithm)?,
            public_jwk: row.public_jwk,
            sealed: row.sealed,
            created_at: row.created_at,
            signs_from: row.signs_from,
            ends_at: row.ends_at,
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(in crate::store) struct NewSigningKey {
    id: Id,
    algorithm: &'static str,
    public_jwk: String,
    sealed: Vec<u8>,
    created_at: Timestamp,
    signs_from: Timestamp,
    ends_at: Option<Timestamp>,
}

impl From<SigningKey> for NewSigningKey {
    fn from(key: SigningKey) -> Self {
        Self {
            id: key.id,
            algorithm: key.algorithm.stored(),
            public_jwk: key.public_jwk,
            sealed: key.sealed,
            created_at: key.created_at,
            signs_from: key.signs_from,
            ends_at: key.ends_at,
        }
    }
}
