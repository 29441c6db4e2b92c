//! One value as its attribute's type demands, whatever the form it was sent in: canonical names, booleans that are booleans, lists
//! that are lists, and nothing where there is no value.

use serde_json::{Map, Number, Value};

use crate::{
    attributes::{Attribute, Kind, Necessity, Sameness, TextForm, Uniqueness},
    error::{ScimError, ScimType},
    filter::{boolean, decimal, kind_name, time},
};

/// Elements that a list may have; members of groups are counted elsewhere.
pub(crate) const MAX_ELEMENTS: usize = 100;

/// The largest whole number that JSON readers agree on.
const MAX_INTEGER: i64 = 1 << 53;

/// Why a value does not suit its attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    path: String,
    why: String,
}

impl Fault {
    pub(crate) fn new(attribute: &Attribute, why: impl Into<String>) -> Self {
        Self {
            path: attribute.name.clone().into_owned(),
            why: why.into(),
        }
    }

    /// The same fault, seen from what the attribute is a part of.
    pub(crate) fn within(mut self, parent: &str) -> Self {
        self.path = format!("{parent}.{}", self.path);
        self
    }

    pub(crate) fn into_error(self) -> ScimError {
        ScimError::new(ScimType::InvalidValue, format!("{}: {}", self.path, self.why))
    }
}

type Canonical = Result<Option<Value>, Fault>;

/// The value in canonical form; nothing if it is none: null, an empty list, an empty text or object (RFC 7643, section 2.5,
/// quirk Q27).
pub(crate) fn canonical(attribute: &Attribute, value: Value) -> Canonical {
    if attribute.is_multi_valued() {
        list(attribute, value)
    } else {
        element(attribute, value)
    }
}

/// A list; what is sent alone is a list of one (quirk Q30).
fn list(attribute: &Attribute, value: Value) -> Canonical {
    let sent = match value {
        Value::Array(elements) => elements,
        Value::Null => return Ok(None),
        alone => vec![alone],
    };
    if sent.len() > MAX_ELEMENTS {
        return Err(Fault::new(
            attribute,
            format!("must not have more than {MAX_ELEMENTS} elements"),
        ));
    }
    let mut elements: Vec<Value> = Vec::with_capacity(sent.len());
    for value in sent {
        let Some(value) = element(attribute, value)? else {
            continue;
        };
        let is_set = attribute.sameness == Sameness::Value;
        if !(is_set
            && elements
                .iter()
                .any(|other| is_same_element(attribute, other, &value)))
        {
            elements.push(value);
        }
    }
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// One element of a list, or the value of an attribute that is none.
pub(crate) fn element(attribute: &Attribute, value: Value) -> Canonical {
    match attribute.kind {
        Kind::Complex => object(attribute, value),
        _ => simple(attribute, value),
    }
}

fn object(attribute: &Attribute, value: Value) -> Canonical {
    match value {
        Value::Null => Ok(None),
        Value::Object(parts) => object_of(attribute, parts),
        // Quirk Q41: an id for the object around it.
        Value::String(text) if attribute.has_value() => match wrapped(attribute, &text) {
            Some(parts) => object_of(attribute, parts),
            None => object_of(attribute, Map::from_iter([("value".to_owned(), text.into())])),
        },
        // Quirk Q41: a list of one for the one.
        Value::Array(mut elements) if !attribute.is_multi_valued() && elements.len() < 2 => {
            object(attribute, elements.pop().unwrap_or_default())
        }
        _ => Err(Fault::new(attribute, "must be an object")),
    }
}

/// Quirk Q43: Entra puts an object with the role as JSON text where the role's name belongs.
fn wrapped(attribute: &Attribute, text: &str) -> Option<Map<String, Value>> {
    if attribute.text_form == TextForm::Plain || !text.trim_start().starts_with('{') {
        return None;
    }
    let mut parts: Map<String, Value> = serde_json::from_str(text).ok()?;
    if !parts.get("value")?.is_string() {
        return None;
    }
    if let Some(name) = parts.remove("displayName") {
        parts.entry("display").or_insert(name);
    }
    Some(parts)
}

fn object_of(attribute: &Attribute, sent: Map<String, Value>) -> Canonical {
    let mut parts = Map::new();
    let mut reference = None;
    for (name, value) in sent {
        let Some(part) = attribute.sub(&name) else {
            continue;
        };
        // The id says the same, and the URI is made for each answer.
        if part.name == "$ref" {
            reference = value.as_str().map(id_of);
            continue;
        }
        if !part.is_writable() {
            continue;
        }
        let Some(value) = canonical(part, value).map_err(|fault| fault.within(&attribute.name))? else {
            continue;
        };
        if parts.contains_key(part.name.as_ref()) {
            return Err(Fault::new(part, "is given twice").within(&attribute.name));
        }
        match unwrapped(attribute, part, &value) {
            Some(inner) => parts.extend(inner),
            None => _ = parts.insert(part.name.clone().into_owned(), value),
        }
    }
    if let (None, Some(id)) = (parts.get("value"), reference.flatten()) {
        parts.insert("value".to_owned(), id.into());
    }
    Ok((!parts.is_empty()).then_some(Value::Object(parts)))
}

/// The parts of an object that stands as JSON text in the place of its `value`.
fn unwrapped(attribute: &Attribute, part: &Attribute, value: &Value) -> Option<Map<String, Value>> {
    let parts = wrapped(attribute, value.as_str().filter(|_| part.name == "value")?)?;
    let inner = parts.into_iter().filter(|(name, value)| {
        (name == "value" || name == "display") && value.as_str().is_some_and(|text| !text.is_empty())
    });
    Some(inner.collect())
}

/// The last segment of a URI, which is the id of what it points to.
pub(super) fn id_of(uri: &str) -> Option<String> {
    let id = uri.trim_end_matches('/').rsplit('/').next()?;
    (!id.is_empty()).then(|| id.to_owned())
}

fn simple(attribute: &Attribute, value: Value) -> Canonical {
    let kind = attribute.kind;
    let value = match (kind, value) {
        (_, Value::Null) => return Ok(None),
        // Quirk Q27: an empty text clears, and it is no value of any type.
        (_, Value::String(text)) if text.is_empty() => return Ok(None),
        (Kind::String | Kind::Reference | Kind::Binary, Value::String(text)) => Some(Value::String(text)),
        (Kind::String, Value::Number(number)) if !identifies(attribute) => Some(number.to_string().into()),
        (Kind::Boolean, Value::Bool(value)) => Some(value.into()),
        // Quirks Q29 and Q34.
        (Kind::Boolean, Value::String(text)) => boolean(&text).map(Value::Bool),
        (Kind::Integer, Value::Number(number)) => integer(&number),
        (Kind::Integer, Value::String(text)) => text.parse().ok().and_then(|number: Number| integer(&number)),
        (Kind::Decimal, Value::Number(number)) => Some(number.into()),
        (Kind::Decimal, Value::String(text)) => decimal(&text).map(Value::from),
        (Kind::DateTime, Value::String(text)) => time(&text).map(|_| text.into()),
        _ => None,
    };
    match value {
        Some(value) => Ok(Some(value)),
        None => Err(Fault::new(attribute, format!("must be {}", kind_name(kind)))),
    }
}

/// A name or id: 1, 1.0 and 1e0 are the same number and not the same text, so a number is no name.
fn identifies(attribute: &Attribute) -> bool {
    attribute.necessity == Necessity::Required || attribute.uniqueness != Uniqueness::None
}

fn integer(number: &Number) -> Option<Value> {
    let whole = number.as_i64().or_else(|| {
        let number = number
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() <= 9e15)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and within the bounds just checked"
        )]
        Some(number as i64)
    })?;
    (-MAX_INTEGER..=MAX_INTEGER)
        .contains(&whole)
        .then(|| whole.into())
}

/// The project whose role a value is; absent: it is one in the organization. A project's id has 36 characters, and a colon follows.
fn place_of(value: Option<&Value>) -> Option<&str> {
    const ID: usize = 36;
    let (place, _) = value?.as_str()?.split_once(':')?;
    (place.len() == ID).then_some(place)
}

/// Whether two elements of a list are the same one, so that there is room for one of them only.
pub(crate) fn is_same_element(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    let (Value::Object(one), Value::Object(other)) = (one, other) else {
        return one == other;
    };
    if !attribute.has_value() {
        let content = |parts: &Map<String, Value>| {
            let mut parts = parts.clone();
            parts.shift_remove("primary");
            parts
        };
        return content(one) == content(other);
    }
    let types = (one, other);
    let is_type_same = || {
        let type_of = |parts: &Map<String, Value>| {
            parts
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_lowercase()
        };
        type_of(types.0) == type_of(types.1)
    };
    let (one, other) = (one.get("value"), other.get("value"));
    match attribute.sameness {
        Sameness::Value => one == other,
        Sameness::ValueAndType => one == other && is_type_same(),
        Sameness::Place => place_of(one) == place_of(other),
    }
}
