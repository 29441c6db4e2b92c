//! Organizations whose connections may have come to another state.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use crate::id::Id;

/// Organizations that are noted at most. All are looked at once an hour, so that others are told later, and not never.
const MAX_NOTED: usize = 10_000;

/// Organizations with requests of identity providers, or changes of connections and their tokens, since their health was looked at.
#[derive(Default)]
pub(in crate::directory) struct TouchedOrganizations(Mutex<HashSet<Id>>);

impl TouchedOrganizations {
    /// Notes an organization.
    pub(in crate::directory) fn note(&self, organization: Id) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MAX_NOTED {
            noted.insert(organization);
        }
    }

    /// Hands over those that were noted.
    pub(super) fn take(&self) -> HashSet<Id> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
