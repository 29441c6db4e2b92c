//! Rows of `tokens`.

use diesel::prelude::*;

use super::space_separated::{read_ids, read_scopes, write_ids, write_scopes};
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::schema::tokens,
    token::{Token, TokenGrant},
};

const SCIM: &str = "scim";
const SERVICE: &str = "service";
const PERSONAL: &str = "personal";
const KEY: &str = "key";

/// A whole row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub(in crate::store) struct TokenRow {
    organization_id: Id,
    id: Id,
    connection_id: Option<Id>,
    scopes: String,
    name: String,
    digest: Vec<u8>,
    secret_prefix: String,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
    rotated_at: Option<Timestamp>,
    kind: String,
    owner_id: Option<Id>,
    projects: String,
    former_ends_at: Option<Timestamp>,
    expiry_noted_at: Option<Timestamp>,
}

impl TryFrom<TokenRow> for Token {
    type Error = Error;

    fn try_from(row: TokenRow) -> Result<Self> {
        let grant = read_grant(&row)?;
        let digest = row
            .digest
            .try_into()
            .map_err(|_| Error::Internal("a digest in a table has not 32 bytes".into()))?;
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            grant,
            name: row.name,
            digest,
            secret_prefix: row.secret_prefix,
            projects: read_ids(&row.projects)?,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            created_at: row.created_at,
            rotated_at: row.rotated_at,
            former_ends_at: row.former_ends_at,
            expiry_noted_at: row.expiry_noted_at,
        })
    }
}

fn read_grant(row: &TokenRow) -> Result<TokenGrant> {
    let scopes = read_scopes(&row.scopes)?;
    match (row.kind.as_str(), row.connection_id, row.owner_id) {
        (SCIM, Some(connection_id), None) => Ok(TokenGrant::Scim { connection_id }),
        (SERVICE, None, None) => Ok(TokenGrant::Service { scopes }),
        (PERSONAL, None, Some(user_id)) => Ok(TokenGrant::Personal { user_id, scopes }),
        (KEY, None, Some(service_account_id)) => Ok(TokenGrant::Key {
            service_account_id,
            scopes,
        }),
        (kind, ..) => Err(Error::Internal(
            format!("{kind:?} with its ids in a table is no kind of token").into(),
        )),
    }
}

fn kind(grant: &TokenGrant) -> &'static str {
    match grant {
        TokenGrant::Scim { .. } => SCIM,
        TokenGrant::Service { .. } => SERVICE,
        TokenGrant::Personal { .. } => PERSONAL,
        TokenGrant::Key { .. } => KEY,
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = tokens, treat_none_as_default_value = false)]
pub(in crate::store) struct NewToken {
    organization_id: Id,
    id: Id,
    connection_id: Option<Id>,
    created_at: Timestamp,
    kind: &'static str,
    owner_id: Option<Id>,
    #[diesel(embed)]
    rest: TokenUpdate,
}

impl From<&Token> for NewToken {
    fn from(token: &Token) -> Self {
        Self {
            organization_id: token.organization_id,
            id: token.id,
            connection_id: match token.grant {
                TokenGrant::Scim { connection_id } => Some(connection_id),
                TokenGrant::Service { .. } | TokenGrant::Personal { .. } | TokenGrant::Key { .. } => None,
            },
            created_at: token.created_at,
            kind: kind(&token.grant),
            owner_id: token.grant.owner(),
            rest: token.into(),
        }
    }
}

/// All that a change of a token can change.
#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = tokens,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(in crate::store) struct TokenUpdate {
    scopes: String,
    name: String,
    digest: Vec<u8>,
    secret_prefix: String,
    projects: String,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    rotated_at: Option<Timestamp>,
    former_ends_at: Option<Timestamp>,
    expiry_noted_at: Option<Timestamp>,
}

impl From<&Token> for TokenUpdate {
    fn from(token: &Token) -> Self {
        Self {
            scopes: write_scopes(token.grant.scopes()),
            name: token.name.clone(),
            digest: token.digest.to_vec(),
            secret_prefix: token.secret_prefix.clone(),
            projects: write_ids(&token.projects),
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            rotated_at: token.rotated_at,
            former_ends_at: token.former_ends_at,
            expiry_noted_at: token.expiry_noted_at,
        }
    }
}
