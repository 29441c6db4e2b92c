//! Target of an operation's path.

use crate::{
    attributes::{Attribute, AttributePath, Schema, Table, Target},
    error::{Result, ScimError, ScimType},
    filter::{ElementFilter, parse_path},
};

/// Target of an operation.
pub(super) enum Location<'t> {
    /// All attributes of a schema.
    Schema(&'t Schema),
    /// An attribute, or a part of it.
    Attribute(AttributePath<'t>),
    /// Elements of a list.
    Elements(Elements<'t>),
}

/// Elements of a list that a filter selects, or a part of them.
pub(super) struct Elements<'t> {
    /// The list.
    pub(super) attribute_path: AttributePath<'t>,
    /// Filter that selects the elements.
    pub(super) filter: ElementFilter,
    /// Part of the elements; absent: the elements as a whole.
    pub(super) part: Option<&'t Attribute>,
}

impl<'t> Elements<'t> {
    /// The list, with the part that is meant.
    pub(super) fn whole(&self) -> AttributePath<'t> {
        AttributePath {
            sub: self.part,
            ..self.attribute_path
        }
    }
}

/// Finds what a path points to. Unlike a name in a value, a path that nothing is known of is refused: to pass over it would answer
/// 200 to a change that was not made.
pub(super) fn locate<'t>(text: &str, table: &'t Table) -> Result<Location<'t>> {
    let path = parse_path(text).map_err(|error| {
        let is_in_filter = text.find('[').is_some_and(|open| {
            let open = text[..open].chars().count() + 1;
            let close = text
                .rfind(']')
                .map_or(usize::MAX, |close| text[..close].chars().count() + 1);
            (open..=close).contains(&error.at)
        });
        let scim_type = if is_in_filter {
            ScimType::InvalidFilter
        } else {
            ScimType::InvalidPath
        };
        ScimError::new(scim_type, format!("path: {error}"))
    })?;
    let target = table
        .resolve(&path.attribute)
        .map_err(|unknown| invalid(&unknown.to_string()))?;
    let (attribute_path, filter) = match (target, path.filter) {
        (Target::Schema(schema), None) => return Ok(Location::Schema(schema)),
        (Target::Schema(schema), Some(_)) => return Err(invalid(&format!("`{}` is no list", schema.urn))),
        (Target::Attribute(attribute_path), None) => return Ok(Location::Attribute(attribute_path)),
        (Target::Attribute(attribute_path), Some(filter)) => (attribute_path, filter),
    };
    let attribute = attribute_path.attribute;
    if attribute_path.sub.is_some() || !attribute.is_multi_valued() {
        return Err(invalid(&format!(
            "`{attribute_path}` is no list that a filter could select from"
        )));
    }
    let filter = ElementFilter::compile(&filter, attribute)
        .map_err(|why| ScimError::new(ScimType::InvalidFilter, format!("path: {why}")))?;
    let part = match &path.part {
        // The elements of a plain list are their own `value`.
        Some(name) if !attribute.is_complex() && name.eq_ignore_ascii_case("value") => None,
        Some(name) => Some(
            attribute
                .sub(name)
                .ok_or_else(|| invalid(&format!("`{name}` is no part of `{attribute_path}`")))?,
        ),
        None => None,
    };
    Ok(Location::Elements(Elements {
        attribute_path,
        filter,
        part,
    }))
}

fn invalid(why: &str) -> ScimError {
    ScimError::new(ScimType::InvalidPath, format!("path: {why}"))
}
