//! JSON text to a tree, with what SCIM cannot use refused on the way.

use std::{cell::Cell, fmt};

use http::StatusCode;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{
    error::{Result, ScimError, ScimType},
    limits::MAX_VALUES,
};

/// Levels of objects and lists that a body may have. A PATCH within a bulk request needs nine.
pub const MAX_DEPTH: usize = 32;

/// Characters of a name that an error shows.
const MAX_SHOWN: usize = 100;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a body that must be one JSON object. Unpaired surrogates, NUL characters, names that an object holds twice and
/// nesting without end are refused: other readers of the same text might take them for something else.
pub fn read_object(bytes: &[u8]) -> Result<Map<String, Value>> {
    match read_value(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(ScimError::new(
            ScimType::InvalidSyntax,
            "the body must be a JSON object",
        )),
    }
}

/// Reads any JSON value under the same rules.
pub(super) fn read_value(bytes: &[u8]) -> Result<Value> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let (refused, values) = (Cell::new(None), Cell::new(0));
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    // The depth is counted here, with a smaller limit and a better message.
    let read = Reader {
        depth: 0,
        values: &values,
        refused: &refused,
    }
    .deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    match (read, refused.into_inner()) {
        (Ok(value), _) => Ok(value),
        (Err(_), Some(refused)) => Err(refused),
        (Err(error), None) => Err(ScimError::new(
            ScimType::InvalidSyntax,
            format!("the body is no JSON: {error}"),
        )),
    }
}

type Refusal = Cell<Option<ScimError>>;

#[derive(Clone, Copy)]
struct Reader<'r> {
    depth: usize,
    /// Values so far.
    values: &'r Cell<usize>,
    refused: &'r Refusal,
}

impl Reader<'_> {
    fn refuse<E: Error>(self, scim_type: ScimType, why: &str) -> E {
        self.refused
            .set(Some(ScimError::new(scim_type, format!("the body {why}"))));
        E::custom("refused")
    }

    fn deeper<E: Error>(self) -> std::result::Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(
                ScimType::InvalidSyntax,
                &format!("is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    fn text<E: Error>(self, text: String) -> std::result::Result<String, E> {
        if text.contains('\0') {
            return Err(self.refuse(ScimType::InvalidValue, "holds a text with a NUL character"));
        }
        Ok(text)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            // Each takes many times the memory of its text.
            let why = format!("the body has more than {MAX_VALUES} values");
            self.refused
                .set(Some(ScimError::plain(StatusCode::PAYLOAD_TOO_LARGE, why)));
            return Err(D::Error::custom("refused"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> std::result::Result<Value, E> {
        self.text(value.to_owned()).map(Value::String)
    }

    fn visit_string<E: Error>(self, value: String) -> std::result::Result<Value, E> {
        self.text(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<Value, A::Error> {
        let reader = self.deeper()?;
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(reader)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Value, A::Error> {
        let reader = self.deeper()?;
        // Most objects of large bodies are members, with one part each.
        let mut object = Map::with_capacity(1);
        while let Some(name) = members.next_key::<String>()? {
            let name = self.text(name)?;
            let value = members.next_value_seed(reader)?;
            if object.contains_key(&name) {
                return Err(self.refuse(
                    ScimType::InvalidSyntax,
                    &format!("holds `{}` twice in one object", start_of(&name)),
                ));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Enough of a name to know it by.
fn start_of(name: &str) -> &str {
    name.char_indices()
        .nth(MAX_SHOWN)
        .map_or(name, |(end, _)| &name[..end])
}
