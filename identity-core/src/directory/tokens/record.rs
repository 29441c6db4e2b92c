//! A token as the change log shows it: nothing of its secret.

use serde_json::{Value, json};

use crate::{
    directory::record::{self, Record},
    search::key,
    token::{Token, TokenGrant},
};

/// The fields of a token by their names in the API.
pub(super) fn of(token: &Token) -> Record {
    let mut fields = Record::new();
    fields.insert("name".to_owned(), json!(token.name));
    match &token.grant {
        TokenGrant::Scim { connection_id } => {
            fields.insert("kind".to_owned(), json!("scim"));
            record::put(&mut fields, "connection_id", Some(connection_id));
        }
        TokenGrant::Service { scopes } => {
            fields.insert("kind".to_owned(), json!("service"));
            let scopes: Value = scopes.iter().map(|scope| scope.name()).collect();
            fields.insert("scopes".to_owned(), scopes);
        }
    }
    record::put(
        &mut fields,
        "expire_time",
        token.expires_at.map(key::time).as_ref(),
    );
    fields
}
