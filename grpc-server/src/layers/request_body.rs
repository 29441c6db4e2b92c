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

/// The bounds of a body.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of its message.
    pub(super) max_bytes: usize,
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
    counted: usize,
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
    /// as soon as its length is announced.
    fn add(&mut self, data: &[u8]) -> usize {
        for (to, from) in self.prefix.iter_mut().skip(self.bytes).zip(data) {
            *to = *from;
        }
        self.bytes += data.len();
        let [_, length @ ..] = self.prefix;
        let announced = match self.bytes {
            0..PREFIX_BYTES => 0,
            _ if !self.has_prefix => 0,
            PREFIX_BYTES.. => usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX),
        };
        let taken = self.bytes.max(announced.saturating_add(PREFIX_BYTES));
        let more = taken - self.counted;
        self.counted = taken;
        more
    }
}

impl RequestBody {
    fn count(&mut self, data: &[u8]) -> Result<()> {
        let more = self.arrived.add(data);
        if self.arrived.counted > self.bounds.max_bytes + PREFIX_BYTES {
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
        assert_eq!(arrived.add(&[0, 0, 0]), 5, "three bytes announce nothing yet");
        assert_eq!(arrived.add(&[4, 0, 9]), 1024);
        assert_eq!(arrived.add(&[9; 1023]), 0);
        assert_eq!(arrived.add(&[9; 10]), 10);
    }
}
