//! Points in time.

use std::{ops::RangeInclusive, time::Duration};

use identity_core::{
    error::{Error, Result},
    platform::Timestamp,
};

const MICROS: i64 = 1_000_000;
const NANOS: RangeInclusive<i32> = 0..=999_999_999;
/// The years 1 to 9999, as `google.protobuf.Timestamp` says.
const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

pub(crate) fn to_message(time: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.0.div_euclid(MICROS),
        // Less than a million times a thousand: it fits.
        nanos: i32::try_from(time.0.rem_euclid(MICROS) * 1000).unwrap_or_default(),
    }
}

/// The time, or `None` if the message is out of its own range. Parts of a microsecond are dropped.
pub(super) fn read(time: prost_types::Timestamp) -> Option<Timestamp> {
    let valid = SECONDS.contains(&time.seconds) && NANOS.contains(&time.nanos);
    valid.then(|| Timestamp(time.seconds * MICROS + i64::from(time.nanos) / 1000))
}

pub(crate) fn from_message(time: Option<prost_types::Timestamp>, field: &str) -> Result<Option<Timestamp>> {
    let rule = "must be a time in the years 1 to 9999";
    time.map(|time| read(time).ok_or_else(|| Error::invalid(field, rule)))
        .transpose()
}

/// A length of time that is not negative.
pub(crate) fn duration(length: Option<prost_types::Duration>, field: &str) -> Result<Option<Duration>> {
    length
        .map(|length| Duration::try_from(length).map_err(|_| Error::invalid(field, "must not be negative")))
        .transpose()
}

#[cfg(test)]
mod tests {
    use identity_core::platform::Timestamp;
    use proptest::prelude::*;

    use super::{from_message, read, to_message};

    proptest! {
        #[test]
        fn times_come_back(micros in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
            prop_assert_eq!(read(to_message(Timestamp(micros))), Some(Timestamp(micros)));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)] {
            let time = prost_types::Timestamp { seconds, nanos };
            assert!(from_message(Some(time), "expire_time").is_err());
        }
    }
}
