//! JSON objects and `google.protobuf.Struct`, for values of extension schemas.

use identity_core::error::{Error, Result};
use identity_proto::v1::ExtensionValues;
use prost_types::{ListValue, Struct, Value as ProtoValue, value::Kind};
use serde_json::{Map, Number, Value};

/// Levels of a value. A schema can declare four (attribute, list, complex, list); what is deeper is no value of one.
const MAX_DEPTH: usize = 8;
/// Whole numbers up to here are the same in a double.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

pub(super) fn to_message(extensions: Map<String, Value>) -> Vec<ExtensionValues> {
    let entry = |(schema, values)| ExtensionValues {
        schema,
        attributes: match values {
            Value::Object(values) => Some(to_struct(values)),
            _ => None,
        },
    };
    extensions.into_iter().map(entry).collect()
}

pub(super) fn from_message(extensions: Vec<ExtensionValues>) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for (index, entry) in extensions.into_iter().enumerate() {
        let field = format!("extensions[{index}]");
        let values = from_struct(entry.attributes.unwrap_or_default(), MAX_DEPTH)
            .map_err(|rule| Error::invalid(format!("{field}.attributes"), rule))?;
        if map.insert(entry.schema, Value::Object(values)).is_some() {
            return Err(Error::invalid(format!("{field}.schema"), "must not appear twice"));
        }
    }
    Ok(map)
}

fn to_struct(values: Map<String, Value>) -> Struct {
    let fields = values.into_iter().map(|(name, value)| (name, to_value(value)));
    Struct {
        fields: fields.collect(),
    }
}

fn to_value(value: Value) -> ProtoValue {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(value),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(values) => Kind::ListValue(ListValue {
            values: values.into_iter().map(to_value).collect(),
        }),
        Value::Object(values) => Kind::StructValue(to_struct(values)),
    };
    ProtoValue { kind: Some(kind) }
}

fn from_struct(values: Struct, depth: usize) -> Result<Map<String, Value>, String> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| format!("must not be more than {MAX_DEPTH} levels deep"))?;
    let fields = values.fields.into_iter();
    fields
        .map(|(name, value)| Ok((name, from_value(value, depth)?)))
        .collect()
}

fn from_value(value: ProtoValue, depth: usize) -> Result<Value, String> {
    Ok(match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => Value::Bool(value),
        Some(Kind::NumberValue(number)) => Value::Number(from_number(number)?),
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ListValue(list)) => from_list(list, depth)?,
        Some(Kind::StructValue(values)) => Value::Object(from_struct(values, depth)?),
    })
}

fn from_list(list: ListValue, depth: usize) -> Result<Value, String> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| format!("must not be more than {MAX_DEPTH} levels deep"))?;
    let values = list.values.into_iter().map(|value| from_value(value, depth));
    Ok(Value::Array(values.collect::<Result<_, _>>()?))
}

/// A double that is a whole number becomes one, so that 7 does not come back as 7.0.
fn from_number(number: f64) -> Result<Number, String> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
    if number.fract() == 0.0 && number.abs() <= MAX_WHOLE {
        return Ok(Number::from(number as i64));
    }
    Number::from_f64(number).ok_or_else(|| "must hold numbers that are finite".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::{MAX_DEPTH, from_message, from_value, to_message, to_value};

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1_i64 << 53)..=1 << 53).prop_map(Value::from),
            (0.1..0.9).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_come_back(value in values()) {
            prop_assert_eq!(from_value(to_value(value.clone()), MAX_DEPTH), Ok(value));
        }
    }

    fn extensions(values: Value) -> Map<String, Value> {
        Map::from_iter([("urn:example:2.0:User".to_owned(), values)])
    }

    #[test]
    fn extensions_come_back() {
        let map = extensions(json!({"badge": 7, "tags": ["a", "b"]}));
        assert_eq!(from_message(to_message(map.clone())).unwrap(), map);
    }

    #[test]
    fn a_schema_appears_once() {
        let entry = to_message(extensions(json!({}))).remove(0);
        assert!(from_message(vec![entry.clone(), entry]).is_err());
    }

    #[test]
    fn depth_is_limited_and_numbers_are_finite() {
        let deep = (0..MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
        assert!(from_message(to_message(extensions(json!({ "a": deep })))).is_err());
        let mut odd = to_message(extensions(json!({"a": 1.5})));
        for value in odd[0].attributes.as_mut().unwrap().fields.values_mut() {
            value.kind = Some(prost_types::value::Kind::NumberValue(f64::NAN));
        }
        assert!(from_message(odd).is_err());
    }
}
