//! Resources as the change log shows them: fields by their names in the API, before and after.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    change::{Detail, FieldChange},
    error::{Error, Result},
    id::Id,
};

/// The fields of one resource; a field without a value is absent.
pub(super) type Record = Map<String, Value>;

/// The fields that differ, in order of their names. Order counts within lists, nowhere else.
pub(super) fn changes(before: &Record, after: &Record) -> Vec<FieldChange> {
    let mut changes: Vec<FieldChange> = after
        .iter()
        .filter(|(field, value)| before.get(*field) != Some(value))
        .map(|(field, value)| change(field, before.get(field), Some(value)))
        .collect();
    let gone = before.iter().filter(|(field, _)| !after.contains_key(*field));
    changes.extend(gone.map(|(field, value)| change(field, Some(value), None)));
    changes.sort_unstable_by(|a, b| a.field.cmp(&b.field));
    changes
}

/// Returns the details of an entry about a new resource: all of its fields.
pub(super) fn created(after: &Record) -> Detail {
    updated(&Record::new(), after)
}

/// Returns the details of an entry about a changed resource.
pub(super) fn updated(before: &Record, after: &Record) -> Detail {
    Detail {
        fields: changes(before, after),
        ..Detail::default()
    }
}

/// A value in the form of the API.
pub(super) fn value(of: &impl Serialize) -> Result<Value> {
    serde_json::to_value(of).map_err(|error| Error::Internal(error.into()))
}

/// Extension values as the API lists them, one element a schema.
pub(super) fn extensions(values: &Map<String, Value>) -> Value {
    values
        .iter()
        .map(|(schema, attributes)| json!({ "schema": schema, "attributes": attributes }))
        .collect()
}

/// Name of the field that says since when something is deleted. Only a return changes it.
pub(super) const DELETE_TIME: &str = "delete_time";

/// Extension values from the form in which the API lists them.
pub(super) fn extension_values(listed: Option<Value>) -> Map<String, Value> {
    let Some(Value::Array(elements)) = listed else {
        return Map::new();
    };
    let values = elements.into_iter().filter_map(|mut element| {
        let schema = text(element.get_mut("schema").map(Value::take))?;
        Some((schema, element.get_mut("attributes")?.take()))
    });
    values.collect()
}

/// The text of a field.
pub(super) fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The id of a field.
pub(super) fn id(value: Option<Value>) -> Option<Id> {
    text(value).and_then(|text| Id::parse(&text))
}

/// Sets a field that may have no value.
pub(super) fn put(record: &mut Record, field: &str, value: Option<&impl ToString>) {
    if let Some(value) = value {
        record.insert(field.to_owned(), Value::String(value.to_string()));
    }
}

fn change(field: &str, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    FieldChange {
        field: field.to_owned(),
        before: before.cloned().unwrap_or_default(),
        after: after.cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Record, changes};

    fn record(value: &serde_json::Value) -> Record {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn changes_come_in_order_of_their_fields() {
        let before = record(&json!({ "title": "Clerk", "locale": "de", "active": true }));
        let after = record(&json!({ "title": "Head", "active": true, "display_name": "Ada" }));
        let names: Vec<_> = changes(&before, &after).into_iter().map(|c| c.field).collect();
        assert_eq!(names, ["display_name", "locale", "title"]);
    }

    #[test]
    fn the_order_of_a_list_counts_and_that_of_an_object_does_not() {
        let before = record(&json!({ "emails": [1, 2], "name": { "a": 1, "b": 2 } }));
        let after = record(&json!({ "emails": [2, 1], "name": { "b": 2, "a": 1 } }));
        let changes = changes(&before, &after);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].field, "emails");
    }

    #[test]
    fn a_field_that_is_gone_has_no_value_after() {
        let changes = changes(&record(&json!({ "title": "Clerk" })), &Record::new());
        assert_eq!(changes[0].before, json!("Clerk"));
        assert!(changes[0].after.is_null());
    }
}
