//! Operations on elements that a filter selects.

use serde_json::Value;

use super::{
    ReplaceMissing,
    engine::{Change, Engine},
    location::Elements,
};
use crate::{
    error::{Result, ScimError, ScimType},
    resource::located,
};

impl<'t> Engine<'t, '_> {
    /// Changes selected elements of a list, or a part of each.
    pub(super) fn elements(&mut self, elements: &Elements<'t>, change: Change<'_>) -> Result<()> {
        let attribute_path = &elements.attribute_path;
        self.touch_attribute(attribute_path);
        let mut list = self.take_list(attribute_path);
        let mut targets = list.matching(&elements.filter);
        let demanded = elements.filter.assignments();
        let is_missing = targets.is_empty();
        let done = match (change, elements.part) {
            // RFC 7644, section 3.5.2.2, quirk Q45: to remove what is not there succeeds.
            (Change::Remove(_), Some(part)) => {
                list.clear_part(&targets, part);
                Ok(())
            }
            (Change::Remove(_), None) => {
                list.remove_at(&targets);
                Ok(())
            }
            (Change::Replace(_), _) if is_missing && self.missing == ReplaceMissing::NoTarget => {
                return Err(no_target(elements));
            }
            // Quirk Q41: to clear what is not there makes nothing.
            (Change::Add(value) | Change::Replace(value), _) if is_missing && is_nothing(value) => Ok(()),
            (Change::Add(value) | Change::Replace(value), _)
                if is_missing && !attribute_path.attribute.is_complex() =>
            {
                list.add(value)
            }
            (Change::Add(value) | Change::Replace(value), part) if is_missing => {
                // Quirk Q38: the filter says what the new element is.
                let demanded = demanded.ok_or_else(|| no_target(elements))?;
                targets = list.push_new(demanded);
                match part {
                    Some(part) => list.set_part(&targets, part, value),
                    None => list.merge(&targets, value),
                }
            }
            (Change::Add(value) | Change::Replace(value), Some(part)) => list.set_part(&targets, part, value),
            (Change::Add(value), None) => list.merge(&targets, value),
            (Change::Replace(value), None) => list.put(&targets, value, demanded.unwrap_or_default()),
        };
        done.map_err(|fault| located(fault, attribute_path))?;
        self.put_list(attribute_path, list);
        Ok(())
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// RFC 7644, section 3.5.2.3.
pub(super) fn no_target(elements: &Elements<'_>) -> ScimError {
    let detail = format!(
        "{}: no element meets the filter in the path",
        elements.attribute_path
    );
    ScimError::new(ScimType::NoTarget, detail)
}
