//! Bytes of requests that are read or worked on, bounded for the process and for each organization, so that large messages cost a bounded
//! amount of memory and one organization leaves room for the others.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use identity_core::{
    error::{Error, Result},
    id::Id,
};

use crate::quota::{Bound, Holder, Quota};

/// Bytes of an authenticated request that are not counted: most have no more, and the limits of connections and streams bound how many
/// there are.
const UNCOUNTED_BYTES: usize = 64 << 10;
/// Bytes of all requests that need no token: 500 of the largest, or 16,000 of the usual ones.
const MAX_BYTES_OF_STRANGERS: usize = 16 << 20;
/// Bytes of all requests together, beyond those.
const MAX_BYTES: usize = 256 << 20;
/// Bytes of the requests of one organization.
const MAX_BYTES_OF_ORGANIZATION: usize = MAX_BYTES / 2;

/// The bytes that one request holds until it is answered.
pub(super) struct HeldBytes {
    quota: Arc<Quota>,
    sender: Sender,
    bytes: AtomicUsize,
}

/// Sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// Somebody who was not asked for a token.
    Stranger,
    /// An authenticated caller of this organization; root has none.
    Caller(Option<Id>),
}

impl HeldBytes {
    /// Begins a request.
    pub(super) fn new(quota: &Arc<Quota>, sender: Sender) -> Self {
        Self {
            quota: Arc::clone(quota),
            sender,
            bytes: AtomicUsize::new(0),
        }
    }

    /// Adds a message that is there already; refuses one of more than so many bytes.
    pub(super) fn add_message(&self, bytes: usize, max_bytes: usize) -> Result<()> {
        if bytes > max_bytes {
            return Err(Error::TooMany {
                limit: "bytes in one message",
                maximum: max_bytes as u64,
                retry_after: None,
            });
        }
        self.add(bytes).map(|_| ())
    }

    /// Adds bytes that were read, and answers how many there are in all.
    pub(super) fn add(&self, bytes: usize) -> Result<usize> {
        let before = self.bytes.load(Ordering::Relaxed);
        let more = self.counted(before + bytes) - self.counted(before);
        if more > 0 {
            self.quota.take(&self.bounds(), more)?;
        }
        self.bytes.store(before + bytes, Ordering::Relaxed);
        Ok(before + bytes)
    }

    fn bounds(&self) -> Vec<Bound> {
        let bound = |holder, maximum, limit| Bound {
            holder,
            maximum,
            limit,
        };
        let all = bound(
            Holder::Instance,
            MAX_BYTES,
            "bytes of requests at a time on one instance",
        );
        match self.sender {
            Sender::Stranger => {
                let limit = "bytes of requests without a token at a time";
                vec![all, bound(Holder::Strangers, MAX_BYTES_OF_STRANGERS, limit)]
            }
            Sender::Caller(None) => vec![all],
            Sender::Caller(Some(id)) => {
                let limit = "bytes of requests at a time for one organization";
                vec![
                    all,
                    bound(Holder::Organization(id), MAX_BYTES_OF_ORGANIZATION, limit),
                ]
            }
        }
    }

    fn counted(&self, bytes: usize) -> usize {
        match self.sender {
            Sender::Stranger => bytes,
            Sender::Caller(_) => bytes.saturating_sub(UNCOUNTED_BYTES),
        }
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        let bytes = self.counted(self.bytes.load(Ordering::Relaxed));
        if bytes > 0 {
            self.quota.release(&self.bounds(), bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use identity_core::id::Id;
    use uuid::Uuid;

    use super::{HeldBytes, MAX_BYTES_OF_ORGANIZATION, MAX_BYTES_OF_STRANGERS, Sender, UNCOUNTED_BYTES};

    #[test]
    fn small_requests_are_read_whatever_large_ones_hold() {
        let (quota, caller) = (Arc::default(), Sender::Caller(Some(Id(Uuid::from_u128(1)))));
        let large = HeldBytes::new(&quota, caller);
        large.add(MAX_BYTES_OF_ORGANIZATION + UNCOUNTED_BYTES).unwrap();
        assert!(large.add(1).is_err());
        let other = HeldBytes::new(&quota, caller);
        other.add(UNCOUNTED_BYTES).unwrap();
        assert!(other.add(1).is_err());
        drop(large);
        other.add(1).unwrap();
    }
    #[test]
    fn what_strangers_send_is_counted_from_the_first_byte() {
        let quota = Arc::default();
        let many = HeldBytes::new(&quota, Sender::Stranger);
        many.add(MAX_BYTES_OF_STRANGERS).unwrap();
        assert!(HeldBytes::new(&quota, Sender::Stranger).add(1).is_err());
        HeldBytes::new(&quota, Sender::Caller(None))
            .add(UNCOUNTED_BYTES + 1)
            .unwrap();
    }
}
