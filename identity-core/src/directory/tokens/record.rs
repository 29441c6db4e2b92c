//! A token as the change log shows it: nothing of its secret.

use serde_json::{Value, json};

use crate::{
    caller::Scope,
    change::OWNER,
    directory::record::{self, Record},
    id::Id,
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
            fields.insert("scopes".to_owned(), names(scopes));
        }
        TokenGrant::Personal { user_id, scopes } => {
            fields.insert("kind".to_owned(), json!("personal"));
            record::put(&mut fields, OWNER, Some(user_id));
            fields.insert("scopes".to_owned(), names(scopes));
        }
        TokenGrant::Key {
            service_account_id,
            scopes,
        } => {
            fields.insert("kind".to_owned(), json!("service_account_key"));
            record::put(&mut fields, "service_account_id", Some(service_account_id));
            fields.insert("scopes".to_owned(), names(scopes));
        }
    }
    if !token.projects.is_empty() {
        fields.insert("project_ids".to_owned(), ids(&token.projects));
    }
    record::put(
        &mut fields,
        "expire_time",
        token.expires_at.map(key::time).as_ref(),
    );
    record::put(
        &mut fields,
        "former_secret_expire_time",
        token.former_ends_at.map(key::time).as_ref(),
    );
    fields
}

/// Scopes by their names.
pub(in crate::directory) fn names(scopes: &[Scope]) -> Value {
    scopes.iter().map(|scope| scope.name()).collect()
}

/// Ids as texts.
pub(in crate::directory) fn ids(ids: &[Id]) -> Value {
    ids.iter().map(ToString::to_string).collect()
}
