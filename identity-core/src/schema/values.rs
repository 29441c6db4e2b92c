//! Values of extension schemas: checked against what is declared, and brought into the form that is stored.

use serde_json::{Map, Number, Value};

use super::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute};
use crate::{
    error::{Error, Result},
    search::key::parse_time,
    validate::{
        Ignored, InputRules, MAX_ELEMENTS, Meaningless,
        text::{self, excerpt},
    },
};

/// The first whole number beyond 53 bits.
const INTEGER_END: f64 = 9_007_199_254_740_992.0;
/// Number of dropped attributes that are reported one by one; the rest is counted.
const MAX_REPORTED: usize = 100;

/// Brings the values of a resource, by URN, into the form that is stored: URNs and names as declared, absent values left out.
/// Refuses values that do not fit their type, and required ones that are missing. What no schema declares is refused or dropped, and
/// what a schema that is gone left in `before` is dropped; answers what that was.
pub fn check_values(
    resource: ExtendedType,
    values: &mut Map<String, Value>,
    schemas: &[ExtensionSchema],
    before: Option<&Map<String, Value>>,
    rules: InputRules,
) -> Result<Ignored> {
    let mut checker = Checker {
        rules,
        dropped: Vec::new(),
    };
    let mut stored = Map::new();
    for (urn, value) in std::mem::take(values) {
        let field = format!("extensions[{}]", excerpt(&urn));
        let is_left = before.and_then(|it| it.get(&urn)) == Some(&value);
        checker.rules.meaningless = if is_left {
            Meaningless::Dropped
        } else {
            rules.meaningless
        };
        let declared =
            |schema: &&ExtensionSchema| schema.extends == resource && schema.urn.eq_ignore_ascii_case(&urn);
        let Some(schema) = schemas.iter().find(declared) else {
            checker.drop(field)?;
            continue;
        };
        let object = checker.object(&field, &schema.attributes, value)?;
        if let Some(object) = object
            && stored.insert(schema.urn.clone(), object).is_some()
        {
            return Err(Error::invalid(field, "is given twice"));
        }
    }
    *values = stored;
    Ok(checker.report())
}

struct Checker {
    rules: InputRules,
    /// Names of what no schema declares.
    dropped: Vec<String>,
}

impl Checker {
    fn drop(&mut self, field: String) -> Result<()> {
        match self.rules.meaningless {
            Meaningless::Refused => Err(Error::invalid(field, "is declared by no schema")),
            Meaningless::Dropped => {
                self.dropped.push(field);
                Ok(())
            }
        }
    }

    /// The values of an object; `None` if it has none.
    fn object(&mut self, field: &str, attributes: &[SchemaAttribute], value: Value) -> Result<Option<Value>> {
        let given = match value {
            Value::Null => return Ok(None),
            Value::Object(given) => given,
            _ => return Err(Error::invalid(field, "must be an object")),
        };
        let mut checked = Map::new();
        for (name, value) in given {
            let field = format!("{field}.{}", excerpt(&name));
            let Some(attribute) = attributes.iter().find(|it| it.name.eq_ignore_ascii_case(&name)) else {
                self.drop(field)?;
                continue;
            };
            let value = self.attribute(&field, attribute, value)?;
            if let Some(value) = value
                && checked.insert(attribute.name.clone(), value).is_some()
            {
                return Err(Error::invalid(field, "is given twice"));
            }
        }
        if checked.is_empty() {
            return Ok(None);
        }
        let missing = attributes
            .iter()
            .find(|it| it.required && !checked.contains_key(&it.name));
        match missing {
            Some(attribute) => Err(Error::invalid(
                format!("{field}.{}", attribute.name),
                "is required",
            )),
            None => Ok(Some(Value::Object(checked))),
        }
    }

    /// The value of an attribute; `None` for null, an empty text and an empty list.
    fn attribute(&mut self, field: &str, attribute: &SchemaAttribute, value: Value) -> Result<Option<Value>> {
        if !attribute.multi_valued {
            return self.single(field, attribute, value);
        }
        // Some clients send a list of one as its element.
        let elements = match value {
            Value::Array(elements) => elements,
            value => vec![value],
        };
        if elements.len() > MAX_ELEMENTS {
            return Err(Error::invalid(
                field,
                format!("must have at most {MAX_ELEMENTS} elements"),
            ));
        }
        let mut checked = Vec::new();
        for (at, element) in elements.into_iter().enumerate() {
            checked.extend(self.single(&format!("{field}[{at}]"), attribute, element)?);
        }
        self.resolve_primary(field, &mut checked)?;
        Ok((!checked.is_empty()).then_some(Value::Array(checked)))
    }

    fn single(&mut self, field: &str, attribute: &SchemaAttribute, value: Value) -> Result<Option<Value>> {
        if attribute.kind == AttributeType::Complex {
            return self.object(field, &attribute.sub_attributes, value);
        }
        match value {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            value => simple(field, attribute.kind, value).map(Some),
        }
    }

    fn resolve_primary(&self, field: &str, elements: &mut [Value]) -> Result<()> {
        let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
        let mut marks: Vec<bool> = elements.iter().map(is_primary).collect();
        self.rules
            .second_primary
            .resolve(marks.iter_mut().collect())
            .map_err(|at| {
                Error::invalid(
                    format!("{field}[{at}].primary"),
                    "only one element of a list can be primary",
                )
            })?;
        for (element, mark) in elements.iter_mut().zip(marks) {
            if is_primary(element) && !mark {
                element["primary"] = Value::Bool(false);
            }
        }
        Ok(())
    }

    fn report(self) -> Ignored {
        let rest = self.dropped.len().saturating_sub(MAX_REPORTED);
        let named = self.dropped.into_iter().take(MAX_REPORTED);
        let mut report: Ignored = named
            .map(|field| format!("{field} is declared by no schema"))
            .collect();
        if rest > 0 {
            report.push(format!("{rest} more attributes are declared by no schema"));
        }
        report
    }
}

fn simple(field: &str, kind: AttributeType, value: Value) -> Result<Value> {
    let must_be = |what: &str| Error::invalid(field, format!("must be {what}"));
    match (kind, value) {
        (AttributeType::String | AttributeType::Reference, Value::String(text)) => {
            text::text(field, &text)?;
            Ok(text.into())
        }
        (AttributeType::String | AttributeType::Reference, _) => Err(must_be("a text")),
        (AttributeType::Binary, Value::String(text)) if is_base64(&text) => {
            text::base64(field, &text)?;
            Ok(text.into())
        }
        (AttributeType::Binary, _) => Err(must_be("bytes in base64")),
        (AttributeType::DateTime, Value::String(text)) if parse_time(&text).is_some() => Ok(text.into()),
        (AttributeType::DateTime, _) => Err(must_be("a time of RFC 3339")),
        (AttributeType::Boolean, value) => boolean(&value).ok_or_else(|| must_be("true or false")),
        (AttributeType::Integer, value) => {
            integer(&value).ok_or_else(|| must_be("a whole number of 53 bits"))
        }
        (AttributeType::Decimal, value) => {
            let number = value.as_f64().and_then(Number::from_f64);
            number.map(Value::Number).ok_or_else(|| must_be("a number"))
        }
        // Objects are checked part by part.
        (AttributeType::Complex, _) => Err(must_be("an object")),
    }
}

/// Entra writes booleans as texts, in any case.
fn boolean(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(truth) => Some((*truth).into()),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true.into()),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false.into()),
        _ => None,
    }
}

/// Whole numbers may come as doubles: the API's form of JSON has no others.
fn integer(value: &Value) -> Option<Value> {
    let number = value
        .as_f64()
        .filter(|it| it.fract() == 0.0 && it.abs() < INTEGER_END)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and has 53 bits")]
    Some((number as i64).into())
}

/// RFC 4648, section 4 or 5, with or without padding.
pub(crate) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let is_digit = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'-' | b'_');
    padding <= 2 && digits.len() % 4 != 1 && digits.bytes().all(is_digit)
}
