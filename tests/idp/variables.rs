//! Variables and the templates that use them: `${name|filter|filter}`.

use std::{
    collections::HashMap,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Captures, Regex};
use serde_json::{Map, Value};

/// Variables that a scenario knows so far.
#[derive(Clone)]
pub(super) struct Variables(HashMap<String, Value>);

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{([A-Za-z_][A-Za-z0-9_.]*)((?:\|[a-z0-9]+)*)\}").expect("a regular expression")
});

/// Characters to encode: all but those that RFC 3986 leaves as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl Variables {
    /// Returns the variables that every scenario starts with.
    pub(super) fn new(run: &str, token: &str) -> Self {
        let known = [
            ("run", run),
            ("token", token),
            ("role_a", "viewer"),
            ("role_b", "editor"),
            ("role_c", "admin"),
        ];
        Self(known.map(|(name, value)| (name.to_owned(), value.into())).into())
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Appends to a variable that is a list.
    pub(super) fn append(&mut self, name: &str, value: Value) {
        let list = self
            .0
            .entry(name.to_owned())
            .or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().expect("a list").push(value);
    }

    /// The text with its placeholders filled in.
    pub(super) fn text(&self, template: &str) -> String {
        PLACEHOLDER
            .replace_all(template, |found: &Captures<'_>| plain(&self.one(found)))
            .into_owned()
    }

    /// The value with the placeholders in its texts filled in.
    pub(super) fn expand(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => match PLACEHOLDER.captures(text) {
                Some(found) if found[0].len() == text.len() => self.one(&found),
                _ => self.text(text).into(),
            },
            Value::Array(items) => items.iter().map(|item| self.expand(item)).collect(),
            Value::Object(members) if members.contains_key("$each") => self.expand_each(members),
            Value::Object(members) => {
                let expanded = members
                    .iter()
                    .map(|(name, value)| (self.text(name), self.expand(value)));
                Value::Object(expanded.collect())
            }
            other => other.clone(),
        }
    }

    fn expand_each(&self, template: &Map<String, Value>) -> Value {
        let name = template["$each"].as_str().expect("a variable's name");
        let items = self.0[name].as_array().expect("a list");
        let bound = |key: &str, default: usize| {
            template.get(key).map_or(default, |n| {
                usize::try_from(n.as_u64().expect("a number")).expect("a size")
            })
        };
        let (from, to) = (bound("from", 0), bound("to", items.len()));
        let expanded = items.iter().enumerate().take(to).skip(from).map(|(index, item)| {
            let mut inner = self.clone();
            inner.set("item", item.clone());
            inner.set("index", index);
            inner.expand(&template["item"])
        });
        expanded.collect()
    }

    fn one(&self, found: &Captures<'_>) -> Value {
        let name = &found[1];
        let value = if name == "uuid" {
            Some(uuid().into())
        } else {
            self.0.get(name).cloned()
        };
        let value = value.unwrap_or_else(|| panic!("unknown variable {name}"));
        found[2]
            .split('|')
            .skip(1)
            .fold(value, |value, filter| filtered(&value, filter).into())
    }
}

/// A value as it stands within a text.
pub(super) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Percent-encoded, spaces too.
pub(super) fn percent(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Percent-encoded, spaces as `+`.
pub(super) fn plus(text: &str) -> String {
    percent(text).replace("%20", "+")
}

fn filtered(value: &Value, filter: &str) -> String {
    let text = plain(value);
    match filter {
        "url" => percent(&text),
        "plus" => plus(&text),
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "swap" => text.chars().map(swapped).collect(),
        "json" => value.to_string(),
        "re" => regex::escape(&text),
        "str" => text,
        _ => panic!("unknown filter {filter}"),
    }
}

fn swapped(letter: char) -> String {
    if letter.is_uppercase() {
        letter.to_lowercase().collect()
    } else {
        letter.to_uppercase().collect()
    }
}

/// A UUID that was not given before in this run.
fn uuid() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let run = std::process::id();
    format!("{run:08x}-0000-4000-8000-{number:012x}")
}
