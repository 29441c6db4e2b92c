//! When tokens were last used, collected in memory so that a read stays a read.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{id::Id, platform::Timestamp};

/// The last use of each token since the last flush, by organization and token.
#[derive(Default)]
pub(super) struct LastUses(Mutex<HashMap<(Id, Id), Timestamp>>);

impl LastUses {
    pub(super) fn note(&self, organization: Id, token: Id, at: Timestamp) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = uses.entry((organization, token)).or_insert(at);
        *last = at.max(*last);
    }

    /// Hands over what was noted: organization, token, time.
    pub(super) fn take(&self) -> Vec<(Id, Id, Timestamp)> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let use_of = |((organization, token), at)| (organization, token, at);
        uses.into_iter().map(use_of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::LastUses;
    use crate::{id::Id, platform::Timestamp};

    const ORGANIZATION: Id = Id(uuid::Uuid::from_u128(1));
    const TOKEN: Id = Id(uuid::Uuid::from_u128(2));

    #[test]
    fn the_latest_use_of_a_token_is_kept() {
        let uses = LastUses::default();
        uses.note(ORGANIZATION, TOKEN, Timestamp(7));
        uses.note(ORGANIZATION, TOKEN, Timestamp(5));
        assert_eq!(uses.take(), [(ORGANIZATION, TOKEN, Timestamp(7))]);
        assert!(uses.take().is_empty());
    }
}
