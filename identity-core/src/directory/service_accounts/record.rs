//! A service account as the change log shows it.

use serde_json::json;

use crate::{
    directory::{
        record::Record,
        tokens::{record_ids, record_scopes},
    },
    service_account::ServiceAccount,
};

/// The fields of a service account by their names in the API.
pub(super) fn of(account: &ServiceAccount) -> Record {
    let fields = [
        ("name", json!(account.name)),
        ("description", json!(account.description)),
        ("scopes", record_scopes(&account.scopes)),
        ("project_ids", record_ids(&account.projects)),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
