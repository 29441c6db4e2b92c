//! Amounts that are taken for a time, bounded for whoever holds them: one of many leaves room for the others.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use identity_core::{
    error::{Error, Result},
    id::Id,
};

/// When somebody who was refused has a chance again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The holder of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// All of this process together.
    Instance,
    /// The callers of one organization.
    Organization(Id),
    /// All that call without a token.
    Strangers,
    /// The callers with one token.
    Token(Id),
}

/// The amounts that holders may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) holder: Holder,
    pub(crate) maximum: usize,
    /// The limit's name, a plural.
    pub(crate) limit: &'static str,
}

/// The amounts that are held, by holder.
#[derive(Default)]
pub(crate) struct Quota(Mutex<HashMap<Holder, usize>>);

impl Quota {
    /// Takes an amount within all of these bounds, or nothing.
    pub(crate) fn take(&self, bounds: &[Bound], amount: usize) -> Result<()> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bound in bounds {
            if held.get(&bound.holder).unwrap_or(&0) + amount > bound.maximum {
                return Err(Error::TooMany {
                    limit: bound.limit,
                    maximum: bound.maximum as u64,
                    retry_after: Some(RETRY_AFTER),
                });
            }
        }
        for bound in bounds {
            *held.entry(bound.holder).or_default() += amount;
        }
        Ok(())
    }

    /// Gives back what was taken within these bounds.
    pub(crate) fn release(&self, bounds: &[Bound], amount: usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bound in bounds {
            if let Entry::Occupied(mut entry) = held.entry(bound.holder) {
                *entry.get_mut() -= amount;
                if *entry.get() == 0 {
                    entry.remove();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use identity_core::id::Id;
    use uuid::Uuid;

    use super::{Bound, Holder, Quota};

    fn bounds(organization: u128) -> [Bound; 2] {
        let bound = |holder, maximum| Bound {
            holder,
            maximum,
            limit: "things",
        };
        let organization = Holder::Organization(Id(Uuid::from_u128(organization)));
        [bound(Holder::Instance, 10), bound(organization, 5)]
    }

    #[test]
    fn one_holder_leaves_room_for_the_others() {
        let quota = Quota::default();
        quota.take(&bounds(1), 5).unwrap();
        assert!(quota.take(&bounds(1), 1).is_err());
        quota.take(&bounds(2), 5).unwrap();
        assert!(quota.take(&bounds(3), 1).is_err(), "more than there is in all");
        quota.release(&bounds(1), 5);
        quota.take(&bounds(3), 5).unwrap();
    }

    #[test]
    fn what_was_refused_or_released_leaves_no_trace() {
        let quota = Quota::default();
        quota.take(&bounds(1), 3).unwrap();
        assert!(quota.take(&bounds(1), 3).is_err());
        quota.release(&bounds(1), 3);
        assert!(quota.0.lock().unwrap().is_empty());
    }
}
