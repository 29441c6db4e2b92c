//! `attributes` and `excludedAttributes`, RFC 7644, section 3.9.

mod selection;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::selection::Selection;
use crate::{
    attributes::{AttributePath, Returned, Table},
    error::{Result, ScimError, ScimType},
    work::Work,
};

/// Names that the two parameters may hold together.
pub const MAX_NAMES: usize = 500;

/// Attributes that an answer has.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// These alone, beside what is always returned; absent: all that are returned by default.
    only: Option<Vec<Selection>>,
    /// Not these.
    without: Vec<Selection>,
    /// Parts that are returned on request and were not requested.
    unrequested: Vec<Selection>,
}

impl Projection {
    /// Reads the two parameters, lists of names with commas between. Unknown names are passed over: what does not exist has no value, and
    /// is not excluded either.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>, table: &Table) -> Result<Self> {
        let given = |text: Option<&str>| {
            text.map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let (only, excluded) = (given(attributes), given(excluded));
        let count = [&only, &excluded]
            .into_iter()
            .flatten()
            .map(|text| text.split(',').count())
            .sum::<usize>();
        if count > MAX_NAMES {
            let detail = format!("attributes and excludedAttributes: must not name more than {MAX_NAMES}");
            return Err(ScimError::new(ScimType::InvalidValue, detail));
        }
        if only.is_none() && excluded.is_none() {
            return Ok(Self::default());
        }
        let only = only.map(|text| selection::read_all(&text, table));
        let mut without = excluded
            .map(|text| selection::read_all(&text, table))
            .unwrap_or_default();
        // RFC 7643, section 7: `always` is not a default that could be excluded.
        without.retain(|selection| selection.returned != Returned::Always);
        let unrequested = unrequested(table, only.as_deref().unwrap_or_default());
        Ok(Self {
            only,
            without,
            unrequested,
        })
    }

    /// Tells whether nothing is left out, so that `apply` need not be called.
    pub fn is_everything(&self) -> bool {
        self.only.is_none() && self.without.is_empty() && self.unrequested.is_empty()
    }

    /// Tells whether this attribute of the core schema is in the answer at all: ask for `members` before
    /// reading them.
    pub fn includes(&self, attribute: &str) -> bool {
        let names = |selection: &&Selection| selection.is_of(None, attribute);
        let is_wanted = self
            .only
            .as_ref()
            .is_none_or(|only| only.iter().any(|selection| names(&selection)));
        is_wanted && !self.without.iter().filter(names).any(Selection::is_whole)
    }

    /// Takes out of a resource what the answer does not have.
    pub fn apply(&self, resource: &mut Map<String, Value>, table: &Table, work: &Work) {
        let extension_of = |name: &str| table.extensions.iter().find(|schema| schema.urn == name);
        resource.retain(|name, value| match (extension_of(name), value) {
            (Some(schema), Value::Object(values)) => {
                values
                    .retain(|name, value| self.keep(Some(&schema.urn), name, Returned::Default, value, work));
                !values.is_empty()
            }
            (_, value) => {
                let returned = table
                    .find(name)
                    .map_or(Returned::Default, |attribute| attribute.returned);
                self.keep(None, name, returned, value, work)
            }
        });
    }

    /// Reduces the value of one attribute; whether something is left of it.
    fn keep(
        &self,
        extension: Option<&str>,
        name: &str,
        returned: Returned,
        value: &mut Value,
        work: &Work,
    ) -> bool {
        let of = |selection: &&Selection| selection.is_of(extension, name);
        if let (Some(only), true) = (&self.only, returned != Returned::Always) {
            let wanted: Vec<&Selection> = only.iter().filter(of).collect();
            selection::keep_only(value, &wanted, work);
        }
        for unwanted in self
            .without
            .iter()
            .filter(of)
            .chain(self.unrequested.iter().filter(of))
        {
            unwanted.take_out(value, work);
        }
        match value {
            Value::Array(elements) => !elements.is_empty(),
            Value::Object(parts) => !parts.is_empty(),
            value => !value.is_null(),
        }
    }
}

/// Lists the attributes and parts that are returned on request only and are not among the names.
fn unrequested(table: &Table, requested: &[Selection]) -> Vec<Selection> {
    let attribute_paths = table.schemas().flat_map(|schema| {
        let extension = table.extension(schema);
        schema.attributes.iter().map(move |attribute| AttributePath {
            extension,
            attribute,
            sub: None,
        })
    });
    let all = attribute_paths.flat_map(|attribute_path| {
        let parts = attribute_path
            .attribute
            .sub_attributes
            .iter()
            .map(move |sub| attribute_path.with_sub(sub));
        std::iter::once(attribute_path).chain(parts)
    });
    all.filter(|attribute_path| attribute_path.leaf().returned == Returned::Request)
        .map(|attribute_path| Selection::of(&attribute_path))
        .filter(|hidden| !requested.iter().any(|it| it.names_same(hidden)))
        .collect()
}
