//! Positions in the change log.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{change::Change, id::Id};

/// A revision, all of whose changes are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Revision(pub(super) i64);

impl Revision {
    pub(super) fn end(self) -> LogPosition {
        LogPosition(self.0, END)
    }
}

/// The sequence behind all entries of a revision.
const END: i32 = i32::MAX;

/// The last entry that was delivered: revision and sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct LogPosition(pub(super) i64, pub(super) i32);

impl LogPosition {
    /// The position of an entry behind which more of its revision follow.
    pub(super) fn at(change: &Change) -> Self {
        Self(change.revision, change.sequence)
    }

    /// The last revision that is delivered whole.
    pub(super) fn whole(self) -> i64 {
        if self.1 == END { self.0 } else { self.0 - 1 }
    }

    /// Tells whether an entry is the next possible one: revisions and the sequences within them have no gaps.
    pub(super) fn is_followed_by(self, change: &Change) -> bool {
        match self {
            Self(revision, END) => change.revision == revision + 1 && change.sequence == 0,
            Self(revision, sequence) => {
                let same = change.revision == revision && change.sequence == sequence + 1;
                same || (change.revision == revision + 1 && change.sequence == 0)
            }
        }
    }
}

/// Position up to which each organization is delivered. Of one that is absent nothing is delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogPositions(pub(super) BTreeMap<Id, LogPosition>);

/// Bytes of one organization in a token.
const BYTES: usize = 16 + 8 + 4;

impl LogPositions {
    pub(super) fn of(&self, organization: Id) -> LogPosition {
        let delivered = self.0.get(&organization).copied();
        delivered.unwrap_or_else(|| Revision(0).end())
    }

    /// A text for a token: 28 bytes an organization.
    pub(super) fn to_text(&self) -> String {
        let mut bytes = Vec::with_capacity(self.0.len() * BYTES);
        for (id, position) in &self.0 {
            bytes.extend(id.0.as_bytes());
            bytes.extend(position.0.to_be_bytes());
            bytes.extend(position.1.to_be_bytes());
        }
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads such a text.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (all, rest) = bytes.as_chunks::<BYTES>();
        if !rest.is_empty() {
            return None;
        }
        let read = |one: &[u8; BYTES]| {
            let (id, position) = one.split_first_chunk::<16>()?;
            let (revision, sequence) = position.split_first_chunk::<8>()?;
            let sequence = i32::from_be_bytes(sequence.try_into().ok()?);
            let position = LogPosition(i64::from_be_bytes(*revision), sequence);
            Some((Id(Uuid::from_bytes(*id)), position))
        };
        all.iter().map(read).collect::<Option<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{LogPosition, LogPositions, Revision};
    use crate::id::Id;

    #[test]
    fn places_survive_their_text() {
        let id = |n| Id(Uuid::from_u128(n));
        let positions = LogPositions([(id(1), LogPosition(7, 3)), (id(2), Revision(i64::MAX).end())].into());
        assert_eq!(
            LogPositions::from_text(&positions.to_text()),
            Some(positions.clone())
        );
        assert_eq!(positions.of(id(3)), Revision(0).end());
        assert_eq!(LogPositions::from_text("AAAA"), None);
    }

    #[test]
    fn a_revision_is_told_when_its_last_entry_is() {
        assert_eq!(Revision(5).end().whole(), 5);
        assert_eq!(LogPosition(5, 0).whole(), 4);
    }
}
