//! Values of declared schemas between JSON and protobuf's `Struct`.

use prost_types::{ListValue, Struct, Value as ProtoValue, value::Kind};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Whole numbers up to here are exact in a `Struct`, which holds all numbers as `f64`.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A `Struct` as a JSON object.
pub(super) struct ObjectJson<'a>(pub(super) &'a Struct);

struct ValueJson<'a>(&'a ProtoValue);

impl Serialize for ObjectJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.fields.iter().map(|(name, value)| (name, ValueJson(value))))
    }
}

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.kind {
            None | Some(Kind::NullValue(_)) => serializer.serialize_unit(),
            Some(Kind::BoolValue(value)) => serializer.serialize_bool(*value),
            Some(Kind::NumberValue(number)) if number.fract() == 0.0 && number.abs() <= MAX_EXACT =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole and within 53 bits, as just checked"
                )]
                serializer.serialize_i64(*number as i64)
            }
            Some(Kind::NumberValue(number)) => serializer.serialize_f64(*number),
            Some(Kind::StringValue(text)) => serializer.serialize_str(text),
            Some(Kind::ListValue(list)) => serializer.collect_seq(list.values.iter().map(ValueJson)),
            Some(Kind::StructValue(object)) => ObjectJson(object).serialize(serializer),
        }
    }
}

/// A JSON object as a `Struct`.
pub(super) fn to_struct(object: Map<String, Value>) -> Struct {
    Struct {
        fields: object
            .into_iter()
            .map(|(name, value)| (name, to_value(value)))
            .collect(),
    }
}

fn to_value(value: Value) -> ProtoValue {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(value),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(list) => Kind::ListValue(ListValue {
            values: list.into_iter().map(to_value).collect(),
        }),
        Value::Object(object) => Kind::StructValue(to_struct(object)),
    };
    ProtoValue { kind: Some(kind) }
}
