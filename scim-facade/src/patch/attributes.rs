//! Operations on attributes that no filter selects from.

use serde_json::{Map, Value};

use super::{
    engine::{Change, Engine},
    list::{List, merge_parts},
};
use crate::{
    attributes::{Attribute, Necessity, Place},
    error::{Result, ScimError, ScimType},
    json::canonical,
    resource::{in_place, slots},
};

impl<'t> Engine<'t, '_> {
    /// Changes an attribute, or a part of one.
    pub(super) fn attribute(&mut self, place: &Place<'t>, change: Change<'_>) -> Result<()> {
        self.touch_place(place);
        match (place.attribute.is_multi_valued(), place.sub, change) {
            (true, None, _) => self.list(place, change),
            (true, Some(part), _) => self.part_of_each(place, part, change),
            (false, Some(part), Change::Add(value) | Change::Replace(value)) if part.name == "$ref" => {
                // The URI says what the id says.
                let around = Value::Object(Map::from_iter([("$ref".to_owned(), value.clone())]));
                self.object(&Place { sub: None, ..*place }, &around)
            }
            (false, _, Change::Add(value) | Change::Replace(value)) if place.leaf().is_complex() => {
                self.object(place, value)
            }
            (false, _, Change::Add(value) | Change::Replace(value)) => self.set(place, value),
            (false, _, Change::Remove(_)) if self.was_inactive && place.is_active() => {
                // The core decides how a user is shown that was inactive before the request.
                self.resource.shift_remove(place.leaf().name.as_ref());
                Ok(())
            }
            (false, _, Change::Remove(_)) => self.clear(place),
        }
    }

    fn list(&mut self, place: &Place<'t>, change: Change<'_>) -> Result<()> {
        let mut list = self.take_list(place);
        let done = match change {
            Change::Add(value) => list.add(value),
            Change::Replace(value) => list.replace(value),
            Change::Remove(Some(value)) => list.remove(value),
            Change::Remove(None) => {
                list.clear();
                Ok(())
            }
        };
        done.map_err(|fault| in_place(fault, place))?;
        self.put_list(place, list);
        Ok(())
    }

    /// `emails.value` without a filter means every element. To set the same part of several is no wish that a client has, so it must say
    /// which.
    fn part_of_each(&mut self, place: &Place<'t>, part: &Attribute, change: Change<'_>) -> Result<()> {
        let mut list = self.take_list(place);
        match change {
            Change::Remove(_) => list.clear_part(&list.all(), part),
            Change::Add(_) | Change::Replace(_) if list.len() > 1 => {
                let detail =
                    format!("path: `{place}` is in several elements, so say with a filter which is meant");
                return Err(ScimError::new(ScimType::InvalidPath, detail));
            }
            Change::Add(value) | Change::Replace(value) => {
                let target = if list.len() == 0 {
                    list.push_new(&[])
                } else {
                    list.all()
                };
                let whole = Place { sub: None, ..*place };
                list.set_part(&target, part, value)
                    .map_err(|fault| in_place(fault, &whole))?;
            }
        }
        self.put_list(place, list);
        Ok(())
    }

    /// The parts of an object are set one by one: those that are not given stay (RFC 7644, section 3.5.2.3, quirk Q37).
    fn object(&mut self, place: &Place<'t>, value: &Value) -> Result<()> {
        let attribute = place.attribute;
        if !value.is_object()
            && canonical(attribute, value.clone())
                .map_err(|fault| in_place(fault, place))?
                .is_none()
        {
            return self.clear(place);
        }
        let Some(slots) = slots(&mut self.resource, place) else {
            return Ok(());
        };
        let object = slots
            .entry(attribute.name.as_ref())
            .or_insert_with(|| Value::Object(Map::new()));
        match object {
            Value::Object(parts) => {
                merge_parts(attribute, parts, value).map_err(|fault| in_place(fault, place))
            }
            _ => Ok(()),
        }
    }

    fn set(&mut self, place: &Place<'t>, value: &Value) -> Result<()> {
        let Some(value) = canonical(place.leaf(), value.clone()).map_err(|fault| in_place(fault, place))?
        else {
            return self.clear(place);
        };
        if let Some(slots) = slots(&mut self.resource, place) {
            slots.insert(place.leaf().name.clone().into_owned(), value);
        }
        Ok(())
    }

    fn clear(&mut self, place: &Place<'t>) -> Result<()> {
        let name = place.leaf().name.as_ref();
        let current = slots(&mut self.resource, place).and_then(|slots| slots.get(name));
        // Without a value `active` counts as true, and only who says true switches a user on.
        if place.is_active() && current == Some(&Value::Bool(false)) {
            return Ok(());
        }
        // RFC 7644, section 3.5.2.2: what is required cannot become unassigned. An extension may be absent as a whole.
        let is_there = place.extension.is_none() || current.is_some();
        if place.leaf().necessity == Necessity::Required && is_there {
            return Err(ScimError::new(
                ScimType::Mutability,
                format!("{place}: is required and cannot be removed"),
            ));
        }
        if let Some(slots) = slots(&mut self.resource, place) {
            slots.shift_remove(name);
        }
        Ok(())
    }

    /// The list at a place, taken out of the resource; empty if there is none.
    pub(super) fn take_list(&mut self, place: &Place<'t>) -> List<'t> {
        let whole = Place { sub: None, ..*place };
        let taken =
            slots(&mut self.resource, &whole).and_then(|slots| slots.get_mut(place.attribute.name.as_ref()));
        match taken.map(Value::take) {
            Some(Value::Array(elements)) => List::new(place.attribute, elements, self.work.clone()),
            _ => List::new(place.attribute, Vec::new(), self.work.clone()),
        }
    }

    /// Puts a list back.
    pub(super) fn put_list(&mut self, place: &Place<'t>, list: List<'t>) {
        let whole = Place { sub: None, ..*place };
        let elements = Value::Array(list.into_elements());
        if let Some(slots) = slots(&mut self.resource, &whole) {
            slots.insert(place.attribute.name.clone().into_owned(), elements);
        }
    }
}
