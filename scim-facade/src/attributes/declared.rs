//! Extension schemas that an organization declared.

use std::borrow::Cow;

use identity_proto::v1::{AttributeType, ExtensionSchema, SchemaAttribute};

use super::{
    attribute::{
        Attribute, Case, ElementIdentity, Kind, MAX_ELEMENTS, Mutability, Necessity, Plurality, Returned,
        TextForm, Uniqueness,
    },
    schema::Schema,
};

/// The schema as the table knows it.
pub(super) fn schema(declared: &ExtensionSchema) -> Schema {
    Schema {
        urn: declared.id.clone().into(),
        aliases: &[],
        name: declared.name.clone().into(),
        description: declared.description.clone().into(),
        core_prefix: format!("{}:", declared.id).into(),
        attributes: declared.attributes.iter().map(attribute).collect(),
    }
}

fn attribute(declared: &SchemaAttribute) -> Attribute {
    let kind = kind(declared.r#type());
    Attribute {
        name: declared.name.clone().into(),
        core: Some(declared.name.clone().into()),
        description: declared.description.clone().into(),
        kind,
        plurality: if declared.multi_valued {
            Plurality::Multi
        } else {
            Plurality::Single
        },
        necessity: if declared.required {
            Necessity::Required
        } else {
            Necessity::Optional
        },
        case: if declared.case_exact || is_always_exact(kind) {
            Case::Exact
        } else {
            Case::Ignored
        },
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        identity: ElementIdentity::ValueAndType,
        max_elements: MAX_ELEMENTS,
        text_form: TextForm::Plain,
        canonical_values: declared
            .canonical_values
            .iter()
            .cloned()
            .map(Cow::Owned)
            .collect(),
        reference_types: if kind == Kind::Reference { &["uri"] } else { &[] },
        sub_attributes: declared.sub_attributes.iter().map(attribute).collect(),
    }
}

/// RFC 7643, sections 2.3.6 and 2.3.7.
fn is_always_exact(kind: Kind) -> bool {
    matches!(kind, Kind::Binary | Kind::Reference)
}

fn kind(declared: AttributeType) -> Kind {
    match declared {
        AttributeType::Unspecified | AttributeType::String => Kind::String,
        AttributeType::Boolean => Kind::Boolean,
        AttributeType::Decimal => Kind::Decimal,
        AttributeType::Integer => Kind::Integer,
        AttributeType::DateTime => Kind::DateTime,
        AttributeType::Binary => Kind::Binary,
        AttributeType::Reference => Kind::Reference,
        AttributeType::Complex => Kind::Complex,
    }
}
