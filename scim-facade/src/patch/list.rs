//! A list under work: what `add`, `replace` and `remove` do to its elements.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{
    attributes::{Attribute, Case, ElementIdentity},
    filter::ElementFilter,
    json::{Fault, absorb, canonical, check_length, element, identity_key, opened},
    work::Work,
};

type Done = Result<(), Fault>;

/// A list, taken out of its resource.
pub(super) struct List<'t> {
    attribute: &'t Attribute,
    elements: Vec<Value>,
    work: Work,
}

impl<'t> List<'t> {
    pub(super) fn new(attribute: &'t Attribute, elements: Vec<Value>, work: Work) -> Self {
        Self {
            attribute,
            elements,
            work,
        }
    }

    /// The list as it is put back.
    pub(super) fn into_elements(self) -> Vec<Value> {
        self.elements
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.elements.len()).collect()
    }

    pub(super) fn matching(&self, filter: &ElementFilter) -> Vec<usize> {
        self.all()
            .into_iter()
            .filter(|index| filter.matches(&self.elements[*index], &self.work))
            .collect()
    }

    pub(super) fn clear(&mut self) {
        self.elements.clear();
    }

    /// RFC 7644, section 3.5.2.1: what is there already is not added again.
    pub(super) fn add(&mut self, value: &Value) -> Done {
        let added = self.read(value)?;
        if !self.work.pair(1, self.elements.len() + added.len()) || !self.may_compare() {
            return Ok(());
        }
        let keys = self.elements.iter().map(|element| self.key(element));
        let mut places: HashMap<String, usize> = keys.enumerate().map(|(at, key)| (key, at)).collect();
        let mut changed = Vec::new();
        for new in added {
            let at = *places.entry(self.key(&new)).or_insert(self.elements.len());
            changed.push(at);
            match self.elements.get_mut(at) {
                // There is room for one, and it is the new one.
                Some(old) if self.attribute.identity == ElementIdentity::Scope => merge_whole(old, new),
                Some(old) => absorb(old, new),
                None => self.elements.push(new),
            }
        }
        self.normalize_primary(&changed)
    }

    /// Spends what it takes to compare elements as a whole, where they have no `value` to tell them apart by.
    fn may_compare(&self) -> bool {
        self.attribute.has_value() || self.elements.iter().all(|element| self.work.copy(element, 1))
    }

    /// The key of an element under which no other one can stand.
    fn key(&self, element: &Value) -> String {
        identity_key(self.attribute, element, &|text| self.work.fold(text))
    }

    pub(super) fn replace(&mut self, value: &Value) -> Done {
        self.elements = self.read(value)?;
        Ok(())
    }

    /// Takes out the elements that are listed, and passes over those that are not there (quirks Q44 and Q45).
    pub(super) fn remove(&mut self, value: &Value) -> Done {
        let listed = self.read(value)?;
        if !self.work.pair(listed.len(), self.elements.len()) {
            return Ok(());
        }
        let (attribute, work) = (self.attribute, &self.work);
        self.elements.retain(|element| {
            !listed
                .iter()
                .any(|listed| is_listed(attribute, element, listed, work))
        });
        Ok(())
    }

    /// Takes out elements as a whole.
    pub(super) fn remove_at(&mut self, targets: &[usize]) {
        let mut index = 0;
        self.elements.retain(|_| {
            index += 1;
            !targets.contains(&(index - 1))
        });
    }

    /// A new element with these parts. In a list of plain values there is nothing to make before the value is known.
    pub(super) fn push_new(&mut self, parts: &[(String, Value)]) -> Vec<usize> {
        self.elements.push(Value::Object(parts.iter().cloned().collect()));
        vec![self.elements.len() - 1]
    }

    /// Changes elements part by part; what the value does not name stays.
    pub(super) fn merge(&mut self, targets: &[usize], value: &Value) -> Done {
        if !self.work.copy(value, targets.len()) {
            return Ok(());
        }
        for &index in targets {
            match &mut self.elements[index] {
                Value::Object(parts) => merge_parts(self.attribute, parts, value)?,
                plain => *plain = element(self.attribute, value.clone())?.unwrap_or_default(),
            }
        }
        self.normalize_primary(targets)
    }

    /// Puts a value in the place of elements. What the filter demands of them they keep, so that it finds them again.
    pub(super) fn put(&mut self, targets: &[usize], value: &Value, demanded: &[(String, Value)]) -> Done {
        if !self.work.copy(value, targets.len()) {
            return Ok(());
        }
        for &index in targets {
            self.elements[index] = match element(self.attribute, value.clone())? {
                Some(Value::Object(mut parts)) => {
                    for (name, value) in demanded {
                        parts.entry(name).or_insert_with(|| value.clone());
                    }
                    Value::Object(parts)
                }
                other => other.unwrap_or_default(),
            };
        }
        self.normalize_primary(targets)
    }

    /// Sets one part of elements; a value that is none clears it.
    pub(super) fn set_part(&mut self, targets: &[usize], part: &Attribute, value: &Value) -> Done {
        let around = Value::Object(Map::from_iter([(part.name.clone().into_owned(), value.clone())]));
        self.merge(targets, &around)
    }

    /// Clears one part of elements.
    pub(super) fn clear_part(&mut self, targets: &[usize], part: &Attribute) {
        for &index in targets {
            if let Value::Object(parts) = &mut self.elements[index] {
                parts.shift_remove(part.name.as_ref());
            }
        }
    }

    /// After elements were changed: no null stays, no element is there twice, and a new primary one is the only one
    /// (RFC 7643, section 2.4).
    fn normalize_primary(&mut self, changed: &[usize]) -> Done {
        if !self.work.pair(2, self.elements.len()) || !self.may_compare() {
            return Ok(());
        }
        if changed
            .iter()
            .any(|index| is_primary(self.attribute, &self.elements[*index]))
        {
            let of_these: HashSet<usize> = changed.iter().copied().collect();
            let others = self
                .elements
                .iter_mut()
                .enumerate()
                .filter(|(index, _)| !of_these.contains(index));
            for parts in others.filter_map(|(_, element)| element.as_object_mut()) {
                parts.shift_remove("primary");
            }
        }
        let superseded = self.superseded(changed);
        self.remove_at(&superseded);
        self.elements.retain(|element| !element.is_null());
        check_length(self.attribute, self.elements.len())
    }

    /// The elements that have become the same as one that was changed; of several that were, the first stays.
    fn superseded(&self, changed: &[usize]) -> Vec<usize> {
        let changed: BTreeSet<usize> = changed.iter().copied().collect();
        let others = (0..self.elements.len()).filter(|at| !changed.contains(at));
        let mut taken = HashSet::new();
        let in_order = changed.iter().copied().chain(others);
        in_order
            .filter(|&at| has_substance(self.attribute, &self.elements[at]))
            .filter(|at| {
                let key = self.key(&self.elements[*at]);
                if changed.contains(at) {
                    !taken.insert(key)
                } else {
                    taken.contains(&key)
                }
            })
            .collect()
    }

    fn read(&self, value: &Value) -> Result<Vec<Value>, Fault> {
        match canonical(self.attribute, value.clone())? {
            Some(Value::Array(elements)) => {
                self.work.pair(1, elements.len());
                Ok(elements)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Sets the parts of an object that a value names; those that it names without a value are cleared (RFC 7644, section 3.5.2.3, quirk
/// Q37).
pub(super) fn merge_parts(attribute: &Attribute, parts: &mut Map<String, Value>, value: &Value) -> Done {
    let opened = opened(value);
    let new = element(attribute, value.clone())?;
    if let Value::Object(named) = opened.as_ref().unwrap_or(value) {
        for part in named.keys().filter_map(|name| attribute.sub(name)) {
            if part.is_writable() {
                parts.shift_remove(part.name.as_ref());
            }
        }
    }
    if let Some(Value::Object(new)) = new {
        parts.extend(new);
    }
    Ok(())
}

fn merge_whole(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.extend(new),
        (old, new) => *old = new,
    }
}

/// Tells whether an element has content: a value, or a part beside `type` and `primary`. One without content
/// is about to be built by further operations (quirk Q39), or is nothing.
pub(super) fn has_substance(attribute: &Attribute, element: &Value) -> bool {
    match element {
        Value::Object(parts) if attribute.has_value() => parts.contains_key("value"),
        Value::Object(parts) => parts.keys().any(|name| name != "type" && name != "primary"),
        plain => !plain.is_null(),
    }
}

fn is_primary(attribute: &Attribute, element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true)) && has_substance(attribute, element)
}

/// Tells whether a listed element means this one: by its `value`, and by its `type` where one is given;
/// without a `value`, by all that is given.
fn is_listed(attribute: &Attribute, element: &Value, listed: &Value, work: &Work) -> bool {
    let (Value::Object(parts), Value::Object(wanted)) = (element, listed) else {
        return element == listed;
    };
    let mut wanted = wanted.iter().filter(|(name, _)| match name.as_str() {
        "value" => true,
        "type" => attribute.identity == ElementIdentity::ValueAndType,
        _ => !attribute.has_value(),
    });
    wanted.all(|(name, wanted)| {
        let case = attribute.sub(name).map_or(Case::Exact, |part| part.case);
        match (parts.get(name), wanted, case) {
            (Some(Value::String(text)), Value::String(wanted), Case::Ignored) => {
                work.fold(text) == work.fold(wanted)
            }
            (part, wanted, _) => part == Some(wanted),
        }
    })
}
