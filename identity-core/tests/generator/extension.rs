//! An extension schema with an attribute of every form, and values of it.

use identity_core::{
    id::Id,
    platform::Timestamp,
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
};
use proptest::{option::of, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::values::{TIMES, decimal, integer, maybe_text, text};

/// The URN of the schema; groups have the same attributes under another one.
pub(super) const USER_URN: &str = "urn:example:2.0:User";
const GROUP_URN: &str = "urn:example:2.0:Group";

fn attribute(name: &str, kind: AttributeType) -> SchemaAttribute {
    SchemaAttribute {
        name: name.to_owned(),
        kind,
        multi_valued: false,
        description: String::new(),
        required: false,
        canonical_values: Vec::new(),
        case_exact: false,
        sub_attributes: Vec::new(),
    }
}

fn attributes() -> Vec<SchemaAttribute> {
    use AttributeType as T;
    let parts = vec![
        attribute("Floor", T::Integer),
        attribute("room", T::String),
        attribute("primary", T::Boolean),
    ];
    let complex = |name| SchemaAttribute {
        sub_attributes: parts.clone(),
        ..attribute(name, T::Complex)
    };
    vec![
        attribute("Badge", T::String),
        SchemaAttribute {
            case_exact: true,
            ..attribute("code", T::String)
        },
        attribute("vip", T::Boolean),
        attribute("level", T::Integer),
        attribute("score", T::Decimal),
        attribute("since", T::DateTime),
        SchemaAttribute {
            multi_valued: true,
            ..attribute("tags", T::String)
        },
        complex("office"),
        SchemaAttribute {
            multi_valued: true,
            ..complex("desks")
        },
    ]
}

/// The schemas of the organization.
pub(super) fn schemas(organization: Id) -> Vec<ExtensionSchema> {
    let schema = |urn: &str, extends| ExtensionSchema {
        urn: urn.to_owned(),
        organization_id: organization,
        name: "Example".to_owned(),
        description: String::new(),
        extends,
        attributes: attributes(),
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    vec![
        schema(USER_URN, ExtendedType::User),
        schema(GROUP_URN, ExtendedType::Group),
    ]
}

/// Values of the schema in the form that is stored.
pub(super) fn values(extends: ExtendedType) -> impl Strategy<Value = Map<String, Value>> {
    let urn = match extends {
        ExtendedType::User => USER_URN,
        ExtendedType::Group => GROUP_URN,
    };
    let single = (
        maybe_text(),
        maybe_text(),
        of(any::<bool>()),
        of(integer()),
        of(decimal()),
        of(select(TIMES.as_slice())),
    );
    let lists = (
        proptest::collection::vec(text(), 0..3),
        of(desk()),
        proptest::collection::vec(desk(), 0..3),
    );
    (single, lists).prop_map(
        move |((badge, code, vip, level, score, since), (tags, office, desks))| {
            let values = object([
                ("Badge", json!(badge)),
                ("code", json!(code)),
                ("vip", json!(vip)),
                ("level", json!(level)),
                ("score", json!(score)),
                ("since", json!(since)),
                ("tags", json!(tags)),
                ("office", json!(office)),
                ("desks", json!(desks)),
            ]);
            Map::from_iter([(urn.to_owned(), Value::Object(values))])
        },
    )
}

fn desk() -> impl Strategy<Value = Value> {
    (integer(), maybe_text(), of(any::<bool>())).prop_map(|(floor, room, primary)| {
        let parts = [
            ("Floor", json!(floor)),
            ("room", json!(room)),
            ("primary", json!(primary)),
        ];
        Value::Object(object(parts))
    })
}

fn object<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    let absent = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let present = values.into_iter().filter(|(_, value)| !absent(value));
    present.map(|(name, value)| (name.to_owned(), value)).collect()
}
