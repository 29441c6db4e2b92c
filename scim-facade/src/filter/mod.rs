//! Filters of RFC 7644, section 3.4.2.2, and the paths of PATCH operations, which hold filters.

mod core;
mod cursor;
mod derived;
mod matcher;
mod parser;
#[cfg(test)]
mod tests;
mod text;
mod translate;
mod tree;
mod typed;

use identity_proto::v1;

pub use matcher::ElementFilter;
pub use parser::{MAX_DEPTH, MAX_LENGTH, MAX_PATH_LENGTH, MAX_TERMS, SyntaxError, parse_filter, parse_path};
pub(crate) use text::fold;
pub use tree::{Expression, Literal, Operator, Path, Term, Test};
pub(crate) use typed::{boolean, decimal, kind_name, zoned};

use crate::{
    attributes::{Table, Target},
    error::{Result, ScimError, ScimType},
};

/// Parses a filter and translates it for the core. Everything that is wrong with it is `invalidFilter`.
pub fn translate(text: &str, table: &Table) -> Result<v1::Filter> {
    let refused = |why: String| ScimError::new(ScimType::InvalidFilter, format!("filter: {why}"));
    let expression = parse_filter(text).map_err(|error| refused(error.to_string()))?;
    let filter = translate::translate(&expression, table).map_err(refused)?;
    // `and` and `or` are levels too, so it can be deeper than it has parentheses; the core's messages are not deeper than this.
    if core::depth(&filter) > MAX_DEPTH {
        return Err(refused(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    Ok(filter)
}

/// The core's name of the attribute to sort by (`sortBy`, RFC 7644, section 3.4.2.3); the caller adds ` desc`.
pub fn sort_attribute(text: &str, table: &Table) -> Result<String> {
    let refused = |why: String| ScimError::new(ScimType::InvalidValue, format!("sortBy: {why}"));
    let attribute_path = match table.resolve(text.trim()) {
        Ok(Target::Attribute(attribute_path)) => attribute_path,
        Ok(Target::Schema(schema)) => return Err(refused(format!("`{}` is a schema", schema.urn))),
        Err(unknown) => return Err(refused(unknown.to_string())),
    };
    let leaf = attribute_path.leaf();
    let attribute_path = match leaf.sub("value") {
        Some(value) => attribute_path.with_sub(value),
        None if leaf.is_complex() => {
            return Err(refused(format!("`{attribute_path}` has parts, so say which")));
        }
        None => attribute_path,
    };
    // Who belongs to what is stored apart from both.
    let is_membership = attribute_path
        .attribute
        .core
        .as_deref()
        .is_some_and(|name| name == "groups" || name == "members");
    attribute_path
        .core_name()
        .filter(|_| !is_membership)
        .ok_or_else(|| refused(format!("`{attribute_path}` cannot be sorted by")))
}
