//! Attributes of declared extension schemas, by `URN:name` or `URN:name.sub`, without case (RFC 7643, section 2.1).

use super::{Attribute, AttributeLocation, Case, DataType, Elements, List, Target, VALUE};
use crate::schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute};

/// Finds the target of a name that begins with a schema's URN.
pub(super) fn find(resource: ExtendedType, name: &str, schemas: &[ExtensionSchema]) -> Option<Target> {
    schemas
        .iter()
        .filter(|schema| schema.extends == resource)
        .find_map(|schema| in_schema(schema, name))
}

fn in_schema(schema: &ExtensionSchema, name: &str) -> Option<Target> {
    if schema.urn.eq_ignore_ascii_case(name) {
        let all = schema.attributes.iter().map(|attribute| whole(schema, attribute));
        return Some(Target::Object(all.collect()));
    }
    let urn = name.get(..schema.urn.len())?;
    let path = name.get(schema.urn.len()..)?.strip_prefix(':')?;
    if !urn.eq_ignore_ascii_case(&schema.urn) {
        return None;
    }
    let Some((head, sub)) = path.split_once('.') else {
        return Some(whole(schema, named(&schema.attributes, path)?));
    };
    let attribute = named(&schema.attributes, head)?;
    if attribute.multi_valued {
        let list = list(schema, attribute);
        let part = list.part(sub)?.clone();
        return Some(Target::Each(list, part));
    }
    let sub = named(&attribute.sub_attributes, sub)?;
    Some(Target::Value(sub_value(schema, attribute, sub)))
}

/// Returns the target of an attribute's own name.
fn whole(schema: &ExtensionSchema, attribute: &SchemaAttribute) -> Target {
    match attribute.kind {
        _ if attribute.multi_valued => Target::List(list(schema, attribute)),
        AttributeType::Complex => {
            let subs = attribute.sub_attributes.iter();
            Target::Object(
                subs.map(|sub| Target::Value(sub_value(schema, attribute, sub)))
                    .collect(),
            )
        }
        _ => Target::Value(value(schema, attribute)),
    }
}

fn named<'a>(attributes: &'a [SchemaAttribute], name: &str) -> Option<&'a SchemaAttribute> {
    attributes.iter().find(|it| it.name.eq_ignore_ascii_case(name))
}

fn value(schema: &ExtensionSchema, attribute: &SchemaAttribute) -> Attribute {
    let label = label(schema, attribute);
    Attribute {
        name: label.clone(),
        data: data_type(attribute),
        location: AttributeLocation::Key(label),
    }
}

fn sub_value(schema: &ExtensionSchema, attribute: &SchemaAttribute, sub: &SchemaAttribute) -> Attribute {
    let label = format!("{}.{}", label(schema, attribute), sub.name);
    Attribute {
        name: label.clone(),
        data: data_type(sub),
        location: AttributeLocation::Key(label),
    }
}

fn list(schema: &ExtensionSchema, attribute: &SchemaAttribute) -> List {
    let name = label(schema, attribute);
    let part = |label: &str, data| Attribute {
        name: format!("{name}.{label}"),
        data,
        location: AttributeLocation::Part(label.to_owned()),
    };
    let parts = match attribute.kind {
        AttributeType::Complex => {
            let subs = attribute.sub_attributes.iter();
            subs.map(|sub| part(&sub.name, data_type(sub))).collect()
        }
        _ => vec![part(VALUE, data_type(attribute))],
    };
    List {
        name,
        elements: Elements::Keys,
        parts,
        naming: Case::Folded,
    }
}

/// The label of an attribute's values in [`crate::search::SearchKeys`].
pub(crate) fn label(schema: &ExtensionSchema, attribute: &SchemaAttribute) -> String {
    format!("{}:{}", schema.urn, attribute.name)
}

/// Returns the type of data from which the keys of a declared attribute are made.
pub(crate) fn data_type(attribute: &SchemaAttribute) -> DataType {
    match attribute.kind {
        AttributeType::String if !attribute.case_exact => DataType::Text(Case::Folded),
        // A complex attribute has no value of its own; its parts are asked one by one.
        AttributeType::String | AttributeType::Reference | AttributeType::Complex => {
            DataType::Text(Case::Exact)
        }
        AttributeType::Boolean => DataType::Boolean,
        AttributeType::Decimal | AttributeType::Integer => DataType::Number,
        AttributeType::DateTime => DataType::Time,
        AttributeType::Binary => DataType::Binary,
    }
}
