//! Extension schemas.

use identity_core::{
    directory::input::NewSchema,
    error::{Error, Result},
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
};
use identity_proto::v1::{self, AttributeType as TypeMessage, ExtendedType as ExtendsMessage};

use super::{etag, time};

/// Levels of attributes: those of a schema, and those of a complex one.
const MAX_DEPTH: usize = 2;

pub(crate) fn to_message(schema: ExtensionSchema) -> v1::ExtensionSchema {
    let extends = match schema.extends {
        ExtendedType::User => ExtendsMessage::User,
        ExtendedType::Group => ExtendsMessage::Group,
    };
    v1::ExtensionSchema {
        id: schema.urn,
        name: schema.name,
        description: schema.description,
        extends: extends.into(),
        attributes: schema.attributes.into_iter().map(attribute_message).collect(),
        etag: etag(schema.version),
        create_time: Some(time::to_message(schema.created_at)),
        update_time: Some(time::to_message(schema.updated_at)),
    }
}

fn attribute_message(attribute: SchemaAttribute) -> v1::SchemaAttribute {
    let kind = match attribute.kind {
        AttributeType::String => TypeMessage::String,
        AttributeType::Boolean => TypeMessage::Boolean,
        AttributeType::Decimal => TypeMessage::Decimal,
        AttributeType::Integer => TypeMessage::Integer,
        AttributeType::DateTime => TypeMessage::DateTime,
        AttributeType::Binary => TypeMessage::Binary,
        AttributeType::Reference => TypeMessage::Reference,
        AttributeType::Complex => TypeMessage::Complex,
    };
    let sub_attributes = attribute.sub_attributes.into_iter();
    v1::SchemaAttribute {
        name: attribute.name,
        r#type: kind.into(),
        multi_valued: attribute.multi_valued,
        description: attribute.description,
        required: attribute.required,
        canonical_values: attribute.canonical_values,
        case_exact: attribute.case_exact,
        sub_attributes: sub_attributes.map(attribute_message).collect(),
    }
}

pub(crate) fn create(schema: v1::ExtensionSchema) -> Result<NewSchema> {
    let extends = match ExtendsMessage::try_from(schema.extends) {
        Ok(ExtendsMessage::User) => ExtendedType::User,
        Ok(ExtendsMessage::Group) => ExtendedType::Group,
        Ok(ExtendsMessage::Unspecified) | Err(_) => {
            return Err(Error::invalid("extends", "must be users or groups"));
        }
    };
    Ok(NewSchema {
        urn: schema.id,
        name: schema.name,
        description: schema.description,
        extends,
        attributes: attributes(schema.attributes, "attributes", MAX_DEPTH)?,
    })
}

fn attributes(messages: Vec<v1::SchemaAttribute>, field: &str, depth: usize) -> Result<Vec<SchemaAttribute>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::invalid(field, "must not have sub-attributes again"));
    };
    let place = |index| format!("{field}[{index}]");
    let messages = messages.into_iter().enumerate();
    messages
        .map(|(index, message)| attribute(message, &place(index), depth))
        .collect()
}

fn attribute(message: v1::SchemaAttribute, field: &str, depth: usize) -> Result<SchemaAttribute> {
    let kind = match TypeMessage::try_from(message.r#type) {
        Ok(TypeMessage::Unspecified | TypeMessage::String) => AttributeType::String,
        Ok(TypeMessage::Boolean) => AttributeType::Boolean,
        Ok(TypeMessage::Decimal) => AttributeType::Decimal,
        Ok(TypeMessage::Integer) => AttributeType::Integer,
        Ok(TypeMessage::DateTime) => AttributeType::DateTime,
        Ok(TypeMessage::Binary) => AttributeType::Binary,
        Ok(TypeMessage::Reference) => AttributeType::Reference,
        Ok(TypeMessage::Complex) => AttributeType::Complex,
        Err(_) => return Err(Error::invalid(format!("{field}.type"), "must be a known type")),
    };
    Ok(SchemaAttribute {
        name: message.name,
        kind,
        multi_valued: message.multi_valued,
        description: message.description,
        required: message.required,
        canonical_values: message.canonical_values,
        case_exact: message.case_exact,
        sub_attributes: attributes(message.sub_attributes, &format!("{field}.sub_attributes"), depth)?,
    })
}

#[cfg(test)]
mod tests {
    use identity_core::{id::Id, platform::Timestamp, schema::ExtensionSchema};
    use identity_proto::v1;
    use uuid::Uuid;

    use super::{create, to_message};

    fn attribute(name: &str, kind: i32) -> v1::SchemaAttribute {
        v1::SchemaAttribute {
            name: name.into(),
            r#type: kind,
            canonical_values: vec!["a".into()],
            case_exact: true,
            ..Default::default()
        }
    }

    fn schema(attributes: Vec<v1::SchemaAttribute>) -> v1::ExtensionSchema {
        v1::ExtensionSchema {
            id: "urn:example:2.0:User".into(),
            name: "Example".into(),
            extends: 1,
            attributes,
            ..Default::default()
        }
    }

    #[test]
    fn a_declared_schema_comes_back() {
        let mut complex = attribute("complex", 8);
        complex.sub_attributes = (1..8).map(|kind| attribute("simple", kind)).collect();
        let declared = schema(vec![complex, attribute("list", 1)]);
        let new = create(declared.clone()).unwrap();
        let stored = ExtensionSchema {
            urn: new.urn,
            organization_id: Id(Uuid::nil()),
            name: new.name,
            description: new.description,
            extends: new.extends,
            attributes: new.attributes,
            version: 1,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        let shown = to_message(stored);
        assert_eq!(
            (&shown.id, &shown.attributes),
            (&declared.id, &declared.attributes)
        );
        assert_eq!(shown.etag, "1");
    }

    #[test]
    fn sub_attributes_have_none_themselves() {
        let nested = (0..3).fold(attribute("leaf", 1), |inner, _| v1::SchemaAttribute {
            sub_attributes: vec![inner],
            ..attribute("complex", 8)
        });
        assert!(create(schema(vec![nested])).is_err());
    }

    #[test]
    fn a_schema_extends_users_or_groups() {
        assert!(
            create(v1::ExtensionSchema {
                extends: 0,
                ..schema(vec![])
            })
            .is_err()
        );
        assert!(
            create(v1::ExtensionSchema {
                extends: 2,
                ..schema(vec![])
            })
            .is_ok()
        );
    }
}
