//! Values as people read them: times, words for the names of enums, links.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use prost_types::{Duration, Timestamp};
use time::{OffsetDateTime, macros::format_description};

/// Characters that a part of a path or query cannot have.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'\\');

const MICROS_PER_SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Surroundings of the content of every page of a session.
pub(crate) struct Frame {
    /// Title of the page.
    pub(crate) title: String,
    /// Organization of the page, as its paths name it; empty: it is about none.
    pub(crate) org: String,
    /// Tab that is open.
    pub(crate) tab: &'static str,
    /// Secret that forms carry.
    pub(crate) form_token: String,
    /// Id of the request that a form makes which makes a secret: sent again, it makes no second one.
    pub(crate) request_id: String,
}

impl Frame {
    /// The tabs of an organization: path and name.
    pub(crate) fn tabs() -> [(&'static str, &'static str); 9] {
        [
            ("", "Overview"),
            ("provisioning", "Provisioning log"),
            ("people", "People"),
            ("groups", "Groups"),
            ("roles", "Roles"),
            ("policy", "Policy"),
            ("changes", "Change log"),
            ("access", "Access"),
            ("tokens", "Tokens"),
        ]
    }

    /// The path of the organization.
    pub(crate) fn base(&self) -> String {
        format!("/o/{}", encoded(&self.org))
    }
}

/// A moment for people: how long ago, and exactly.
pub(crate) struct Moment {
    /// `5 min ago`, `in 3 days`.
    pub(crate) text: String,
    /// `2026-11-30 14:05:09 UTC`.
    pub(crate) exact: String,
}

/// A moment, seen from another one; `None` if there is none.
pub(crate) fn moment(at: Option<&Timestamp>, now: i64) -> Option<Moment> {
    let at = at?;
    let exact = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    let exact = exact.format(format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second] UTC"
    ));
    Some(Moment {
        text: distance(now / MICROS_PER_SECOND - at.seconds),
        exact: exact.ok()?,
    })
}

fn distance(seconds: i64) -> String {
    let size = seconds.abs();
    let (number, unit) = match size {
        0..10 => return "just now".to_owned(),
        10..MINUTE => (size, "s"),
        MINUTE..HOUR => (size / MINUTE, "min"),
        HOUR..DAY => (size / HOUR, "h"),
        _ => (size / DAY, if size < 2 * DAY { "day" } else { "days" }),
    };
    if seconds > 0 {
        format!("{number} {unit} ago")
    } else {
        format!("in {number} {unit}")
    }
}

/// A number of milliseconds.
pub(crate) fn milliseconds(duration: Option<&Duration>) -> String {
    duration.map_or_else(String::new, |it| {
        format!("{} ms", it.seconds * 1000 + i64::from(it.nanos) / 1_000_000)
    })
}

/// The name of an enum's value without the enum's: `PROVISIONING_OUTCOME_PARTLY_IGNORED` is `partly ignored`.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    let name = name.strip_prefix(prefix).unwrap_or(name);
    name.trim_start_matches('_').to_lowercase().replace('_', " ")
}

/// Text as a part of a path or query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Text for people: characters that are not printed, and those that change the direction of text, are shown as a box.
pub(crate) fn plain(text: &str) -> String {
    let is_hidden = |it: char| {
        it.is_control()
            || matches!(it, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|it| if is_hidden(it) { '\u{25a1}' } else { it })
        .collect()
}

/// A number and its noun.
pub(crate) struct Count(pub(crate) i64, pub(crate) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, noun) = self;
        write!(f, "{number} {noun}{}", if *number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_near_and_exact() {
        let now = 1_700_000_000 * MICROS_PER_SECOND;
        let seen = |seconds: i64| {
            let at = Timestamp {
                seconds: 1_700_000_000 + seconds,
                nanos: 0,
            };
            moment(Some(&at), now).unwrap()
        };
        for (seconds, text) in [
            (-5, "just now"),
            (-59, "59 s ago"),
            (-3_599, "59 min ago"),
            (-86_400, "1 day ago"),
            (3 * 86_400, "in 3 days"),
        ] {
            assert_eq!(seen(seconds).text, text);
        }
        assert_eq!(seen(0).exact, "2023-11-14 22:13:20 UTC");
    }

    #[test]
    fn hidden_characters_are_seen() {
        assert_eq!(plain("a\u{1b}[31m\u{202e}b"), "a\u{25a1}[31m\u{25a1}b");
    }

    #[test]
    fn names_of_enums_become_words() {
        assert_eq!(
            word("PROVISIONING_OUTCOME_PARTLY_IGNORED", "PROVISIONING_OUTCOME"),
            "partly ignored"
        );
    }
}
