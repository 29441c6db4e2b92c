//! Attributes that the core does not store, since they follow from the rest: `schemas` and `meta.resourceType`. Filters on them
//! are answered from the table. What no filter can be about is refused here too.

use identity_proto::v1::Filter;

use super::{
    core::{all_of, any_of, present},
    text,
    translate::{Translated, positive},
    tree::{Operator, Test},
    typed::{Typed, typed},
};
use crate::attributes::{Attribute, AttributePath, Schema, Table};

/// The condition that a test of a derived attribute comes down to; nothing for an attribute that the core has.
pub(super) fn filter(
    attribute_path: &AttributePath<'_>,
    test: &Test,
    table: &Table,
) -> Translated<Option<Filter>> {
    if attribute_path.extension.is_some() {
        return Ok(None);
    }
    let (test, sign) = positive(test);
    let found = match (
        attribute_path.attribute.name.as_ref(),
        attribute_path.sub.map(|sub| sub.name.as_ref()),
    ) {
        ("schemas", _) => schemas(attribute_path.attribute, &test, table)?,
        // Every resource has these.
        ("meta", None | Some("location" | "version" | "resourceType")) if test == Test::Present => always(),
        ("meta", Some("resourceType")) if is_met(attribute_path.leaf(), &test, table.kind.name())? => {
            always()
        }
        ("meta", Some("resourceType")) => never(),
        _ => return Ok(None),
    };
    Ok(Some(sign.apply(found)))
}

/// That the core has no value to compare: a password is not kept, a URI is made for the answer.
pub(super) fn unfilterable(attribute_path: &AttributePath<'_>) -> String {
    format!("`{attribute_path}` cannot be filtered by")
}

/// A resource has the core schema, and an extension as soon as it has one of its attributes.
fn schemas(attribute: &Attribute, test: &Test, table: &Table) -> Translated {
    if is_met(attribute, test, &table.core.urn)? {
        return Ok(always());
    }
    let mut any = Vec::new();
    for extension in &table.extensions {
        if is_met(attribute, test, &extension.urn)? {
            any.extend(attributes_of(extension).map(present));
        }
    }
    Ok(any_of(any))
}

fn attributes_of(extension: &Schema) -> impl Iterator<Item = String> {
    extension.attributes.iter().flat_map(move |attribute| {
        let attribute_path = AttributePath {
            extension: Some(extension),
            attribute,
            sub: None,
        };
        let parts = attribute
            .sub_attributes
            .iter()
            .map(move |sub| attribute_path.with_sub(sub));
        let whole = (!attribute.is_complex()).then_some(attribute_path);
        whole
            .into_iter()
            .chain(parts)
            .filter_map(|attribute_path| attribute_path.core_name())
    })
}

fn is_met(attribute: &Attribute, test: &Test, value: &str) -> Translated<bool> {
    let (operator, wanted) = match test {
        Test::Present => return Ok(true),
        Test::Compare(operator, literal) => (*operator, typed(attribute, *operator, literal)?),
    };
    Ok(match wanted {
        // URNs compare without case, whatever their type says (RFC 8141, section 3.1).
        Typed::Text(wanted) if operator == Operator::Equal => value.eq_ignore_ascii_case(&wanted),
        Typed::Text(wanted) => text::meets(value, operator, &wanted),
        _ => false,
    })
}

fn always() -> Filter {
    all_of(Vec::new())
}

fn never() -> Filter {
    any_of(Vec::new())
}
