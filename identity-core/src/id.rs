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

impl Id {
    /// A new id, later than all made before it on this machine's clock.
    pub fn generate(platform: &dyn Platform) -> Self {
        Self::generate_at(platform.now(), platform)
    }

    /// A new id of something that was there at a time.
    pub fn generate_at(at: Timestamp, platform: &dyn Platform) -> Self {
        let mut random = [0; 10];
        platform.random(&mut random);
        let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The least id that can be made at a time.
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
