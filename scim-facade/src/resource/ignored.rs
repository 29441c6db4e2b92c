//! Names in a request that nothing is known of, in the form in which the core takes them for the change log.

use serde_json::Value;

use crate::{
    attributes::{Attribute, AttributePath},
    limits::{MAX_IGNORED_ATTRIBUTES, MAX_IGNORED_NAME},
};

/// The names, each once, not too many and not too long: they come from the client and end in a log.
pub(crate) fn bounded(names: Vec<String>) -> Vec<String> {
    let mut bounded: Vec<String> = Vec::new();
    for name in names {
        let printable = name.chars().filter(|character| !character.is_control());
        let name: String = printable.take(MAX_IGNORED_NAME).collect();
        if name.is_empty() || bounded.contains(&name) {
            continue;
        }
        if bounded.len() == MAX_IGNORED_ATTRIBUTES {
            break;
        }
        bounded.push(name);
    }
    bounded
}

/// Names inside a value that its attribute has no part for, by their whole paths.
pub(crate) fn unknown_parts(attribute_path: &AttributePath<'_>, value: &Value) -> Vec<String> {
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        alone => std::slice::from_ref(alone),
    };
    let objects = elements.iter().filter_map(Value::as_object);
    objects
        .flat_map(serde_json::Map::keys)
        .filter(|name| is_unknown(attribute_path.leaf(), name))
        .map(|name| format!("{attribute_path}.{name}"))
        .collect()
}

fn is_unknown(attribute: &Attribute, name: &str) -> bool {
    attribute.is_complex() && attribute.sub(name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_names_are_told_once_and_fit_the_log() {
        let long = "x".repeat(MAX_IGNORED_NAME + 1);
        let sent = vec!["a\nb".into(), "ab".into(), String::new(), long];
        let detail = bounded(sent);
        assert_eq!(detail[0], "ab");
        assert_eq!(detail[1].len(), MAX_IGNORED_NAME);
        assert_eq!(detail.len(), 2);
        let many = (0..1000).map(|number| number.to_string()).collect();
        assert_eq!(bounded(many).len(), MAX_IGNORED_ATTRIBUTES);
    }
}
