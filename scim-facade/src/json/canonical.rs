//! One value as its attribute's type demands, whatever the form it was sent in: canonical names, booleans that are booleans, lists
//! that are lists, and nothing where there is no value.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, hash_map::Entry},
};

use serde_json::{Map, Number, Value};

use super::forms::{embedded, structure};
use crate::{
    attributes::{Attribute, Case, ElementIdentity, Kind, Necessity, TextForm, Uniqueness},
    error::{ScimError, ScimType},
    filter::{boolean, decimal, fold, kind_name, zoned},
};

/// The largest whole number that JSON readers agree on.
const MAX_INTEGER: i64 = 1 << 53;

/// Bytes of a text that is compared without case; the core refuses longer ones.
const MAX_FOLDED: usize = 8 * 1024;

const ONE_VALUE: &str = "must be one value, and no list of several";

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

/// A list; what is sent alone is a list of one (quirk Q30). Elements that are the same are one (RFC 7643, section 2.4).
fn list(attribute: &Attribute, value: Value) -> Canonical {
    let sent = match from_text(attribute, value)? {
        Value::Array(elements) => elements,
        Value::Null => return Ok(None),
        alone => vec![alone],
    };
    check_length(attribute, sent.len())?;
    let mut elements: Vec<Value> = Vec::with_capacity(sent.len());
    let mut places = HashMap::new();
    for value in sent {
        let Some(value) = element(attribute, value)? else {
            continue;
        };
        match places.entry(equal_key(attribute, &value, &plain)) {
            Entry::Vacant(slot) => {
                slot.insert(elements.len());
                elements.push(value);
            }
            Entry::Occupied(slot) => absorb(&mut elements[*slot.get()], value),
        }
    }
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// Refuses a list of more elements than the attribute takes.
pub(crate) fn check_length(attribute: &Attribute, length: usize) -> Result<(), Fault> {
    let maximum = attribute.max_elements;
    if length <= maximum {
        return Ok(());
    }
    Err(Fault::new(
        attribute,
        format!("must not have more than {maximum} elements"),
    ))
}

/// Takes over what the same element says when it comes again; what makes it the same stays as it was first spelled.
pub(crate) fn absorb(element: &mut Value, again: Value) {
    if let (Value::Object(parts), Value::Object(again)) = (element, again) {
        let new = again
            .into_iter()
            .filter(|(name, _)| name != "value" && name != "type");
        parts.extend(new.collect::<Map<_, _>>());
    }
}

/// The list or object that came as text.
fn from_text(attribute: &Attribute, value: Value) -> Result<Value, Fault> {
    match value {
        Value::String(text) => {
            let inner = embedded(&text).map_err(|why| Fault::new(attribute, why))?;
            Ok(inner.unwrap_or(Value::String(text)))
        }
        value => Ok(value),
    }
}

/// One element of a list, or the value of an attribute that is none.
pub(crate) fn element(attribute: &Attribute, value: Value) -> Canonical {
    match attribute.kind {
        Kind::Complex => object(attribute, value),
        _ => simple(attribute, value),
    }
}

fn object(attribute: &Attribute, value: Value) -> Canonical {
    let is_text = value.is_string();
    match from_text(attribute, value)? {
        Value::Null => Ok(None),
        Value::Object(parts) if is_text => object_of(attribute, with_display(attribute, parts)),
        Value::Object(parts) => object_of(attribute, parts),
        Value::String(text) if text.is_empty() => Ok(None),
        // Quirk Q41: an id for the object around it.
        Value::String(text) if attribute.has_value() => {
            object_of(attribute, Map::from_iter([("value".to_owned(), text.into())]))
        }
        // Quirk Q41: a list of one for the one.
        Value::Array(elements) if elements.len() < 2 => only(elements, |value| object(attribute, value)),
        Value::Array(_) if !attribute.is_multi_valued() => Err(Fault::new(attribute, ONE_VALUE)),
        _ => Err(Fault::new(attribute, "must be an object")),
    }
}

/// Reads the one element of a list where one value belongs; none is no value.
fn only(mut elements: Vec<Value>, read: impl FnOnce(Value) -> Canonical) -> Canonical {
    elements.pop().map_or(Ok(None), read)
}

/// Quirk Q43: Entra names what is shown as it does in its own API.
fn with_display(attribute: &Attribute, mut parts: Map<String, Value>) -> Map<String, Value> {
    if attribute.sub("displayName").is_none()
        && attribute.sub("display").is_some()
        && let Some(name) = parts.shift_remove("displayName")
    {
        parts.entry("display").or_insert(name);
    }
    parts
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
        parts.insert(part.name.clone().into_owned(), value);
    }
    unwrap_value(attribute, &mut parts)?;
    if let (None, Some(id)) = (parts.get("value"), reference.flatten()) {
        parts.insert("value".to_owned(), id.into());
    }
    Ok((!parts.is_empty()).then_some(Value::Object(parts)))
}

/// Takes apart an object that stands as JSON text in the place of its `value`; what is beside it stays.
fn unwrap_value(attribute: &Attribute, parts: &mut Map<String, Value>) -> Result<(), Fault> {
    if attribute.text_form == TextForm::Plain {
        return Ok(());
    }
    let Some(inner) = parts.get("value").and_then(Value::as_str).and_then(structure) else {
        return Ok(());
    };
    let inner = match inner {
        Value::Object(inner) => object_of(attribute, with_display(attribute, inner)),
        inner => object(attribute, inner),
    };
    let Some(Value::Object(inner)) = inner?.filter(|inner| inner.get("value").is_some()) else {
        let why = "must be a text, and is JSON without a value";
        return Err(Fault::new(attribute, why));
    };
    parts.shift_remove("value");
    for (name, value) in inner {
        parts.entry(name).or_insert(value);
    }
    Ok(())
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
        // SCIM-SDK up to 1.33 sends a list of one for each single value.
        (_, Value::Array(elements)) if elements.len() < 2 => {
            return only(elements, |value| simple(attribute, value));
        }
        (_, Value::Array(_)) if !attribute.is_multi_valued() => {
            return Err(Fault::new(attribute, ONE_VALUE));
        }
        (Kind::String | Kind::Reference | Kind::Binary, Value::String(text)) => Some(Value::String(text)),
        (Kind::String, Value::Number(number)) if !identifies(attribute) => Some(number.to_string().into()),
        (Kind::Boolean, Value::Bool(value)) => Some(value.into()),
        // Quirks Q29 and Q34.
        (Kind::Boolean, Value::String(text)) => boolean(&text).map(Value::Bool),
        (Kind::Integer, Value::Number(number)) => return whole_number(attribute, &number),
        (Kind::Integer, Value::String(text)) => match text.parse::<Number>() {
            Ok(number) => return whole_number(attribute, &number),
            Err(_) => None,
        },
        (Kind::Decimal, Value::Number(number)) => Some(number.into()),
        (Kind::Decimal, Value::String(text)) => decimal(&text).map(Value::from),
        (Kind::DateTime, Value::String(text)) => zoned(&text).map(|text| text.into_owned().into()),
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

fn whole_number(attribute: &Attribute, number: &Number) -> Canonical {
    match integer(number) {
        Some(whole) => Ok(Some(whole.into())),
        None if number.as_f64().is_some_and(|number| number.fract() == 0.0) => Err(Fault::new(
            attribute,
            format!("must be between -{MAX_INTEGER} and {MAX_INTEGER}"),
        )),
        None => Err(Fault::new(attribute, "must be a whole number")),
    }
}

/// The whole number that a JSON number is, within the range on which JSON readers agree: 1, 1.0 and 1e0 are one.
pub(crate) fn integer(number: &Number) -> Option<i64> {
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
    (-MAX_INTEGER..=MAX_INTEGER).contains(&whole).then_some(whole)
}

/// The project whose role a value is; absent: it is one in the organization. A project's id has 36 characters, and a colon follows.
fn place_of(value: Option<&Value>) -> Option<&str> {
    const ID: usize = 36;
    let (slot, _) = value?.as_str()?.split_once(':')?;
    (slot.len() == ID).then_some(slot)
}

/// A way to fold texts.
type Fold<'f> = &'f dyn for<'t> Fn(&'t str) -> Cow<'t, str>;

fn plain(text: &str) -> Cow<'_, str> {
    fold(text).into()
}

/// A key that is equal for two elements of a list when they are the same one, so that there is room for one of them only.
pub(crate) fn identity_key(attribute: &Attribute, element: &Value, fold: Fold<'_>) -> String {
    match (attribute.identity, element) {
        (ElementIdentity::Scope, Value::Object(parts)) if attribute.has_value() => {
            place_of(parts.get("value")).unwrap_or_default().to_owned()
        }
        _ => equal_key(attribute, element, fold),
    }
}

/// A key that is equal for two elements that say the same: by `value` and `type`, and in a set by `value` alone; without a `value`, by
/// all but `primary`.
fn equal_key(attribute: &Attribute, element: &Value, fold: Fold<'_>) -> String {
    let Value::Object(parts) = element else {
        return element.to_string();
    };
    if !attribute.has_value() {
        let content = parts.iter().filter(|(name, _)| *name != "primary");
        let sorted: BTreeMap<_, _> = content.collect();
        return format!("{sorted:?}");
    }
    let case = attribute.sub("value").map_or(Case::Exact, |part| part.case);
    let value = match (parts.get("value"), case) {
        (Some(Value::String(text)), Case::Ignored) if text.len() <= MAX_FOLDED => fold(text),
        (Some(Value::String(text)), _) => text.into(),
        (other, _) => format!("{other:?}").into(),
    };
    match attribute.identity {
        ElementIdentity::Value => value.into_owned(),
        ElementIdentity::ValueAndType | ElementIdentity::Scope => {
            let kind = parts.get("type").and_then(Value::as_str).unwrap_or_default();
            let kind = if kind.len() <= MAX_FOLDED {
                fold(kind)
            } else {
                kind.into()
            };
            // NUL is no character of a value.
            format!("{value}\0{kind}")
        }
    }
}
