//! Canonical form to the last detail, before the first operation and after the last one: what has no value is not there, so that
//! equal resources are equal JSON.

use serde_json::{Map, Value};

use super::list::has_substance;
use crate::{
    attributes::{Attribute, Table},
    resource::Canonical,
};

/// Rules that an attribute follows: of declared ones, no more is known than that null is no value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    BuiltIn,
    Declared,
}

/// Takes out what has no value.
pub(super) fn normalize(resource: &mut Canonical, table: &Table) {
    for attribute in &table.core.attributes {
        normalize_attribute(resource, attribute, Rules::BuiltIn);
    }
    for schema in &table.extensions {
        let Some(Value::Object(values)) = resource.get_mut(schema.urn.as_ref()) else {
            continue;
        };
        let rules = if schema.is_declared() {
            Rules::Declared
        } else {
            Rules::BuiltIn
        };
        for attribute in &schema.attributes {
            normalize_attribute(values, attribute, rules);
        }
        if values.is_empty() {
            resource.shift_remove(schema.urn.as_ref());
        }
    }
}

fn normalize_attribute(object: &mut Map<String, Value>, attribute: &Attribute, rules: Rules) {
    let is_left = match object.get_mut(attribute.name.as_ref()) {
        None => return,
        Some(Value::Array(elements)) => {
            elements.retain_mut(|element| is_left(attribute, element, rules));
            !elements.is_empty()
        }
        Some(value) => is_left(attribute, value, rules),
    };
    if !is_left {
        object.shift_remove(attribute.name.as_ref());
    }
}

fn is_left(attribute: &Attribute, value: &mut Value, rules: Rules) -> bool {
    match value {
        Value::Object(parts) if rules == Rules::BuiltIn && attribute.is_complex() => {
            // RFC 7643, section 2.4: that is what `primary` is without a value.
            if parts.get("primary") == Some(&Value::Bool(false)) {
                parts.shift_remove("primary");
            }
            has_substance(attribute, value)
        }
        Value::Object(parts) => !parts.is_empty(),
        value => !value.is_null(),
    }
}
