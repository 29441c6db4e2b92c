//! Search for the operation of a PATCH that the core refuses. The core sees the result of the operations, and
//! not the operations.

use serde_json::Value;

use super::request::{Operation, at};
use crate::error::{Result, ScimError};

/// The refusal, saying which operation it is about: the last one that names an attribute of which the detail speaks.
pub(crate) fn with_location<T>(answer: Result<T>, operations: &[Operation]) -> Result<T> {
    answer.map_err(|error| {
        if error.scim_type.is_none() {
            return error;
        }
        match operation_at_fault(&error, operations) {
            Some(index) => at(index, error),
            None => error,
        }
    })
}

fn operation_at_fault(error: &ScimError, operations: &[Operation]) -> Option<usize> {
    let detail = error.detail.to_lowercase();
    let words: Vec<&str> = detail
        .split(|character: char| !character.is_alphanumeric())
        .collect();
    let is_meant = |operation: &Operation| {
        let named = named(operation);
        named
            .iter()
            .map(String::as_str)
            .any(|name| words.contains(&name) && !RESOURCES.contains(&name))
    };
    match operations {
        [_] => Some(0),
        operations => operations.iter().rposition(is_meant),
    }
}

/// Words of a detail that are no attribute, though a path may end in them.
const RESOURCES: [&str; 2] = ["user", "group"];

/// The attributes that an operation names, without what is before and behind: `userName`, `name`, `department`.
fn named(operation: &Operation) -> Vec<String> {
    match (&operation.path, &operation.value) {
        (Some(path), _) => vec![attribute(path)],
        (None, Some(Value::Object(keys))) => keys.keys().map(|key| attribute(key)).collect(),
        (None, _) => Vec::new(),
    }
}

fn attribute(path: &str) -> String {
    let whole = path.split('[').next().unwrap_or_default();
    let local = whole.rsplit(':').next().unwrap_or_default();
    local.split('.').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::ScimType;

    fn detail_of(detail: &str, operations: &Value) -> String {
        let body = json!({ "Operations": operations });
        let operations = crate::patch::read_operations(body.as_object().cloned().unwrap()).unwrap();
        let refused: Result<()> = Err(ScimError::new(ScimType::InvalidValue, detail.to_owned()));
        with_location(refused, &operations)
            .unwrap_err()
            .detail
            .to_string()
    }

    #[test]
    fn the_last_operation_that_names_the_attribute_is_blamed() {
        let operations = json!([
            {"op": "replace", "path": "Emails[type eq \"work\"].value", "value": "x"},
            {"op": "replace", "value": {"urn:example:2.0:User:badge": "x", "title": "y"}},
            {"op": "remove", "path": "nickName"},
        ]);
        for (detail, index) in [
            ("emails[0].value: must", 0),
            ("title: must", 1),
            ("another user has this badge", 1),
        ] {
            let located = detail_of(detail, &operations);
            assert_eq!(located, format!("Operations[{index}]: {detail}"));
        }
        assert_eq!(detail_of("something else", &operations), "something else");
    }

    #[test]
    fn the_only_operation_is_blamed_for_everything() {
        let detail = detail_of("something else", &json!([{"op": "remove", "path": "title"}]));
        assert_eq!(detail, "Operations[0]: something else");
    }
}
