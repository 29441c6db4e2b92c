//! Where a value stands in an answer.

use serde_json::Value;

use super::variables::plain;

/// The value at an RFC 6901 pointer. A token `[key=value]` picks the first element whose `key`, as text, is `value`.
pub(super) fn resolve<'a>(document: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut tokens = pointer.split('/');
    assert_eq!(
        tokens.next(),
        Some(""),
        "a pointer starts with a slash: {pointer}"
    );
    tokens.try_fold(document, |value, token| {
        step(value, &token.replace("~1", "/").replace("~0", "~"))
    })
}

fn step<'a>(value: &'a Value, token: &str) -> Option<&'a Value> {
    let Some(items) = value.as_array() else {
        return value.as_object()?.get(token);
    };
    let selector = token.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match selector.and_then(|inner| inner.split_once('=')) {
        Some((key, wanted)) => items
            .iter()
            .find(|item| item.get(key).is_some_and(|found| plain(found) == wanted)),
        None => items.get(token.parse::<usize>().ok()?),
    }
}

#[test]
fn a_pointer_leads_through_objects_lists_and_selected_elements() {
    let document = serde_json::json!({"a": [{"t": "x", "v": 1}, {"t": true, "v": 2}], "b/c": {"~": 3}});
    for (pointer, expected) in [
        ("", Some(&document)),
        ("/a/0/v", Some(&document["a"][0]["v"])),
        ("/a/[t=true]/v", Some(&document["a"][1]["v"])),
        ("/b~1c/~0", Some(&document["b/c"]["~"])),
        ("/a/[t=y]", None),
        ("/a/2", None),
        ("/a/0/v/x", None),
    ] {
        assert_eq!(resolve(&document, pointer), expected, "{pointer}");
    }
}
