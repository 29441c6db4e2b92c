//! Lists of members. They are ids by the ten thousand, so they are read into nothing more than ids.

use serde_json::Value;

use super::canonical::id_of;
use crate::error::{Result, ScimError, ScimType};

/// The ids in a list of members, in the forms that clients send: objects with `value`, with `$ref` alone, bare ids, one of
/// these without a list around it (quirks Q41 and Q56). What else an object says is not kept.
pub(crate) fn member_ids(value: &Value) -> Result<Vec<String>> {
    let sent = match value {
        Value::Array(elements) => elements.as_slice(),
        alone => std::slice::from_ref(alone),
    };
    let ids = sent.iter().enumerate().filter(|(_, element)| !element.is_null());
    ids.map(|(index, element)| member_id(element).ok_or_else(|| refused(index)))
        .collect()
}

fn member_id(element: &Value) -> Option<String> {
    let id = match element {
        Value::String(id) => Some(id.clone()),
        Value::Object(parts) => {
            let (mut value, mut reference) = (None, None);
            for (name, part) in parts {
                match part {
                    Value::String(text) if name.eq_ignore_ascii_case("value") => value = Some(text.clone()),
                    Value::String(uri) if name.eq_ignore_ascii_case("$ref") => reference = id_of(uri),
                    _ => {}
                }
            }
            value.or(reference)
        }
        _ => None,
    };
    id.filter(|id| !id.is_empty())
}

fn refused(index: usize) -> ScimError {
    ScimError::new(
        ScimType::InvalidValue,
        format!("members[{index}]: must have the id of a user or group as its value"),
    )
}
