//! A user as the change log shows it.

use serde_json::{Value, json};

use super::licensing;
use crate::{
    directory::record::{self, Record},
    error::Result,
    user::User,
};

/// The fields of a user by their names in the API.
pub(super) fn of(user: &User) -> Result<Record> {
    let Value::Object(mut fields) = record::value(&user.profile)? else {
        return Ok(Record::new());
    };
    fields.remove("set_by_hand");
    fields.remove("former_manager");
    fields.remove("bootstrap");
    licensing::put_into(&mut fields, user);
    if let Some(Value::Object(enterprise)) = fields.get_mut("enterprise")
        && let Some(manager) = enterprise.remove("manager_id")
    {
        enterprise.insert("manager".to_owned(), json!({ "value": manager }));
    }
    if !user.profile.extensions.is_empty() {
        let extensions = record::extensions(&user.profile.extensions);
        fields.insert("extensions".to_owned(), extensions);
    }
    fields.insert("user_name".to_owned(), json!(user.user_name));
    fields.insert("active".to_owned(), json!(user.active));
    if user.break_glass {
        fields.insert("break_glass".to_owned(), json!(true));
    }
    record::put(&mut fields, "external_id", user.external_id.as_ref());
    record::put(&mut fields, "managed_by", user.managed_by.as_ref());
    record::put(&mut fields, "predecessor_id", user.predecessor_id.as_ref());
    Ok(fields)
}
