//! One name of a projection: an attribute, a part of it, or what a filter selects of it.

use serde_json::Value;

use crate::{
    attributes::{AttributePath, Returned, Table, Target},
    filter::{ElementFilter, parse_path},
    work::Work,
};

/// Attributes that one name selects.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    extension: Option<String>,
    /// The attribute; absent: all of the extension.
    attribute: Option<String>,
    /// Filter that selects elements; absent: all elements.
    filter: Option<ElementFilter>,
    /// Part that is selected; absent: the whole.
    part: Option<String>,
    /// When the attribute is returned.
    pub(super) returned: Returned,
}

/// Reads names with commas between them. A comma within quotes belongs to a filter.
pub(super) fn read_all(text: &str, table: &Table) -> Vec<Selection> {
    let mut is_quoted = false;
    let names = text.split(|c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    names.flat_map(|name| read(name.trim(), table)).collect()
}

/// Reads one name; a bare core URN stands for all attributes of the core schema.
fn read(name: &str, table: &Table) -> Vec<Selection> {
    let Ok(path) = parse_path(name) else {
        return Vec::new();
    };
    let attribute_path = match table.resolve(&path.attribute) {
        Err(_) => return Vec::new(),
        Ok(Target::Schema(schema)) => {
            return match table.extension(schema) {
                Some(schema) => vec![Selection::whole_schema(&schema.urn)],
                None => schema
                    .attributes
                    .iter()
                    .map(|attribute| {
                        Selection::of(&AttributePath {
                            extension: None,
                            attribute,
                            sub: None,
                        })
                    })
                    .collect(),
            };
        }
        Ok(Target::Attribute(attribute_path)) => attribute_path,
    };
    let mut selection = Selection::of(&attribute_path);
    if let Some(filter) = &path.filter {
        let Ok(filter) = ElementFilter::compile(filter, attribute_path.attribute) else {
            return Vec::new();
        };
        selection.filter = Some(filter);
    }
    if let Some(part) = &path.part {
        let Some(part) = attribute_path.attribute.sub(part) else {
            return Vec::new();
        };
        selection.part = Some(part.name.clone().into_owned());
    }
    vec![selection]
}

/// Leaves of a value what the selections name together.
pub(super) fn keep_only(value: &mut Value, wanted: &[&Selection], work: &Work) {
    retain(value, |value| {
        let met: Vec<&&Selection> = wanted.iter().filter(|it| it.meets(value, work)).collect();
        let is_whole = met.iter().any(|it| it.part.is_none());
        match value {
            Value::Object(parts) if !is_whole => {
                parts.retain(|name, _| met.iter().any(|it| it.part.as_ref() == Some(name)));
                !parts.is_empty()
            }
            _ => is_whole,
        }
    });
}

/// Keeps the elements of a list, or a value that is none, of which something is left.
fn retain(value: &mut Value, mut is_left: impl FnMut(&mut Value) -> bool) {
    if let Value::Array(elements) = value {
        elements.retain_mut(is_left);
    } else if !is_left(value) {
        *value = Value::Null;
    }
}

impl Selection {
    pub(super) fn of(attribute_path: &AttributePath<'_>) -> Self {
        Self {
            extension: attribute_path
                .extension
                .map(|schema| schema.urn.clone().into_owned()),
            attribute: Some(attribute_path.attribute.name.clone().into_owned()),
            filter: None,
            part: attribute_path.sub.map(|sub| sub.name.clone().into_owned()),
            returned: attribute_path.attribute.returned,
        }
    }

    fn whole_schema(urn: &str) -> Self {
        Self {
            extension: Some(urn.to_owned()),
            attribute: None,
            filter: None,
            part: None,
            returned: Returned::Default,
        }
    }

    /// Tells whether it is about this attribute.
    pub(super) fn is_of(&self, extension: Option<&str>, attribute: &str) -> bool {
        self.extension.as_deref() == extension && self.attribute.as_ref().is_none_or(|name| name == attribute)
    }

    /// Tells whether it is all of the attribute.
    pub(super) fn is_whole(&self) -> bool {
        self.filter.is_none() && self.part.is_none()
    }

    /// Tells whether both name the same attribute and part.
    pub(super) fn names_same(&self, other: &Self) -> bool {
        (&self.extension, &self.attribute, &self.part) == (&other.extension, &other.attribute, &other.part)
    }

    /// Takes what it names out of a value.
    pub(super) fn take_out(&self, value: &mut Value, work: &Work) {
        retain(value, |value| {
            if !self.meets(value, work) {
                return true;
            }
            let (Some(part), Value::Object(parts)) = (&self.part, value) else {
                return false;
            };
            parts.shift_remove(part);
            !parts.is_empty()
        });
    }

    fn meets(&self, element: &Value, work: &Work) -> bool {
        let Some(filter) = &self.filter else { return true };
        filter.matches(element, work)
    }
}
