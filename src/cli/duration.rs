//! Spans of time as people write them.

use std::time::Duration;

use identity_core::platform::{Platform, SystemPlatform};
use prost_types::Timestamp;

/// Seconds in each unit, by its letter.
const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
/// The longest span: a hundred years.
const MAX_SECONDS: u64 = 100 * 366 * 86_400;

/// Reads `45s`, `30m`, `12h`, `90d` or `2w`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a span such as 12h, 90d or 2w");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let (_, seconds) = UNITS
        .into_iter()
        .find(|(letter, _)| *letter == unit)
        .ok_or_else(wrong)?;
    let digits = text.strip_suffix(unit).ok_or_else(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    match count.checked_mul(seconds) {
        Some(0) => Err("the span must be longer than nothing".into()),
        Some(total) if total <= MAX_SECONDS => Ok(Duration::from_secs(total)),
        _ => Err(format!("{text:?} is longer than a hundred years")),
    }
}

/// Writes a span in the largest unit of which it is a multiple.
pub(crate) fn duration_text(span: Duration) -> String {
    let seconds = span.as_secs();
    let fitting = UNITS
        .into_iter()
        .rev()
        .find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (letter, unit) = fitting.unwrap_or(('s', 1));
    format!("{}{letter}", seconds / unit)
}

/// The time after this span from now.
pub(crate) fn from_now(span: Duration) -> Timestamp {
    seconds(now().saturating_add_unsigned(span.as_secs()))
}

/// The time this span ago.
pub(crate) fn ago(span: Duration) -> Timestamp {
    seconds(now().saturating_sub_unsigned(span.as_secs()))
}

/// The present, in seconds since 1970.
pub(crate) fn now() -> i64 {
    SystemPlatform.now().0 / 1_000_000
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_counts_its_seconds() {
        let cases = [
            ("45s", 45),
            ("30m", 1_800),
            ("12h", 43_200),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(duration_text(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "",
            "d",
            "90",
            "-1d",
            "+1d",
            "1.5h",
            "1 d",
            "1y",
            "0d",
            "99999999999999999999d",
            "5201w1",
            "9999w",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
