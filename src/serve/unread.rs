//! Bodies of requests on HTTP/1 that are not read to their end, as a refusal does not need them.
//!
//! hyper closes the connection of such a request without telling the client, which may send the next request into it (clients that send
//! chunks, such as Node, meet this always). So a short rest is read before the answer goes out; with a longer one the answer says that
//! the connection ends.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::{
    sync::oneshot::{Receiver, Sender, channel},
    time::timeout,
};

/// Bytes of a rest that is read.
const MAX_REST_BYTES: usize = 64 << 10;
/// Time in which it must arrive.
const MAX_REST_TIME: Duration = Duration::from_secs(1);

/// The body of a request, which leaves its rest to the connection when it is dropped.
pub(super) struct WatchedBody {
    body: Option<Incoming>,
    rest: Option<Sender<Incoming>>,
}

/// The rest of a body, once its reader has dropped it; `None`: nobody waits for it.
pub(super) struct Rest(Option<Receiver<Incoming>>);

/// Watches how far the body of a request is read.
pub(super) fn watch(request: Request<Incoming>) -> (Request<WatchedBody>, Rest) {
    // A client that expects to be asked for its body knows from the answer that it was not; to read would be to ask.
    let is_expecting = request.headers().contains_key(header::EXPECT);
    let is_watched = request.version() < Version::HTTP_2 && !request.body().is_end_stream() && !is_expecting;
    let (rest, receiver) = channel();
    let watched = request.map(|body| WatchedBody {
        body: Some(body),
        rest: is_watched.then_some(rest),
    });
    (watched, Rest(is_watched.then_some(receiver)))
}

impl Rest {
    /// Reads a short rest; says in the answer that the connection ends if there is a longer one.
    pub(super) async fn finish<B>(self, answer: &mut Response<B>) {
        let Some(rest) = self.0 else { return };
        // A facade apart drops the body a moment after the core has refused the call.
        if !timeout(MAX_REST_TIME, read(rest)).await.unwrap_or(false) {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(header::CONNECTION, close);
        }
    }
}

/// Reads a rest to its end; answers whether it came there.
async fn read(rest: Receiver<Incoming>) -> bool {
    let Ok(mut body) = rest.await else {
        return true;
    };
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        bytes += frame.data_ref().map_or(0, Bytes::len);
        if bytes > MAX_REST_BYTES {
            return false;
        }
    }
    true
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        if let (Some(rest), Some(body)) = (self.rest.take(), self.body.take())
            && !body.is_end_stream()
        {
            // Without a receiver the connection has ended.
            let _ = rest.send(body);
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(&mut *body).poll_frame(cx);
        let is_end = body.is_end_stream();
        if is_end || matches!(frame, Poll::Ready(None)) {
            self.rest = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
