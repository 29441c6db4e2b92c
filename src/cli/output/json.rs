//! Messages in the proto's JSON form, through the descriptor set that the API crate carries.

use identity_proto::json;
use prost::{Message, Name};
use prost_reflect::MessageDescriptor;
use serde_json::Value;

use crate::failure::Failure;

/// A message in its JSON form.
pub(crate) fn to_json<M: Message + Name>(message: &M) -> Result<Value, Failure> {
    json::to_json(descriptor::<M>()?, &message.encode_to_vec())
        .map_err(|cause| Failure::while_doing("the answer cannot be shown", cause))
}

/// Reads a message from its JSON form. An unknown field is an error: it would be lost in silence.
pub(crate) fn from_json<M: Message + Name + Default>(text: &str) -> Result<M, String> {
    let descriptor = descriptor::<M>().map_err(|failure| failure.to_string())?;
    let message = json::from_json(descriptor, text.as_bytes()).map_err(|cause| cause.to_string())?;
    M::decode(message.as_slice()).map_err(|cause| cause.to_string())
}

/// The leaves of a JSON value with their paths, as in `emails[0].value`.
pub(crate) fn leaves(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(inner, format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                collect(inner, format!("{path}[{index}]"), found);
            }
        }
        Value::String(text) => found.push((path, text.clone())),
        other => found.push((path, other.to_string())),
    }
}

/// The names of a message's fields.
pub(crate) fn field_names<M: Name>() -> Vec<String> {
    let fields = descriptor::<M>().map(|it| it.fields().map(|field| field.name().to_owned()).collect());
    fields.unwrap_or_default()
}

pub(super) fn descriptor<M: Name>() -> Result<MessageDescriptor, Failure> {
    let name = M::full_name();
    json::descriptors()
        .get_message_by_name(&name)
        .ok_or_else(|| Failure::Refused(format!("the descriptor set lacks {name}")))
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{Organization, User};
    use prost_types::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_take_the_protos_json_form() {
        let organization = Organization {
            slug: "acme".into(),
            seats: 5,
            sso_enabled: true,
            create_time: Some(Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            }),
            ..Organization::default()
        };
        let expected =
            json!({"slug": "acme", "seats": "5", "ssoEnabled": true, "createTime": "2023-11-14T22:13:20Z"});
        assert_eq!(to_json(&organization).unwrap(), expected);
    }

    #[test]
    fn json_comes_back_as_the_same_message() {
        let user: User =
            from_json(r#"{"userName": "anna", "active": false, "emails": [{"value": "a@b.example"}]}"#)
                .unwrap();
        assert_eq!(user.active, Some(false));
        let again: User = from_json(&to_json(&user).unwrap().to_string()).unwrap();
        assert_eq!(again, user);
    }

    #[test]
    fn unknown_fields_and_trailing_text_are_refused() {
        assert!(
            from_json::<User>(r#"{"usrName": "anna"}"#)
                .unwrap_err()
                .contains("usrName")
        );
        assert!(from_json::<User>(r#"{"userName": "anna"} x"#).is_err());
    }

    #[test]
    fn leaves_have_paths() {
        let value = json!({"a": {"b": [1, {"c": "x"}]}, "d": true});
        let expected = [("a.b[0]", "1"), ("a.b[1].c", "x"), ("d", "true")];
        let expected: Vec<_> = expected
            .iter()
            .map(|(p, v)| (p.to_string(), v.to_string()))
            .collect();
        assert_eq!(leaves(&value), expected);
    }
}
