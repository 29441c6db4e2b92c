//! A literal and an operator, once it is known which attribute they are about: checked and turned into the attribute's type.

use std::borrow::Cow;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::tree::{Literal, Operator};
use crate::attributes::{Attribute, Kind, Uniqueness};

/// A value of an attribute's type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed {
    /// No value.
    Null,
    /// Text, a reference or base64.
    Text(String),
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A point in time.
    Time(OffsetDateTime),
}

/// The literal as the attribute's type, or why the comparison has no meaning.
pub(super) fn typed(attribute: &Attribute, operator: Operator, literal: &Literal) -> Result<Typed, String> {
    if !suits(attribute.kind, operator) {
        let (name, kind) = (&attribute.name, kind_name(attribute.kind));
        return Err(format!(
            "`{name}` is {kind}, which `{}` has no meaning for",
            operator.name()
        ));
    }
    if *literal == Literal::Null {
        return match operator {
            Operator::Equal | Operator::NotEqual => Ok(Typed::Null),
            _ => Err(format!(
                "null compares with eq and ne, not with `{}`",
                operator.name()
            )),
        };
    }
    // A backslash that is not doubled begins an escape of JSON, and so `CORP\nick` asks for a line break, which no name holds.
    if let Literal::Text(text) = literal
        && attribute.uniqueness != Uniqueness::None
        && text.contains(char::is_control)
    {
        return Err(format!(
            "`{}` holds no control characters; a backslash is written as two",
            attribute.name
        ));
    }
    value(attribute.kind, literal).ok_or_else(|| {
        format!(
            "`{}` is {}, and {literal} is not",
            attribute.name,
            kind_name(attribute.kind)
        )
    })
}

/// RFC 7644, table 3: booleans and binary values have no order.
fn suits(kind: Kind, operator: Operator) -> bool {
    use Operator::{Contains, EndsWith, Equal, NotEqual, StartsWith};
    match kind {
        Kind::String | Kind::Reference => true,
        Kind::Boolean | Kind::Binary => matches!(operator, Equal | NotEqual),
        Kind::Decimal | Kind::Integer | Kind::DateTime => {
            !matches!(operator, Contains | StartsWith | EndsWith)
        }
        Kind::Complex => false,
    }
}

fn value(kind: Kind, literal: &Literal) -> Option<Typed> {
    match (kind, literal) {
        (Kind::String | Kind::Reference | Kind::Binary, Literal::Text(text)) => {
            Some(Typed::Text(text.clone()))
        }
        // `employeeNumber eq 701984`: what is compared is the text of the number.
        (Kind::String, Literal::Number(number)) => Some(Typed::Text(number.to_string())),
        (Kind::Boolean, Literal::Boolean(value)) => Some(Typed::Boolean(*value)),
        // Quirk Q42: Entra compares booleans with the text "True".
        (Kind::Boolean, Literal::Text(text)) => boolean(text).map(Typed::Boolean),
        (Kind::Integer, Literal::Number(number)) => number.as_i64().map(Typed::Integer),
        (Kind::Integer, Literal::Text(text)) => text.parse().ok().map(Typed::Integer),
        (Kind::Decimal, Literal::Number(number)) => number.as_f64().map(Typed::Decimal),
        (Kind::Decimal, Literal::Text(text)) => decimal(text).map(Typed::Decimal),
        (Kind::DateTime, Literal::Text(text)) => time(text).map(Typed::Time),
        _ => None,
    }
}

/// `true` or `false` in any case (quirks Q29 and Q34).
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A finite number.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// RFC 7643, section 2.3.5: a date and a time.
pub(crate) fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&zoned(text)?, &Rfc3339).ok()
}

/// A time with its zone, which xsd:dateTime may leave out: then it is UTC. Servers hand such times out, and clients send them back.
pub(crate) fn zoned(text: &str) -> Option<Cow<'_, str>> {
    let is_time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).is_ok();
    if is_time(text) {
        return Some(text.into());
    }
    let in_utc = format!("{text}Z");
    is_time(&in_utc).then(|| in_utc.into())
}

/// The type in a sentence.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "a text",
        Kind::Boolean => "a boolean",
        Kind::Decimal => "a number",
        Kind::Integer => "a whole number",
        Kind::DateTime => "a dateTime, such as 2026-01-31T12:00:00Z",
        Kind::Binary => "binary",
        Kind::Reference => "a reference",
        Kind::Complex => "an object",
    }
}
