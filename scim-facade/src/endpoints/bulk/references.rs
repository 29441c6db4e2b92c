//! References between the operations of a `/Bulk` request: `bulkId:x` stands for the id of what operation `x` makes
//! (RFC 7644, section 3.7.2). They may point forward, so they decide the order.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
};

use http::StatusCode;
use serde_json::{Map, Value};

use super::request::Operation;
use crate::error::{Result, ScimError, ScimType};

const PREFIX: &str = "bulkId:";

/// Outcome of the operations that have a bulkId: the id of the resource that they made, or nothing if they
/// failed.
pub(crate) type Made = HashMap<String, Option<String>>;

/// In which order to run the operations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Each after those that it refers to, otherwise as sent.
    pub runnable: Vec<usize>,
    /// Operations that refer to each other in a circle, or to one that does.
    pub circular: Vec<usize>,
}

/// The bulkIds that an operation refers to.
pub(crate) fn of(operation: &Operation) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let id = operation.action.as_ref().ok().and_then(|action| action.id());
    found.extend(id.and_then(|id| id.strip_prefix(PREFIX)).map(str::to_owned));
    for value in operation.data.iter().flat_map(Map::values) {
        collect(value, &mut found);
    }
    found
}

/// Depth is bounded: the JSON parser refuses more than 128 levels.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(in_text(text).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A reference is a whole text, or a comparison value inside a PATCH path: `members[value eq "bulkId:x"]`.
fn in_text(text: &str) -> impl Iterator<Item = &str> {
    let whole = text.strip_prefix(PREFIX);
    let quoted = text
        .split('"')
        .skip(1)
        .step_by(2)
        .filter_map(|inner| inner.strip_prefix(PREFIX));
    whole.into_iter().chain(quoted)
}

/// Sorts the operations so that each comes after those that it refers to.
pub(crate) fn order(operations: &[Operation]) -> Order {
    let named = operations
        .iter()
        .enumerate()
        .filter_map(|(index, operation)| Some((operation.bulk_id.as_deref()?, index)));
    let named: HashMap<&str, usize> = named.collect();
    let mut waits_for = vec![0_usize; operations.len()];
    let mut followers = vec![Vec::new(); operations.len()];
    for (index, operation) in operations.iter().enumerate() {
        for reference in of(operation) {
            if let Some(&before) = named.get(reference.as_str()) {
                waits_for[index] += 1;
                followers[before].push(index);
            }
        }
    }
    let free = waits_for.iter().enumerate().filter(|(_, waits)| **waits == 0);
    let mut free: BinaryHeap<Reverse<usize>> = free.map(|(index, _)| Reverse(index)).collect();
    let mut runnable = Vec::with_capacity(operations.len());
    while let Some(Reverse(index)) = free.pop() {
        runnable.push(index);
        for &follower in &followers[index] {
            waits_for[follower] -= 1;
            if waits_for[follower] == 0 {
                free.push(Reverse(follower));
            }
        }
    }
    let circular = (0..operations.len())
        .filter(|index| waits_for[*index] > 0)
        .collect();
    Order { runnable, circular }
}

/// Puts ids in the place of references.
pub(crate) fn resolve(operation: &mut Operation, made: &Made) -> Result<()> {
    let mut ids = HashMap::new();
    for reference in of(operation) {
        let id = match made.get(&reference) {
            Some(Some(id)) => id.clone(),
            Some(None) => {
                let detail = format!("{PREFIX}{reference}: the operation of this bulkId failed");
                return Err(ScimError::plain(StatusCode::CONFLICT, detail));
            }
            None => {
                let detail = format!("{PREFIX}{reference}: no operation has this bulkId");
                return Err(ScimError::new(ScimType::InvalidValue, detail));
            }
        };
        ids.insert(format!("{PREFIX}{reference}"), id);
    }
    if ids.is_empty() {
        return Ok(());
    }
    if let Ok(action) = &operation.action
        && let Some(id) = action.id().and_then(|id| ids.get(id))
    {
        operation.action = Ok(action.clone().with_id(id.clone()));
    }
    for value in operation.data.iter_mut().flat_map(Map::values_mut) {
        replace(value, &ids);
    }
    Ok(())
}

fn replace(value: &mut Value, ids: &HashMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(id) = ids.get(text.as_str()) {
                text.clone_from(id);
            } else if text.contains(PREFIX) {
                let parts = text.split('"').enumerate();
                let replaced = parts.map(|(index, part)| match ids.get(part) {
                    Some(id) if index % 2 == 1 => id.as_str(),
                    _ => part,
                });
                *text = replaced.collect::<Vec<_>>().join("\"");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, ids)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::request::BulkRequest, *};

    fn operations(operations: &Value) -> Vec<Operation> {
        let Value::Object(body) = json!({ "Operations": operations }) else {
            unreachable!()
        };
        BulkRequest::read(body).unwrap().operations
    }

    fn group(bulk_id: &str, member: &str) -> Value {
        json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": { "members": [{ "value": member }] } })
    }

    #[test]
    fn a_forward_reference_changes_the_order() {
        let operations = operations(&json!([group("g", "bulkId:h"), group("i", "x"), group("h", "x")]));
        assert_eq!(
            order(&operations),
            Order {
                runnable: vec![1, 2, 0],
                circular: vec![]
            }
        );
    }

    #[test]
    fn a_circle_is_told_from_the_rest() {
        let operations = operations(&json!([
            group("g", "bulkId:h"),
            group("h", "bulkId:g"),
            group("i", "x")
        ]));
        assert_eq!(
            order(&operations),
            Order {
                runnable: vec![2],
                circular: vec![0, 1]
            }
        );
    }

    #[test]
    fn references_are_replaced_in_data_in_paths_and_in_patch_filters() {
        let patch = json!({ "method": "PATCH", "path": "/Groups/bulkId:g", "data": { "Operations": [
            { "op": "add", "path": "members", "value": [{ "value": "bulkId:u" }] },
            { "op": "remove", "path": "members[value eq \"bulkId:u\"]" },
        ] } });
        let mut operation = operations(&json!([patch])).remove(0);
        let made = Made::from([("g".into(), Some("1".into())), ("u".into(), Some("2".into()))]);
        resolve(&mut operation, &made).unwrap();
        assert_eq!(operation.action.as_ref().unwrap().id(), Some("1"));
        let steps = &operation.data.unwrap()["Operations"];
        assert_eq!(steps[0]["value"][0]["value"], "2");
        assert_eq!(steps[1]["path"], "members[value eq \"2\"]");
    }

    #[test]
    fn a_reference_to_nothing_and_one_to_a_failure_are_refused() {
        let mut operation = operations(&json!([group("g", "bulkId:x")])).remove(0);
        let unknown = resolve(&mut operation, &Made::new()).unwrap_err();
        let failed = resolve(&mut operation, &Made::from([("x".into(), None)])).unwrap_err();
        assert_eq!(
            (unknown.status, failed.status),
            (StatusCode::BAD_REQUEST, StatusCode::CONFLICT)
        );
    }
}
