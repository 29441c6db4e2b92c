//! Bytes of requests that are read or worked on, bounded for the process and for each organization, so that large messages cost a bounded
//! amount of memory and one organization leaves room for the others.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use identity_core::{error::Result, id::Id};

use crate::quota::{Bound, Holder, Quota};

/// Bytes of a request that are not counted: most have no more, and the limits of connections and streams bound how many there are.
const UNCOUNTED_BYTES: usize = 64 << 10;
/// Bytes of all requests together, beyond those.
const MAX_BYTES: usize = 256 << 20;
/// Bytes of the requests of one organization.
const MAX_BYTES_OF_ORGANIZATION: usize = MAX_BYTES / 2;

/// The bytes that one request holds until it is answered.
pub(super) struct HeldBytes {
    quota: Arc<Quota>,
    organization: Option<Id>,
    bytes: AtomicUsize,
}

impl HeldBytes {
    /// Begins a request of this organization; of none if `None`.
    pub(super) fn new(quota: &Arc<Quota>, organization: Option<Id>) -> Self {
        Self {
            quota: Arc::clone(quota),
            organization,
            bytes: AtomicUsize::new(0),
        }
    }

    /// Adds what was read, and answers how much that is in all.
    pub(super) fn add(&self, bytes: usize) -> Result<usize> {
        let before = self.bytes.load(Ordering::Relaxed);
        let more = counted(before + bytes) - counted(before);
        if more > 0 {
            self.quota.take(&self.bounds(), more)?;
        }
        self.bytes.store(before + bytes, Ordering::Relaxed);
        Ok(before + bytes)
    }

    fn bounds(&self) -> Vec<Bound> {
        let of_all = Bound {
            holder: Holder::Instance,
            maximum: MAX_BYTES,
            limit: "bytes of requests at a time on one instance",
        };
        let of_organization = self.organization.map(|id| Bound {
            holder: Holder::Organization(id),
            maximum: MAX_BYTES_OF_ORGANIZATION,
            limit: "bytes of requests at a time for one organization",
        });
        [of_all].into_iter().chain(of_organization).collect()
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        let bytes = counted(*self.bytes.get_mut());
        if bytes > 0 {
            self.quota.release(&self.bounds(), bytes);
        }
    }
}

fn counted(bytes: usize) -> usize {
    bytes.saturating_sub(UNCOUNTED_BYTES)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use identity_core::id::Id;
    use uuid::Uuid;

    use super::{HeldBytes, MAX_BYTES_OF_ORGANIZATION, UNCOUNTED_BYTES};

    #[test]
    fn small_requests_are_read_whatever_large_ones_hold() {
        let (quota, organization) = (Arc::default(), Some(Id(Uuid::from_u128(1))));
        let large = HeldBytes::new(&quota, organization);
        large.add(MAX_BYTES_OF_ORGANIZATION + UNCOUNTED_BYTES).unwrap();
        assert!(large.add(1).is_err());
        let other = HeldBytes::new(&quota, organization);
        other.add(UNCOUNTED_BYTES).unwrap();
        assert!(other.add(1).is_err());
        drop(large);
        other.add(1).unwrap();
    }
}
