//! Keys: values as texts whose bytes compare as the values do.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::{
    attributes::{Case, DataType},
    platform::Timestamp,
    text::fold,
};

/// The sign of a double.
const SIGN: u64 = 1 << 63;
const MICROS_PER_SECOND: i64 = 1_000_000;
/// 0000-01-01T00:00:00Z, the first time that four digits can name.
const FIRST: Timestamp = Timestamp(-62_167_219_200_000_000);
/// 9999-12-31T23:59:59.999999Z, the last one.
const LAST: Timestamp = Timestamp(253_402_300_799_999_999);

/// The key of a text.
pub fn text(case: Case, value: &str) -> String {
    match case {
        Case::Folded => fold(value),
        Case::Exact => value.to_owned(),
    }
}

/// The key of a boolean.
pub fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The key of a number: the bits of a double in 16 hexadecimal digits, the sign turned round, and all bits of a negative one, so
/// that bytes sort by size. Whole numbers of 53 bits keep their exact value.
pub fn number(value: f64) -> String {
    // Zero has two signs and one value.
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    format!("{ordered:016x}")
}

/// The number that a key was made from.
pub(crate) fn read_number(key: &str) -> Option<f64> {
    let ordered = u64::from_str_radix(key, 16).ok()?;
    let bits = if ordered & SIGN == 0 {
        !ordered
    } else {
        ordered & !SIGN
    };
    Some(f64::from_bits(bits))
}

/// The key of a time: RFC 3339 in UTC with six decimals. Times outside the years 0 to 9999 count as the nearest within.
pub fn time(value: Timestamp) -> String {
    let value = value.clamp(FIRST, LAST);
    let seconds = value.0.div_euclid(MICROS_PER_SECOND);
    let micros = value.0.rem_euclid(MICROS_PER_SECOND);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, (hour, minute, second)) = (at.date(), at.to_hms());
    let (year, month, day) = date.to_calendar_date();
    format!(
        "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z",
        u8::from(month)
    )
}

/// Reads a time in RFC 3339 of any precision and zone; what is finer than a microsecond is cut off.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .ok()?
        .to_offset(UtcOffset::UTC);
    let micros = i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).ok()?;
    (FIRST.0..=LAST.0).contains(&micros).then_some(Timestamp(micros))
}

/// The key of a JSON value of this type; `None` for one that has no key: null, an empty text, a value of another type.
pub fn of_json(data: DataType, value: &serde_json::Value) -> Option<String> {
    match data {
        DataType::Text(case) => value
            .as_str()
            .filter(|it| !it.is_empty())
            .map(|it| text(case, it)),
        DataType::Binary => value.as_str().filter(|it| !it.is_empty()).map(str::to_owned),
        DataType::Boolean => value.as_bool().map(|it| boolean(it).to_owned()),
        DataType::Number => value.as_f64().map(number),
        DataType::Time => value.as_str().and_then(parse_time).map(time),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_of_numbers_sort_by_size(a in prop::num::f64::NORMAL, b in prop::num::f64::NORMAL) {
            prop_assert_eq!(number(a).cmp(&number(b)), a.total_cmp(&b));
            prop_assert_eq!(read_number(&number(a)), Some(a));
        }

        #[test]
        fn keys_of_times_sort_in_time(a in FIRST.0..=LAST.0, b in FIRST.0..=LAST.0) {
            let (a, b) = (Timestamp(a), Timestamp(b));
            prop_assert_eq!(time(a).cmp(&time(b)), a.cmp(&b));
            prop_assert_eq!(parse_time(&time(a)), Some(a));
        }

        #[test]
        fn no_text_makes_the_time_parser_panic(text in "\\PC*") {
            let _ = parse_time(&text);
        }
    }

    #[test]
    fn both_zeros_are_one_number() {
        assert_eq!(number(-0.0), number(0.0));
        assert!(number(-1.0) < number(0.0) && number(0.0) < number(f64::MIN_POSITIVE));
    }

    #[test]
    fn a_time_has_one_key_in_every_zone_and_precision() {
        let key = "2026-01-31T23:30:00.500000Z";
        for text in [
            "2026-01-31T23:30:00.5Z",
            "2026-02-01T01:00:00.500+01:30",
            "2026-01-31T23:30:00.5000009Z",
            "2026-01-31t15:30:00.50-08:00",
        ] {
            assert_eq!(parse_time(text).map(time).as_deref(), Some(key), "{text}");
        }
    }

    #[test]
    fn what_is_no_rfc_3339_time_is_refused() {
        for text in [
            "",
            "2026-01-31",
            "2026-02-30T00:00:00Z",
            "2026-01-31T23:30:00",
            "0000-01-01T00:00:00+01:00",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn an_empty_text_has_no_key() {
        assert_eq!(of_json(DataType::Text(Case::Folded), &"".into()), None);
        assert_eq!(
            of_json(DataType::Text(Case::Folded), &"Ä".into()).as_deref(),
            Some("ä")
        );
    }
}
