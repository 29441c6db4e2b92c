//! Characters that must not reach a terminal as they are: a name could steer it, or show as another.

use std::fmt::Write as _;

use identity_core::text::is_invisible;
use serde_json::Value;

/// Stands in the place of such a character where text is for people.
const REPLACEMENT: char = '\u{fffd}';

/// Answers whether a character moves the cursor, breaks the line, turns the direction of writing, or is not
/// seen.
pub(crate) fn is_unsafe(character: char) -> bool {
    character.is_control() || is_invisible(character) || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The text with such characters replaced.
pub(crate) fn plain(text: &str) -> String {
    let replaced = |it: char| if is_unsafe(it) { REPLACEMENT } else { it };
    text.chars().map(replaced).collect()
}

/// The same for a text of several lines.
pub(crate) fn plain_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    lines.join("\n")
}

/// JSON in lines, with such characters escaped, which changes no value.
pub(crate) fn json_lines(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// JSON in one line, likewise.
pub(crate) fn json_line(value: &Value) -> String {
    escaped(&value.to_string())
}

/// Beyond its own line breaks JSON has such characters in texts only.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_unsafe(character) {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// ESC, DEL, CSI, zero width, right-to-left override, isolate, line separator, byte order mark, a tag.
    const UNSAFE: &str = "\u{1b}\u{7f}\u{9b}\u{200b}\u{202e}\u{2066}\u{2028}\u{feff}\u{e0041}";

    #[test]
    fn text_for_people_has_no_character_that_steers_a_terminal() {
        assert_eq!(
            plain(&format!("a{UNSAFE}ä")),
            format!("a{}ä", "\u{fffd}".repeat(9))
        );
    }

    #[test]
    fn json_has_them_escaped_and_means_the_same() {
        let value = json!({ "name": format!("ä{UNSAFE}") });
        for text in [json_lines(&value), json_line(&value)] {
            assert!(!text.chars().any(|it| it != '\n' && is_unsafe(it)), "{text}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
