//! Times as people read them.

use prost_types::{Duration, Timestamp};

/// Units that a span is told in, with their seconds, largest first.
const UNITS: [(&str, i64); 5] = [("y", 365 * DAY), ("d", DAY), ("h", 3_600), ("min", 60), ("s", 1)];
const DAY: i64 = 86_400;
/// Number of a unit from which on it is used: 90 min is told in minutes, 3 h in hours.
const FROM: i64 = 2;
/// Seconds around the present that are `now`.
const NOW: i64 = 2;

/// A time to the second; relative to the present where that is given.
pub(crate) fn text(at: Timestamp, now: Option<i64>) -> String {
    let Some(now) = now else {
        return Timestamp { nanos: 0, ..at }.to_string();
    };
    match now.saturating_sub(at.seconds) {
        passed if passed.abs() < NOW => "now".to_owned(),
        passed if passed > 0 => format!("{} ago", rounded(passed)),
        passed => format!("in {}", rounded(passed.saturating_neg())),
    }
}

/// A span in its largest unit: 3 h.
fn rounded(seconds: i64) -> String {
    let unit = UNITS.iter().find(|(_, size)| seconds / size >= FROM);
    let (unit, size) = unit.unwrap_or(&("s", 1));
    format!("{} {unit}", seconds / size)
}

/// A span exactly, as it is given on the command line: 1h, 36s, 0.5s.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.seconds;
    if span.nanos != 0 {
        let fraction = format!("{:09}", span.nanos.abs());
        return format!("{seconds}.{}s", fraction.trim_end_matches('0'));
    }
    let units = [("w", 7 * DAY), ("d", DAY), ("h", 3_600), ("m", 60)];
    let unit = units
        .into_iter()
        .find(|(_, size)| seconds != 0 && seconds % size == 0);
    let (unit, size) = unit.unwrap_or(("s", 1));
    format!("{}{unit}", seconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_relative_to_the_present_or_exactly() {
        let at = |seconds| Timestamp { seconds, nanos: 5 };
        let cases = [
            (1_000, "now"),
            (970, "30 s ago"),
            (1_000 - 90 * 60, "90 min ago"),
            (1_000 - 5 * 3_600, "5 h ago"),
            (1_000 - 3 * DAY, "3 d ago"),
            (1_000 + 179 * DAY, "in 179 d"),
            (1_000 - 800 * DAY, "2 y ago"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(text(at(seconds), Some(1_000)), expected);
        }
        assert_eq!(text(at(0), None), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_span_is_told_as_it_is_given() {
        let of = |seconds, nanos| span(Duration { seconds, nanos });
        let told = [
            of(3_600, 0),
            of(5_400, 0),
            of(36, 0),
            of(0, 500_000_000),
            of(604_800, 0),
            of(0, 0),
        ];
        assert_eq!(told, ["1h", "90m", "36s", "0.5s", "1w", "0s"]);
    }
}
