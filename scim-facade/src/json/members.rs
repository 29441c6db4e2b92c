//! Lists of members. They are ids by the ten thousand, so they are read into nothing more than ids.

use serde_json::Value;

use super::{canonical::id_of, forms::structure};
use crate::error::{Result, ScimError, ScimType};

/// The ids in a list of members, in the forms that clients send: objects with `value`, with `$ref` alone, bare ids, one of
/// these without a list around it (quirks Q41 and Q56), and JSON text of any of them. What else an object says is not kept.
pub(crate) fn member_ids(value: &Value) -> Result<Vec<String>> {
    let opened = open(value);
    let sent = match opened.as_ref().unwrap_or(value) {
        Value::Null => &[],
        Value::Array(elements) => elements.as_slice(),
        alone => std::slice::from_ref(alone),
    };
    let ids = sent.iter().enumerate();
    ids.map(|(index, element)| member_id(element).ok_or_else(|| refused(index)))
        .collect()
}

fn member_id(element: &Value) -> Option<String> {
    let opened = open(element);
    let id = match opened.as_ref().unwrap_or(element) {
        // A text that looks like JSON and is none is no id.
        Value::String(id) => Some(id.clone()).filter(|id| !id.trim_start().starts_with(['[', '{'])),
        Value::Array(elements) => match elements.as_slice() {
            [only] => member_id(only),
            _ => None,
        },
        Value::Object(parts) => {
            let (mut value, mut reference) = (None, None);
            for (name, part) in parts {
                if name.eq_ignore_ascii_case("value") && !part.is_null() {
                    value = Some(member_id(part)?);
                } else if let Value::String(uri) = part
                    && name.eq_ignore_ascii_case("$ref")
                {
                    reference = id_of(uri);
                }
            }
            value.or(reference)
        }
        _ => None,
    };
    id.filter(|id| !id.is_empty())
}

/// The list or object that came as text.
fn open(value: &Value) -> Option<Value> {
    structure(value.as_str()?)
}

fn refused(index: usize) -> ScimError {
    ScimError::new(
        ScimType::InvalidValue,
        format!("members[{index}]: must have the id of a user or group as its value"),
    )
}
