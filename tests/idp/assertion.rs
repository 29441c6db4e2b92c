//! Assertions of a scenario about a JSON answer.

use std::collections::HashSet;

use regex::Regex;
use serde_json::Value;

use super::pointer::resolve;

/// Checks one assertion, with its placeholders filled in.
pub(super) fn check(assertion: &Value, document: &Value) -> Result<(), String> {
    let members = assertion.as_object().expect("an object");
    let at = members.get("at").and_then(Value::as_str).unwrap_or_default();
    let mut operators = members
        .iter()
        .filter(|(key, _)| !["at", "why"].contains(&key.as_str()));
    let (Some((operator, wanted)), None) = (operators.next(), operators.next()) else {
        panic!("an assertion has exactly one operator: {assertion}");
    };
    let found = resolve(document, at);
    if holds(operator, wanted, found) {
        return Ok(());
    }
    let found = found.map_or("nothing".to_owned(), |value| {
        value.to_string().chars().take(300).collect()
    });
    let why = members
        .get("why")
        .map_or(String::new(), |why| format!(" ({why})"));
    Err(format!(
        "{at}: {operator} {wanted} does not hold for {found}{why}"
    ))
}

fn holds(operator: &str, wanted: &Value, found: Option<&Value>) -> bool {
    let items = || found.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let size = || {
        if is_unassigned(found) {
            Some(0)
        } else {
            found.and_then(size_of)
        }
    };
    let limit = || usize::try_from(wanted.as_u64().expect("a number")).expect("a size");
    match operator {
        "exists" => !is_unassigned(found) && found != Some(&Value::from("")),
        "absent" => is_unassigned(found),
        "equals" => found.is_some_and(|value| same(value, wanted)),
        "not_equals" => !found.is_some_and(|value| same(value, wanted)),
        "one_of" => found.is_some_and(|value| {
            wanted
                .as_array()
                .expect("a list")
                .iter()
                .any(|other| same(value, other))
        }),
        "type" => found.is_some_and(|value| is_of_type(value, wanted.as_str().expect("a type"))),
        "regex" => found.and_then(Value::as_str).is_some_and(|text| {
            Regex::new(wanted.as_str().expect("a text"))
                .expect("a regular expression")
                .is_match(text)
        }),
        "length" => size() == Some(limit()),
        "min_length" => size().is_some_and(|size| size >= limit()),
        "max_length" => size().is_some_and(|size| size <= limit()),
        "at_least" => found
            .and_then(Value::as_f64)
            .is_some_and(|number| number >= wanted.as_f64().expect("a number")),
        "unique" => {
            let mut seen = HashSet::new();
            found.is_some_and(Value::is_array) && items().iter().all(|item| seen.insert(item.to_string()))
        }
        "contains" => items().iter().any(|item| covers(item, wanted)),
        "lacks" => !items().iter().any(|item| covers(item, wanted)),
        "count" => {
            let count = items()
                .iter()
                .filter(|item| covers(item, &wanted["match"]))
                .count();
            wanted["is"] == count
        }
        _ => panic!("unknown operator {operator}"),
    }
}

/// RFC 7643, section 2.5: missing, null and the empty list are one state.
fn is_unassigned(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
}

fn size_of(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

/// Tells whether two values are the same: 1 is 1.0, and nothing else is lenient.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let equal =
                |(key, value): (&String, &Value)| other.get(key).is_some_and(|other| same(value, other));
            one.len() == other.len() && one.iter().all(equal)
        }
        _ => one == other,
    }
}

/// Tells whether a value has at least what is wanted: an object may have more members, everything else is the
/// same.
fn covers(value: &Value, wanted: &Value) -> bool {
    let Some(wanted_members) = wanted.as_object() else {
        return same(value, wanted);
    };
    let covered =
        |(key, wanted): (&String, &Value)| value.get(key).is_some_and(|value| covers(value, wanted));
    value.is_object() && wanted_members.iter().all(covered)
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("unknown type {name}"),
    }
}

#[test]
fn an_assertion_that_does_not_hold_fails() {
    let document = serde_json::json!({"a": [{"v": 1, "w": 2}], "s": "text", "t": "true", "e": [], "n": null});
    for (assertion, holds) in [
        (r#"{"at": "/t", "equals": true}"#, false),
        (r#"{"at": "/a/0/v", "equals": 1.0}"#, true),
        (r#"{"at": "/e", "absent": true}"#, true),
        (r#"{"at": "/n", "exists": true}"#, false),
        (r#"{"at": "/a", "contains": {"v": 1}}"#, true),
        (r#"{"at": "/a", "contains": {"v": 2}}"#, false),
        (r#"{"at": "/a", "count": {"match": {"w": 2}, "is": 1}}"#, true),
        (r#"{"at": "/s", "regex": "^te"}"#, true),
        (r#"{"at": "/missing", "length": 0}"#, true),
        (r#"{"at": "/s", "type": "integer"}"#, false),
    ] {
        let parsed = serde_json::from_str(assertion).unwrap();
        assert_eq!(check(&parsed, &document).is_ok(), holds, "{assertion}");
    }
}
