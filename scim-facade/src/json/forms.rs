//! Forms in which clients send a value that RFC 7643 writes in another one: JSON as text where a list or object belongs, and a list
//! of one where one value belongs.

use serde_json::Value;

use super::reader::read_value;

/// Reads the list or object that stands as text where one belongs; nothing: the text does not look like one. One that looks like JSON
/// and is none is refused: a value that was cut off must not be taken for a name or id.
pub(super) fn embedded(text: &str) -> Result<Option<Value>, &'static str> {
    if !text.trim_start().starts_with(['[', '{']) {
        return Ok(None);
    }
    read_value(text.as_bytes())
        .map(Some)
        .map_err(|_| "must be a list or object; the text in its place is no JSON")
}

/// The list or object that a text is, where a text may stand as well: what is no JSON is nothing but a text.
pub(super) fn structure(text: &str) -> Option<Value> {
    embedded(text).ok().flatten()
}

/// The object without what is around it: that in a list of one, and that which came as text. Nothing: it stands as it is.
pub(crate) fn opened(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => structure(text),
        Value::Array(elements) => {
            let [only] = elements.as_slice() else {
                return None;
            };
            opened(only).or_else(|| Some(only.clone()))
        }
        _ => None,
    }
}
