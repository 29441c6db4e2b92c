//! Operand that an attribute is compared with, as a key of the attribute's type.

use super::{Operator, Value};
use crate::{
    attributes::{Attribute, DataType, refuse},
    error::Result,
    search::key,
};

/// The key of `value`, if the attribute can be compared with it in this way.
pub(super) fn operand(attribute: &Attribute, operator: Operator, value: &Value) -> Result<String> {
    check_operator(attribute, operator)?;
    let mismatch = |rule: &str| refuse(&attribute.name, rule);
    match (attribute.data, value) {
        (DataType::Text(case), Value::Text(text)) => Ok(key::text(case, text)),
        (DataType::Text(_) | DataType::Binary, _) if !matches!(value, Value::Text(_)) => {
            Err(mismatch("the attribute is compared with a text"))
        }
        (DataType::Binary, Value::Text(text)) => Ok(text.clone()),
        (DataType::Boolean, value) => {
            let truth =
                truth(value).ok_or_else(|| mismatch("the attribute is compared with true or false"))?;
            Ok(key::boolean(truth).to_owned())
        }
        (DataType::Number, value) => {
            let number = number(value).ok_or_else(|| mismatch("the attribute is compared with a number"))?;
            Ok(key::number(number))
        }
        (DataType::Time, Value::Time(time)) => Ok(key::time(*time)),
        (DataType::Time, Value::Text(text)) => {
            let time = key::parse_time(text).ok_or_else(|| mismatch("the value is no time of RFC 3339"))?;
            Ok(key::time(time))
        }
        _ => Err(mismatch("the value does not suit the attribute's type")),
    }
}

/// RFC 7644, section 3.4.2.2: booleans and binaries have no order; parts are looked for in texts alone.
fn check_operator(attribute: &Attribute, operator: Operator) -> Result<()> {
    let allowed = match operator {
        Operator::Equal | Operator::NotEqual => true,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
            matches!(attribute.data, DataType::Text(_))
        }
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            !matches!(attribute.data, DataType::Boolean | DataType::Binary)
        }
    };
    if allowed {
        Ok(())
    } else {
        Err(refuse(
            &attribute.name,
            "the operator does not suit the attribute's type",
        ))
    }
}

/// Entra writes booleans as texts, in any case.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(truth) => Some(*truth),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        // Beyond 53 bits several whole numbers share a double; stored ones are never that large, so no comparison goes wrong.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        Value::Integer(number) => Some(*number as f64),
        Value::Decimal(number) if !number.is_nan() => Some(*number),
        _ => None,
    }
}
