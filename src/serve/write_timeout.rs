//! The stream of a connection, with an eye on the pace of its peer.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::connections::Connection;

/// Time after which a peer that takes nothing is given up.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
/// RFC 9113, section 3.4.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream that notes when HTTP/2's preface is there, and fails when its peer takes nothing for too long.
pub(super) struct WriteTimeoutStream<Io> {
    io: Io,
    connection: Arc<Connection>,
    /// The part of the preface that is still to come; empty once the connection has begun with anything.
    rest: &'static [u8],
    /// Runs while the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<Io> WriteTimeoutStream<Io> {
    pub(super) fn new(io: Io, connection: Arc<Connection>) -> Self {
        Self {
            io,
            connection,
            rest: PREFACE,
            stalled: None,
        }
    }

    fn note(&mut self, received: &[u8]) {
        let length = received.len().min(self.rest.len());
        let (expected, rest) = self.rest.split_at(length);
        if expected == &received[..length] {
            self.rest = rest;
            if rest.is_empty() {
                self.connection.set_begun();
            }
        } else {
            // HTTP/1, whose first request tells.
            self.rest = &[];
        }
    }

    fn in_time<T>(&mut self, cx: &mut Context<'_>, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stalled = None;
            return sent;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for WriteTimeoutStream<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        if !self.rest.is_empty() {
            self.note(&buf.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for WriteTimeoutStream<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.io).poll_write(cx, buf);
        self.in_time(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.in_time(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.io).poll_flush(cx);
        self.in_time(cx, sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.io).poll_shutdown(cx);
        self.in_time(cx, sent)
    }
}
