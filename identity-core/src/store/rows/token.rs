//! Rows of `tokens`.

use diesel::prelude::*;

use crate::{
    caller::Scope,
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    store::schema::tokens,
    token::{Token, TokenGrant},
};

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
}

impl TryFrom<TokenRow> for Token {
    type Error = Error;

    fn try_from(row: TokenRow) -> Result<Self> {
        let grant = match row.connection_id {
            Some(connection_id) => TokenGrant::Scim { connection_id },
            None => TokenGrant::Service {
                scopes: read_scopes(&row.scopes)?,
            },
        };
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
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            created_at: row.created_at,
            rotated_at: row.rotated_at,
        })
    }
}

fn read_scopes(stored: &str) -> Result<Vec<Scope>> {
    stored
        .split_ascii_whitespace()
        .map(|name| {
            Scope::parse(name)
                .ok_or_else(|| Error::Internal(format!("{name:?} in a table is no scope").into()))
        })
        .collect()
}

fn stored_scopes(grant: &TokenGrant) -> String {
    match grant {
        TokenGrant::Scim { .. } => String::new(),
        TokenGrant::Service { scopes } => {
            let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
            names.join(" ")
        }
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
                TokenGrant::Service { .. } => None,
            },
            created_at: token.created_at,
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
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    rotated_at: Option<Timestamp>,
}

impl From<&Token> for TokenUpdate {
    fn from(token: &Token) -> Self {
        Self {
            scopes: stored_scopes(&token.grant),
            name: token.name.clone(),
            digest: token.digest.to_vec(),
            secret_prefix: token.secret_prefix.clone(),
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            rotated_at: token.rotated_at,
        }
    }
}
