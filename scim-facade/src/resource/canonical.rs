//! A resource in canonical form: SCIM JSON with the RFCs' names and types, extensions under their URNs, nothing without a value.
//! Bodies are read into it, PATCH works on it, and roster.identity.v1's messages are made from it.

use serde_json::{Map, Value, map::Entry};

use super::ignored::unknown_parts;
use crate::{
    attributes::{AttributePath, Schema, Table, Target},
    error::{Result, ScimError, ScimType},
    json::{Fault, canonical, coercions, member_ids, opened},
};

/// A resource in canonical form.
pub(crate) type Canonical = Map<String, Value>;

/// A resource that is being read from a body.
pub(super) struct Draft<'t> {
    table: &'t Table,
    /// Resource as read so far.
    pub(super) resource: Canonical,
    /// The fields of roster.identity.v1 that the body names, with or without a value.
    pub(super) fields: Vec<String>,
    /// Ids of the members, if the body names members.
    pub(super) members: Option<Vec<String>>,
    /// Names that nothing is known of.
    pub(super) ignored: Vec<String>,
    /// Values that were read in another form than they were sent.
    pub(super) coerced: Vec<String>,
}

impl<'t> Draft<'t> {
    pub(super) fn new(table: &'t Table) -> Self {
        Self {
            table,
            resource: Map::new(),
            fields: Vec::new(),
            members: None,
            ignored: Vec::new(),
            coerced: Vec::new(),
        }
    }

    /// Takes what a body says under one name: `userName`, `name.givenName`, either behind a URN, or a bare URN (quirk Q36).
    pub(super) fn take(&mut self, name: String, value: Value) -> Result<()> {
        match self.table.resolve(&name) {
            Ok(Target::Schema(schema)) => self.take_schema(schema, value),
            Ok(Target::Attribute(attribute_path)) => self.take_attribute(attribute_path, value),
            Err(_) => {
                self.ignored.push(name);
                Ok(())
            }
        }
    }

    /// The attributes of a whole schema.
    fn take_schema(&mut self, schema: &'t Schema, value: Value) -> Result<()> {
        let attributes = match opened(&value).unwrap_or(value) {
            Value::Object(attributes) => attributes,
            Value::Null => Map::new(),
            _ => {
                let detail = format!("{}: must be an object", schema.urn);
                return Err(ScimError::new(ScimType::InvalidValue, detail));
            }
        };
        let extension = self.table.extension(schema);
        if let Some(schema) = extension {
            self.name_field(schema.field());
        }
        for (name, value) in attributes {
            match self.table.attribute_path(extension, &name) {
                Some(attribute_path) => self.take_attribute(attribute_path, value)?,
                None => self.ignored.push(format!("{}:{name}", schema.urn)),
            }
        }
        Ok(())
    }

    fn take_attribute(&mut self, attribute_path: AttributePath<'t>, value: Value) -> Result<()> {
        // RFC 7644, section 3.3: what is read-only SHALL be ignored (quirk Q25). A password is accepted and dropped (Q28).
        let (Some(field), true) = (attribute_path.field(), attribute_path.is_kept()) else {
            return Ok(());
        };
        if attribute_path.is_members() {
            return match self.members.replace(member_ids(&value)?) {
                None => Ok(()),
                Some(_) => Err(twice("members")),
            };
        }
        if attribute_path.sub.is_some() && attribute_path.attribute.is_multi_valued() {
            self.ignored.push(attribute_path.to_string());
            return Ok(());
        }
        self.name_field(field);
        self.ignored.extend(unknown_parts(&attribute_path, &value));
        coercions(attribute_path.leaf(), &value, &attribute_path, &mut self.coerced);
        let value =
            canonical(attribute_path.leaf(), value).map_err(|fault| located(fault, &attribute_path))?;
        let Some(value) = value else { return Ok(()) };
        let merged = slots(&mut self.resource, &attribute_path)
            .map(|slots| merge(slots, &attribute_path.leaf().name, value));
        match merged {
            Some(Ok(())) => Ok(()),
            Some(Err(name)) => Err(twice(&name)),
            None => Err(twice(&attribute_path.to_string())),
        }
    }

    fn name_field(&mut self, field: &str) {
        if !self.fields.iter().any(|named| named == field) {
            self.fields.push(field.to_owned());
        }
    }
}

fn twice(name: &str) -> ScimError {
    ScimError::new(ScimType::InvalidValue, format!("{name}: is given twice"))
}

/// A fault of a value, named by its whole path.
pub(crate) fn located(fault: Fault, attribute_path: &AttributePath<'_>) -> ScimError {
    let fault = match attribute_path.sub {
        Some(_) => fault.within(&attribute_path.attribute.name),
        None => fault,
    };
    let error = fault.into_error();
    match attribute_path.extension {
        Some(schema) => error.within(&schema.urn),
        None => error,
    }
}

/// The object in which a place's value stands: the resource, an extension, or the object that it is a part of. Made if absent;
/// nothing if something else stands there, which canonical form does not know.
pub(crate) fn slots<'r>(
    resource: &'r mut Canonical,
    attribute_path: &AttributePath<'_>,
) -> Option<&'r mut Canonical> {
    let mut object = resource;
    if let Some(schema) = attribute_path.extension {
        object = inner(object, &schema.urn)?;
    }
    if attribute_path.sub.is_some() {
        object = inner(object, &attribute_path.attribute.name)?;
    }
    Some(object)
}

fn inner<'r>(object: &'r mut Canonical, name: &str) -> Option<&'r mut Canonical> {
    object
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()))
        .as_object_mut()
}

/// Puts a value under a name, the parts of objects one by one. What is there already is not overwritten but named.
fn merge(object: &mut Canonical, name: &str, value: Value) -> std::result::Result<(), String> {
    match (object.entry(name), value) {
        (Entry::Vacant(entry), value) => {
            entry.insert(value);
            Ok(())
        }
        (Entry::Occupied(mut entry), Value::Object(parts)) => match entry.get_mut() {
            Value::Object(present) => parts
                .into_iter()
                .try_for_each(|(part, value)| merge(present, &part, value)),
            _ => Err(name.to_owned()),
        },
        (Entry::Occupied(_), _) => Err(name.to_owned()),
    }
}
