//! Between messages and values, a file for each resource. `from_message` refuses what a value cannot say; the rules of
//! fields are the core's. In a message an empty text is no text.

pub(crate) mod access;
pub(crate) mod access_token;
pub(crate) mod adoption;
pub(crate) mod change;
pub(crate) mod connection;
pub(crate) mod connection_health;
pub(crate) mod filter;
pub(crate) mod grant;
pub(crate) mod group;
pub(crate) mod identity;
pub(crate) mod json;
pub(crate) mod license;
pub(crate) mod list;
pub(crate) mod mapping;
pub(crate) mod mask;
pub(crate) mod organization;
pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod project;
pub(crate) mod provisioning_log;
pub(crate) mod role;
pub(crate) mod schema;
pub(crate) mod service_account;
pub(crate) mod signing_key;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod user_export;

use std::borrow::Cow;

use identity_core::error::{Error, Result};

/// The message that a request must hold.
pub(crate) fn required<T>(message: Option<T>, field: &str) -> Result<T> {
    message.ok_or_else(|| Error::invalid(field, "is required"))
}

/// Refuses an empty text where a request must name something (AIP-203).
pub(crate) fn filled(text: &str, field: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid(field, "is required"));
    }
    Ok(())
}

/// Reads a path of fields in lower camel case, as JSON has it; one that is in snake case, or has a schema's URN, stays.
pub(crate) fn snake_case(path: &str) -> Cow<'_, str> {
    if path.contains(':') || !path.contains(|c: char| c.is_ascii_uppercase()) {
        return path.into();
    }
    let mut snake = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake.into()
}

pub(crate) fn text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn etag(version: i64) -> String {
    version.to_string()
}

/// The value of this name, by the function that knows the names.
fn named<T>(name: &str, parse: impl Fn(&str) -> Option<T>, field: &str, names: &[&str]) -> Result<T> {
    parse(name).ok_or_else(|| Error::invalid(field, format!("must be one of {}", names.join(", "))))
}
