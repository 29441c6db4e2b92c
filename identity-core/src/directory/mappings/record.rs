//! A mapping rule as the change log shows it.

use serde_json::json;

use crate::{directory::record::Record, mapping::MappingRule};

/// The fields of a rule by their names in the API.
pub(super) fn of(rule: &MappingRule) -> Record {
    let group = match rule.matcher.kind() {
        "name" => "group_name",
        "external_id" => "group_external_id",
        _ => "group_pattern",
    };
    let fields = [
        ("position", json!(rule.position)),
        (group, json!(rule.matcher.value())),
        (rule.target.kind(), json!(rule.target.value())),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
