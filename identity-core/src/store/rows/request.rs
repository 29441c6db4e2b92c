//! Rows of `requests`.

use diesel::prelude::*;

use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::{StoredRequest, schema::requests},
};

/// A whole row.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
pub(in crate::store) struct RequestRow {
    organization_id: Id,
    request_id: String,
    digest: Vec<u8>,
    resource_id: String,
    at: Timestamp,
}

impl RequestRow {
    pub(in crate::store) fn new(organization: Id, request_id: String, stored: StoredRequest) -> Self {
        Self {
            organization_id: organization,
            request_id,
            digest: stored.digest.to_vec(),
            resource_id: stored.resource_id,
            at: stored.at,
        }
    }
}

impl TryFrom<RequestRow> for StoredRequest {
    type Error = Error;

    fn try_from(row: RequestRow) -> Result<Self> {
        Ok(Self {
            digest: row
                .digest
                .try_into()
                .map_err(|_| Error::Internal("a digest in a table has not 32 bytes".into()))?,
            resource_id: row.resource_id,
            at: row.at,
        })
    }
}
