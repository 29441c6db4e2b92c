//! The body of a request, bounded in bytes and in time.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use identity_core::error::{Error, Result};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::{Status, body::Body};

use super::{RequestId, in_flight::HeldBytes};
use crate::status;

/// Time in which a message must have arrived.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes before a message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// Bytes that one byte of deflate becomes at most (1,032 by its form).
const MAX_EXPANSION: usize = 1_032;

/// The bounds of a body.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of its message as it arrives.
    pub(super) max_bytes: usize,
    /// Bytes of a compressed message when it is read; 0: none may be compressed.
    pub(super) max_decompressed_bytes: usize,
    /// When it must be there; `None`: it is a stream that may stay open.
    pub(super) deadline: Option<Instant>,
}

/// A body that ends with a refusal when it exceeds its bounds.
pub(super) struct RequestBody {
    pub(super) body: Body,
    pub(super) bounds: Bounds,
    pub(super) held: Arc<HeldBytes>,
    pub(super) request_id: RequestId,
    /// Bytes that arrived, of which the first announce the message.
    pub(super) arrived: Arrived,
    /// Runs only for a body of which something is missing yet.
    pub(super) timer: Option<Pin<Box<Sleep>>>,
}

/// Bytes that arrived of a body.
#[derive(Default)]
pub(super) struct Arrived {
    prefix: [u8; PREFIX_BYTES],
    bytes: usize,
    /// Bytes of the body, as far as they are announced.
    announced: usize,
    held: usize,
    has_prefix: bool,
}

impl Arrived {
    /// Nothing yet, of a body whose first bytes announce the message or not.
    pub(super) fn new(has_prefix: bool) -> Self {
        Self {
            has_prefix,
            ..Self::default()
        }
    }

    /// Adds a frame; answers the bytes that the body takes, as far as they were not counted: a decoder makes room for all of a message
    /// as soon as its length is announced, and for what a compressed one becomes.
    fn add(&mut self, data: &[u8], max_decompressed_bytes: usize) -> usize {
        for (to, from) in self.prefix.iter_mut().skip(self.bytes).zip(data) {
            *to = *from;
        }
        self.bytes += data.len();
        let [_, length @ ..] = self.prefix;
        let message = match self.bytes {
            0..PREFIX_BYTES => 0,
            _ if !self.has_prefix => 0,
            PREFIX_BYTES.. => usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX),
        };
        self.announced = self.bytes.max(message.saturating_add(PREFIX_BYTES));
        let decompressed = if self.is_compressed() {
            message.saturating_mul(MAX_EXPANSION).min(max_decompressed_bytes)
        } else {
            0
        };
        let taken = self.announced.saturating_add(decompressed);
        let more = taken.saturating_sub(self.held);
        self.held = self.held.max(taken);
        more
    }

    fn is_compressed(&self) -> bool {
        self.has_prefix && self.prefix[0] != 0
    }
}

impl RequestBody {
    fn count(&mut self, data: &[u8]) -> Result<()> {
        let more = self.arrived.add(data, self.bounds.max_decompressed_bytes);
        if self.arrived.is_compressed() && self.bounds.max_decompressed_bytes == 0 {
            return Err(Error::invalid(
                "message",
                "must not be compressed where no token is needed",
            ));
        }
        if self.arrived.announced > self.bounds.max_bytes + PREFIX_BYTES {
            return Err(Error::TooMany {
                limit: "bytes in one message",
                maximum: self.bounds.max_bytes as u64,
                retry_after: None,
            });
        }
        self.held.add(more)?;
        Ok(())
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.bounds.deadline else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        timer.as_mut().poll(cx)
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            ready!(self.poll_deadline(cx));
            return Poll::Ready(Some(Err(status::deadline_exceeded())));
        };
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(error) = self.count(data)
        {
            return Poll::Ready(Some(Err(status::refuse(&error, self.request_id.as_str()))));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::Arrived;

    #[test]
    fn a_message_is_counted_when_it_is_announced_and_once() {
        let mut arrived = Arrived::new(true);
        assert_eq!(arrived.add(&[0, 0, 0], 0), 5, "three bytes announce nothing yet");
        assert_eq!(arrived.add(&[4, 0, 9], 0), 1024);
        assert_eq!(arrived.add(&[9; 1023], 0), 0);
        assert_eq!(arrived.add(&[9; 10], 0), 10);
    }

    #[test]
    fn a_compressed_message_counts_as_what_it_may_become() {
        let mut arrived = Arrived::new(true);
        assert_eq!(arrived.add(&[1, 0, 0, 0, 100], 1 << 20), 105 + 103_200);
        assert_eq!(arrived.add(&[9; 100], 1 << 20), 0);
        let mut large = Arrived::new(true);
        assert_eq!(large.add(&[1, 0, 1, 0, 0], 1 << 20), 5 + (1 << 16) + (1 << 20));
    }
}
