//! Identifiers.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::{Platform, Timestamp};

/// The id of a resource: a `UUIDv7`, so that ids grow with time and index pages fill in order.
/// On the wire it is opaque text; text that is no UUID is the id of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub Uuid);

/// The key of a record: its organization, and its id there. The names keep the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The organization.
    pub organization: Id,
    /// Id of the record.
    pub id: Id,
}

impl Id {
    /// A new id, later than all made before it on this machine's clock.
    pub fn generate(platform: &dyn Platform) -> Self {
        Self::generate_at(platform.now(), platform)
    }

    /// A new id of something that was there at a time.
    pub fn generate_at(at: Timestamp, platform: &dyn Platform) -> Self {
        let mut random = [0; 10];
        platform.random(&mut random);
        // RFC 9562, section 6.2, method 3: what follows the milliseconds is a fraction of one, so that ids have the order of their
        // times also within one, as the records of the provisioning log need.
        let fraction = u16::try_from(at.0.rem_euclid(1000) * 4096 / 1000).unwrap_or(0);
        random[..2].copy_from_slice(&fraction.to_be_bytes());
        let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// An id before all that can be made at a time, and after all that were made milliseconds before.
    pub fn first_at(at: Timestamp) -> Self {
        let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// Reads an id in the form that [`fmt::Display`] writes; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        // Other spellings of a UUID (upper case, braces, no hyphens) would make one resource answer to several ids.
        let id = Uuid::try_parse(text).ok().map(Self)?;
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random bytes that would turn the order round.
    struct Falling;

    impl Platform for Falling {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }

        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn ids_have_the_order_of_their_times_within_a_millisecond_too() {
        let start = 1_700_000_000_000_000;
        let at = |micros: i64| Id::generate_at(Timestamp(start + micros), &Falling);
        let ids: Vec<_> = (0..2_000).map(at).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        assert!((0..1_000).all(|micros| Id::first_at(Timestamp(start + micros)) < ids[0]));
        assert!(Id::first_at(Timestamp(start + 1_000)) > ids[999]);
        assert_eq!(ids[0].0.get_version_num(), 7);
    }
}
