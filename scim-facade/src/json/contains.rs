//! Comparison of what a client sends back with the current state.

use serde_json::Value;

/// Tells whether `sent` says nothing that `current` does not: the same value, or an object or list of objects
/// with fewer parts. Names have no case, and URIs are passed over, since they depend on where the service is
/// asked.
pub(crate) fn contains(current: &Value, sent: &Value) -> bool {
    match (current, sent) {
        (Value::Object(current), Value::Object(sent)) => sent.iter().all(|(name, sent)| {
            let mut parts = current
                .iter()
                .filter(|(known, _)| known.eq_ignore_ascii_case(name));
            is_uri(name) || parts.next().is_some_and(|(_, current)| contains(current, sent))
        }),
        (Value::Array(current), Value::Array(sent)) => {
            current.len() == sent.len()
                && sent
                    .iter()
                    .all(|sent| current.iter().any(|current| contains(current, sent)))
        }
        (current, sent) => current == sent,
    }
}

fn is_uri(name: &str) -> bool {
    name.eq_ignore_ascii_case("$ref") || name.eq_ignore_ascii_case("location")
}
