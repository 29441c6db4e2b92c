//! Applies operations to a resource in canonical form. Nothing leaves here unless all of them succeed.

use serde_json::Value;

use super::{
    ReplaceMissing,
    location::{Elements, Location, locate},
    request::{Op, Operation, at},
};
use crate::{
    attributes::{AttributePath, Mutability, Schema, Table},
    error::{Result, ScimError, ScimType},
    json::{coercions, contains},
    resource::{Canonical, unknown_parts},
    work::Work,
};

/// A resource under work.
pub(super) struct Engine<'t, 'v> {
    pub(super) table: &'t Table,
    pub(super) missing: ReplaceMissing,
    /// The work that the operations may cause.
    pub(super) work: Work,
    /// Set if the resource was a user switched off, before the operations.
    pub(super) was_inactive: bool,
    /// The resource as the operations so far have left it.
    pub(super) resource: Canonical,
    /// Operations on the members of a group, in order; the resource does not hold the members.
    pub(super) members: Vec<MemberOperation<'t, 'v>>,
    /// Names that nothing is known of.
    pub(super) ignored: Vec<String>,
    /// Values that were read in another form than they were sent.
    pub(super) coerced: Vec<String>,
    /// The attributes that operations have named: the name in canonical form, and the field of roster.identity.v1.
    touched: Vec<(String, String)>,
    /// The operation under work.
    index: usize,
}

/// Change of one place.
#[derive(Clone, Copy)]
pub(super) enum Change<'v> {
    Add(&'v Value),
    Replace(&'v Value),
    /// Of a list, these elements alone if there are any.
    Remove(Option<&'v Value>),
}

/// An operation on the members of a group.
pub(super) struct MemberOperation<'t, 'v> {
    pub(super) index: usize,
    /// Members that are changed; absent: all.
    pub(super) selected: Option<Elements<'t>>,
    pub(super) change: Change<'v>,
}

/// Where a name stood. Read-only attributes among the keys of a value are passed over (quirks Q35 and Q55), since clients send back
/// whole resources; a path to one is a wish.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Path,
    Key,
}

impl<'t, 'v> Engine<'t, 'v> {
    pub(super) fn new(table: &'t Table, missing: ReplaceMissing, resource: Canonical, work: &Work) -> Self {
        Self {
            table,
            missing,
            work: work.clone(),
            was_inactive: resource.get("active") == Some(&Value::Bool(false)),
            resource,
            members: Vec::new(),
            ignored: Vec::new(),
            coerced: Vec::new(),
            touched: Vec::new(),
            index: 0,
        }
    }

    /// Applies operations in order; the first that fails is named by its index.
    pub(super) fn run(&mut self, operations: &'v [Operation]) -> Result<()> {
        for (index, operation) in operations.iter().enumerate() {
            self.index = index;
            let applied = self.apply(operation);
            // What was not worked out says nothing about the resource.
            self.work.check().and(applied).map_err(|error| at(index, error))?;
        }
        Ok(())
    }

    fn apply(&mut self, operation: &'v Operation) -> Result<()> {
        let value = operation.value.as_ref();
        let change = match operation.op {
            Op::Add => Change::Add(value.unwrap_or(&Value::Null)),
            Op::Replace => Change::Replace(value.unwrap_or(&Value::Null)),
            Op::Remove => Change::Remove(value),
        };
        match &operation.path {
            Some(path) => self.change(locate(path, self.table)?, change, Origin::Path),
            None => self.keys(change),
        }
    }

    /// Without a path, each key of the value is an operation of its own (quirk Q35).
    fn keys(&mut self, change: Change<'v>) -> Result<()> {
        let (Change::Add(value) | Change::Replace(value)) = change else {
            // RFC 7644, section 3.5.2.2.
            return Err(ScimError::new(ScimType::NoTarget, "remove: must have a path"));
        };
        let Value::Object(keys) = value else {
            let detail = "value: must be an object of attributes, since there is no path";
            return Err(ScimError::new(ScimType::InvalidValue, detail));
        };
        for (key, value) in keys {
            match locate(key, self.table) {
                Ok(location) => self.change(location, change.with(value), Origin::Key)?,
                Err(_) => self.ignored.push(key.clone()),
            }
        }
        Ok(())
    }

    fn change(&mut self, location: Location<'t>, change: Change<'v>, origin: Origin) -> Result<()> {
        self.note_unknown_parts(&location, change);
        match location {
            Location::Schema(schema) => self.schema(schema, change),
            Location::Attribute(attribute_path) if !attribute_path.is_kept() => {
                self.refuse_read_only(&attribute_path, change, origin)
            }
            // RFC 7643, section 2.2: what is immutable changes with the whole element alone.
            Location::Attribute(attribute_path)
                if attribute_path.leaf().mutability == Mutability::Immutable =>
            {
                Err(read_only(&attribute_path))
            }
            Location::Attribute(attribute_path) if attribute_path.is_members() => {
                self.members.push(MemberOperation {
                    index: self.index,
                    selected: None,
                    change,
                });
                Ok(())
            }
            Location::Attribute(attribute_path) => self.attribute(&attribute_path, change),
            Location::Elements(elements) if !elements.whole().is_kept() => {
                self.refuse_read_only(&elements.whole(), change, origin)
            }
            Location::Elements(elements) if elements.attribute_path.is_members() => {
                self.members.push(MemberOperation {
                    index: self.index,
                    selected: Some(elements),
                    change,
                });
                Ok(())
            }
            Location::Elements(elements) => self.elements(&elements, change),
        }
    }

    /// Remembers what a value names and its attribute has no part for, and what is read in another form. Members are many, and all that counts of them is an id.
    fn note_unknown_parts(&mut self, location: &Location<'t>, change: Change<'v>) {
        let (Change::Add(value) | Change::Replace(value)) = change else {
            return;
        };
        let attribute_path = match location {
            Location::Schema(_) => return,
            Location::Attribute(attribute_path) => *attribute_path,
            Location::Elements(elements) => elements.whole(),
        };
        if attribute_path.is_kept() && !attribute_path.is_members() {
            self.ignored.extend(unknown_parts(&attribute_path, value));
            coercions(attribute_path.leaf(), value, &attribute_path, &mut self.coerced);
        }
    }

    /// All attributes of a schema, by its bare URN (quirk Q40).
    fn schema(&mut self, schema: &'t Schema, change: Change<'v>) -> Result<()> {
        let extension = self.table.extension(schema);
        match (change, extension) {
            (Change::Remove(_) | Change::Replace(Value::Null), Some(extension)) => {
                self.touch(&extension.urn, extension.field());
                self.resource.shift_remove(extension.urn.as_ref());
                Ok(())
            }
            (Change::Add(Value::Object(attributes)) | Change::Replace(Value::Object(attributes)), _) => {
                for (name, value) in attributes {
                    let location = self
                        .table
                        .attribute_path(extension, name)
                        .map(Location::Attribute);
                    match location {
                        Some(location) => self.change(location, change.with(value), Origin::Key)?,
                        None => self.ignored.push(format!("{}:{name}", schema.urn)),
                    }
                }
                Ok(())
            }
            (Change::Add(Value::Null), _) => Ok(()),
            (Change::Remove(_), None) => Err(ScimError::new(
                ScimType::NoTarget,
                "remove: must name an attribute of the schema",
            )),
            _ => {
                let detail = format!("{}: must be an object", schema.urn);
                Err(ScimError::new(ScimType::InvalidValue, detail))
            }
        }
    }

    /// A change of what clients cannot change. A password is dropped (quirk Q28) and `schemas` follows from the rest; what is
    /// read-only may be given as it is.
    fn refuse_read_only(
        &self,
        attribute_path: &AttributePath<'t>,
        change: Change<'v>,
        origin: Origin,
    ) -> Result<()> {
        let is_dropped = attribute_path.attribute.mutability == Mutability::WriteOnly;
        if origin == Origin::Key || is_dropped {
            return Ok(());
        }
        let current = self.resource.get(attribute_path.attribute.name.as_ref());
        let current = attribute_path.sub.map_or(current, |sub| {
            current.and_then(|object| object.get(sub.name.as_ref()))
        });
        match change {
            Change::Add(value) | Change::Replace(value)
                if current
                    .is_some_and(|it| self.work.pair(length(it), length(value)) && contains(it, value)) =>
            {
                Ok(())
            }
            _ => Err(read_only(attribute_path)),
        }
    }

    /// Notes that an operation named an attribute.
    pub(super) fn touch_attribute(&mut self, attribute_path: &AttributePath<'t>) {
        let name = attribute_path
            .extension
            .map_or(&attribute_path.attribute.name, |schema| &schema.urn);
        if let Some(field) = attribute_path.field() {
            self.touch(name, field);
        }
    }

    fn touch(&mut self, name: &str, field: &str) {
        if !self.touched.iter().any(|(known, _)| known == name) {
            self.touched.push((name.to_owned(), field.to_owned()));
        }
    }

    /// The fields of roster.identity.v1 that differ from the resource as it was, or all that were named if it is not known.
    pub(super) fn fields(&self, before: Option<&Canonical>) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for (name, field) in &self.touched {
            let is_same = before.is_some_and(|before| before.get(name) == self.resource.get(name));
            if !is_same && !fields.contains(field) {
                fields.push(field.clone());
            }
        }
        fields
    }

    /// Tells whether an operation named an attribute of this field.
    pub(super) fn has_touched(&self, field: &str) -> bool {
        self.touched.iter().any(|(_, touched)| touched == field)
    }
}

impl<'v> Change<'v> {
    /// The same with another value.
    fn with(self, value: &'v Value) -> Self {
        match self {
            Self::Add(_) => Self::Add(value),
            Self::Replace(_) => Self::Replace(value),
            Self::Remove(_) => Self::Remove(Some(value)),
        }
    }
}

/// Counts the elements of a value.
fn length(value: &Value) -> usize {
    value.as_array().map_or(1, Vec::len)
}

pub(super) fn read_only(attribute_path: &AttributePath<'_>) -> ScimError {
    ScimError::new(ScimType::Mutability, format!("{attribute_path}: is read-only"))
}
