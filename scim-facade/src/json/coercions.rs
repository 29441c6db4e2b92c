//! Values that come in another form than their type has.

use std::fmt::Display;

use serde_json::Value;

use crate::{
    attributes::{Attribute, Kind},
    filter::boolean,
};

/// Statements about one request; more say nothing new.
const MAX_STATEMENTS: usize = 20;

/// Adds a statement for each boolean and number that stands as text in the value of an attribute. `path` names the attribute.
pub(crate) fn coercions(attribute: &Attribute, value: &Value, path: &dyn Display, out: &mut Vec<String>) {
    if out.len() >= MAX_STATEMENTS {
        return;
    }
    match (attribute.kind, value) {
        (_, Value::Array(elements)) => {
            for element in elements.iter().filter(|it| !it.is_array()) {
                coercions(attribute, element, path, out);
            }
        }
        (Kind::Boolean, Value::String(text)) => {
            out.extend(boolean(text).map(|value| format!("{path}: \"{text}\" read as {value}")));
        }
        (Kind::Integer | Kind::Decimal, Value::String(text)) if !text.is_empty() => {
            out.push(format!("{path}: text read as a number"));
        }
        (Kind::Complex, Value::Object(parts)) => {
            for (name, value) in parts {
                if let Some(part) = attribute.sub(name) {
                    coercions(part, value, &format_args!("{path}.{}", part.name), out);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attributes::{Tables, Target};

    fn told(name: &str, value: &Value) -> Vec<String> {
        let tables = Tables::builtin();
        let Ok(Target::Attribute(attribute_path)) = tables.user.resolve(name) else {
            panic!("{name}");
        };
        let mut out = Vec::new();
        coercions(attribute_path.leaf(), value, &attribute_path, &mut out);
        out
    }

    #[test]
    fn booleans_that_came_as_text_are_told() {
        assert_eq!(
            told("active", &json!("False")),
            [r#"active: "False" read as false"#]
        );
        let emails = json!([{ "value": "a@b.example", "primary": "true" }, { "primary": true }]);
        assert_eq!(
            told("emails", &emails),
            [r#"emails.primary: "true" read as true"#]
        );
        for value in [json!(false), json!("perhaps"), json!(null), json!([])] {
            assert_eq!(told("active", &value), [""; 0]);
        }
        let many = vec![json!({ "primary": "true" }); 100];
        assert_eq!(told("emails", &many.into()).len(), MAX_STATEMENTS);
    }
}
