//! Operations on attributes that no filter selects from.

use serde_json::{Map, Value};

use super::{
    engine::{Change, Engine},
    list::{List, merge_parts},
};
use crate::{
    attributes::{Attribute, AttributePath, Necessity},
    error::{Result, ScimError, ScimType},
    json::canonical,
    resource::{located, slots},
};

impl<'t> Engine<'t, '_> {
    /// Changes an attribute, or a part of one.
    pub(super) fn attribute(&mut self, attribute_path: &AttributePath<'t>, change: Change<'_>) -> Result<()> {
        self.touch_attribute(attribute_path);
        match (
            attribute_path.attribute.is_multi_valued(),
            attribute_path.sub,
            change,
        ) {
            (true, None, _) => self.list(attribute_path, change),
            (true, Some(part), _) => self.part_of_each(attribute_path, part, change),
            (false, Some(part), Change::Add(value) | Change::Replace(value)) if part.name == "$ref" => {
                // The URI says what the id says.
                let around = Value::Object(Map::from_iter([("$ref".to_owned(), value.clone())]));
                self.object(
                    &AttributePath {
                        sub: None,
                        ..*attribute_path
                    },
                    &around,
                )
            }
            (false, _, Change::Add(value) | Change::Replace(value)) if attribute_path.leaf().is_complex() => {
                self.object(attribute_path, value)
            }
            (false, _, Change::Add(value) | Change::Replace(value)) => self.set(attribute_path, value),
            (false, _, Change::Remove(_)) if self.was_inactive && attribute_path.is_active() => {
                // The core decides how a user is shown that was inactive before the request.
                self.resource.shift_remove(attribute_path.leaf().name.as_ref());
                Ok(())
            }
            (false, _, Change::Remove(_)) => self.clear(attribute_path),
        }
    }

    fn list(&mut self, attribute_path: &AttributePath<'t>, change: Change<'_>) -> Result<()> {
        let mut list = self.take_list(attribute_path);
        let done = match change {
            Change::Add(value) => list.add(value),
            Change::Replace(value) => list.replace(value),
            Change::Remove(Some(value)) => list.remove(value),
            Change::Remove(None) => {
                list.clear();
                Ok(())
            }
        };
        done.map_err(|fault| located(fault, attribute_path))?;
        self.put_list(attribute_path, list);
        Ok(())
    }

    /// `emails.value` without a filter means every element. To set the same part of several is no wish that a client has, so it must say
    /// which.
    fn part_of_each(
        &mut self,
        attribute_path: &AttributePath<'t>,
        part: &Attribute,
        change: Change<'_>,
    ) -> Result<()> {
        let mut list = self.take_list(attribute_path);
        match change {
            Change::Remove(_) => list.clear_part(&list.all(), part),
            Change::Add(_) | Change::Replace(_) if list.len() > 1 => {
                let detail = format!(
                    "path: `{attribute_path}` is in several elements, so say with a filter which is meant"
                );
                return Err(ScimError::new(ScimType::InvalidPath, detail));
            }
            Change::Add(value) | Change::Replace(value) => {
                let target = if list.len() == 0 {
                    list.push_new(&[])
                } else {
                    list.all()
                };
                let whole = AttributePath {
                    sub: None,
                    ..*attribute_path
                };
                list.set_part(&target, part, value)
                    .map_err(|fault| located(fault, &whole))?;
            }
        }
        self.put_list(attribute_path, list);
        Ok(())
    }

    /// The parts of an object are set one by one: those that are not given stay (RFC 7644, section 3.5.2.3, quirk Q37).
    fn object(&mut self, attribute_path: &AttributePath<'t>, value: &Value) -> Result<()> {
        let attribute = attribute_path.attribute;
        if !value.is_object()
            && canonical(attribute, value.clone())
                .map_err(|fault| located(fault, attribute_path))?
                .is_none()
        {
            return self.clear(attribute_path);
        }
        let Some(slots) = slots(&mut self.resource, attribute_path) else {
            return Ok(());
        };
        let object = slots
            .entry(attribute.name.as_ref())
            .or_insert_with(|| Value::Object(Map::new()));
        match object {
            Value::Object(parts) => {
                merge_parts(attribute, parts, value).map_err(|fault| located(fault, attribute_path))
            }
            _ => Ok(()),
        }
    }

    fn set(&mut self, attribute_path: &AttributePath<'t>, value: &Value) -> Result<()> {
        let Some(value) = canonical(attribute_path.leaf(), value.clone())
            .map_err(|fault| located(fault, attribute_path))?
        else {
            return self.clear(attribute_path);
        };
        if let Some(slots) = slots(&mut self.resource, attribute_path) {
            slots.insert(attribute_path.leaf().name.clone().into_owned(), value);
        }
        Ok(())
    }

    fn clear(&mut self, attribute_path: &AttributePath<'t>) -> Result<()> {
        let name = attribute_path.leaf().name.as_ref();
        let current = slots(&mut self.resource, attribute_path).and_then(|slots| slots.get(name));
        // Without a value `active` counts as true, and only who says true switches a user on.
        if attribute_path.is_active() && current == Some(&Value::Bool(false)) {
            return Ok(());
        }
        // RFC 7644, section 3.5.2.2: what is required cannot become unassigned. An extension may be absent as a whole.
        let is_there = attribute_path.extension.is_none() || current.is_some();
        if attribute_path.leaf().necessity == Necessity::Required && is_there {
            return Err(ScimError::new(
                ScimType::Mutability,
                format!("{attribute_path}: is required and cannot be removed"),
            ));
        }
        if let Some(slots) = slots(&mut self.resource, attribute_path) {
            slots.shift_remove(name);
        }
        Ok(())
    }

    /// The list at a place, taken out of the resource; empty if there is none.
    pub(super) fn take_list(&mut self, attribute_path: &AttributePath<'t>) -> List<'t> {
        let whole = AttributePath {
            sub: None,
            ..*attribute_path
        };
        let taken = slots(&mut self.resource, &whole)
            .and_then(|slots| slots.get_mut(attribute_path.attribute.name.as_ref()));
        match taken.map(Value::take) {
            Some(Value::Array(elements)) => List::new(attribute_path.attribute, elements, self.work.clone()),
            _ => List::new(attribute_path.attribute, Vec::new(), self.work.clone()),
        }
    }

    /// Puts a list back.
    pub(super) fn put_list(&mut self, attribute_path: &AttributePath<'t>, list: List<'t>) {
        let whole = AttributePath {
            sub: None,
            ..*attribute_path
        };
        let elements = Value::Array(list.into_elements());
        if let Some(slots) = slots(&mut self.resource, &whole) {
            slots.insert(attribute_path.attribute.name.clone().into_owned(), elements);
        }
    }
}
