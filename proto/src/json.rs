//! Messages in the proto's JSON form: `lowerCamelCase` names, times in RFC 3339, 64-bit numbers as text, default values left out.

use std::{fmt, sync::LazyLock};

use prost::Message as _;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::{Deserializer, Value};
use serde_path_to_error::{Path, Segment, Track};

use crate::FILE_DESCRIPTOR_SET;

/// The descriptors of all messages and services; read once.
static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap_or_default());
/// Values of a JSON text at most: 16 MiB of ids have 430,000, and 4 MiB of empty objects took 300 MiB.
pub const MAX_VALUES: usize = 500_000;
/// Begin of the error of a field that the message does not have.
const UNKNOWN_FIELD: &str = "unrecognized field name '";

/// A refusal of a JSON text that is no message of the type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Path of the field as the text names it; empty: the text as a whole.
    pub field: String,
    /// The broken rule.
    pub rule: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => formatter.write_str(&self.rule),
            field => write!(formatter, "{field}: {}", self.rule),
        }
    }
}

/// Returns the descriptors of all messages and services.
pub fn descriptors() -> &'static DescriptorPool {
    &POOL
}

/// Converts an encoded message to JSON.
pub fn to_json(descriptor: MessageDescriptor, message: &[u8]) -> Result<Value, String> {
    let dynamic = DynamicMessage::decode(descriptor, message).map_err(|cause| cause.to_string())?;
    serde_json::to_value(&dynamic).map_err(|cause| cause.to_string())
}

/// Reads a message from JSON and encodes it. An unknown field is an error: it would be lost in silence.
pub fn from_json(descriptor: MessageDescriptor, text: &[u8]) -> Result<Vec<u8>, Invalid> {
    if values(text) > MAX_VALUES {
        return Err(Invalid {
            field: String::new(),
            rule: format!("it has more than {MAX_VALUES} values"),
        });
    }
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let mut deserializer = Deserializer::from_slice(text);
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let read = DynamicMessage::deserialize_with_options(descriptor, tracked, &options);
    let read = read.and_then(|message| deserializer.end().map(|()| message));
    let message = read.map_err(|cause| invalid(&track.path(), &cause.to_string()))?;
    Ok(message.encode_to_vec())
}

/// Counts the values in a text at most, before anything of it is kept: each follows the begin of the text, of a list or object, or a comma.
fn values(text: &[u8]) -> usize {
    let (mut count, mut is_text, mut is_escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

fn invalid(path: &Path, cause: &str) -> Invalid {
    // A text that ends within a name leaves a part that has none.
    let parts = path.iter().filter(|part| !matches!(part, Segment::Unknown));
    let mut names: Vec<String> = parts.map(ToString::to_string).collect();
    let unknown = cause
        .strip_prefix(UNKNOWN_FIELD)
        .and_then(|rest| rest.split_once('\''));
    let rule = match unknown {
        Some((name, place)) => {
            names.push(name.to_owned());
            format!("is no field there{place}")
        }
        None => cause.to_owned(),
    };
    Invalid {
        // An index stands behind the name of its list.
        field: names.join(".").replace(".[", "["),
        rule,
    }
}

#[cfg(test)]
mod tests {
    use prost::{Message as _, Name as _};

    use super::*;
    use crate::v1::{CreateUserRequest, User};

    fn refused(text: &str) -> (String, String) {
        let descriptor = descriptors().get_message_by_name(&CreateUserRequest::full_name());
        let refused = from_json(descriptor.unwrap(), text.as_bytes()).unwrap_err();
        (refused.field, refused.rule)
    }

    #[test]
    fn a_message_comes_back_from_its_json() {
        let user = User {
            user_name: "ada".into(),
            active: Some(false),
            ..User::default()
        };
        let descriptor = descriptors().get_message_by_name(&User::full_name()).unwrap();
        let json = to_json(descriptor.clone(), &user.encode_to_vec()).unwrap();
        assert_eq!(json, serde_json::json!({"userName": "ada", "active": false}));
        let again = from_json(descriptor, json.to_string().as_bytes()).unwrap();
        assert_eq!(User::decode(again.as_slice()).unwrap(), user);
    }

    #[test]
    fn the_field_at_fault_is_named_by_its_path() {
        for (text, field) in [
            (r#"{"usr": {}}"#, "usr"),
            (r#"{"user": {"usrName": "ada"}}"#, "user.usrName"),
            (r#"{"user": {"active": "maybe"}}"#, "user.active"),
            (r#"{"user": {"emails": [{}, {"x": 1}]}}"#, "user.emails[1].x"),
            (r#"{"user": {"createTime": "yesterday"}}"#, "user.createTime"),
            (r#"{"user": [1]}"#, "user"),
            ("[]", ""),
            ("", ""),
            ("{", ""),
            (r#"{"user": {}} x"#, ""),
        ] {
            assert_eq!(refused(text).0, field, "{text}");
        }
        assert_eq!(
            refused(r#"{"usr": {}}"#).1,
            "is no field there at line 1 column 6"
        );
    }

    #[test]
    fn a_text_of_too_many_values_is_refused() {
        assert_eq!(values(br#"{"a": ["x,[{", "\",[", 1], "b": {}}"#), 7);
        let emails = |count: usize| format!(r#"{{"user":{{"emails":[{}{{}}]}}}}"#, "{},".repeat(count));
        assert_eq!(
            refused(&emails(MAX_VALUES / 2)),
            (String::new(), "it has more than 500000 values".into())
        );
        let descriptor = descriptors().get_message_by_name(&CreateUserRequest::full_name());
        assert!(from_json(descriptor.unwrap(), emails(MAX_VALUES / 2 - 5).as_bytes()).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused_and_no_overflow() {
        let deep = format!("{}{}", r#"{"user":"#.repeat(100_000), "}".repeat(100_000));
        assert!(!refused(&deep).1.is_empty());
    }
}
