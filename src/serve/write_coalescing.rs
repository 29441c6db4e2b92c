//! A connection that sends together what is ready together.
//!
//! Calls share a connection, and each answer that is ready makes HTTP/2 flush, which is a system call of its own. Here a flush lets the
//! other tasks go first, once: the answers that they finish meanwhile go in the same write. With nothing else to do it costs one more
//! poll.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that wait at most; more are sent at once.
const MAX_HELD: usize = 32 << 10;

/// A connection that coalesces the writes of another.
pub(super) struct CoalescedWriter<Io> {
    io: Io,
    held: Vec<u8>,
    /// How many of the held bytes are sent already.
    sent: usize,
    /// Set if the other tasks went first since the last flush.
    gave_way: bool,
}

impl<Io> CoalescedWriter<Io> {
    pub(super) fn new(io: Io) -> Self {
        Self {
            io,
            held: Vec::new(),
            sent: 0,
            gave_way: false,
        }
    }
}

impl<Io: AsyncWrite + Unpin> CoalescedWriter<Io> {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.held.len() {
            match ready!(Pin::new(&mut self.io).poll_write(cx, &self.held[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.sent += written,
            }
        }
        self.held.clear();
        // An idle connection keeps no memory for its largest answer.
        self.held.shrink_to(MAX_HELD / 8);
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for CoalescedWriter<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length: usize = bufs.iter().map(|it| it.len()).sum();
        if self.held.len() + length > MAX_HELD {
            ready!(self.poll_send(cx))?;
        }
        if length > MAX_HELD {
            return Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        }
        for buf in bufs {
            self.held.extend_from_slice(buf);
        }
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() && !self.gave_way {
            self.gave_way = true;
            // The runtime puts a task that wakes itself behind those that are ready.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.poll_send(cx))?;
        self.gave_way = false;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for CoalescedWriter<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::{Arc, Mutex},
        task::{Context, Poll},
    };

    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, duplex};

    use super::{CoalescedWriter, MAX_HELD};

    /// Takes everything, and notes each write.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<Vec<u8>>>>);

    impl AsyncWrite for Sink {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
            self.0.lock().expect("writes").push(buf.into());
            Poll::Ready(Ok(buf.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncRead for Sink {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_written_before_a_flush_goes_in_one_write() {
        let sink = Sink::default();
        let mut connection = CoalescedWriter::new(sink.clone());
        for word in ["to", "get", "her"] {
            connection.write_all(word.as_bytes()).await.expect("write");
        }
        assert!(sink.0.lock().expect("writes").is_empty());
        connection.flush().await.expect("flush");
        assert_eq!(*sink.0.lock().expect("writes"), [b"together"]);
        connection.write_all(b"end").await.expect("write");
        connection.shutdown().await.expect("shut down");
        assert_eq!(
            sink.0.lock().expect("writes").last().map(Vec::as_slice),
            Some(&b"end"[..])
        );
    }

    #[tokio::test]
    async fn bytes_arrive_in_order_through_a_narrow_pipe_whatever_their_pieces() {
        let (near, mut far) = duplex(1000);
        let sent: Vec<u8> = (0..2_000_000_u32)
            .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
            .collect();
        let pieces = sent.clone();
        let writing = tokio::spawn(async move {
            let mut connection = CoalescedWriter::new(near);
            let (mut rest, mut length) = (pieces.as_slice(), 1);
            while !rest.is_empty() {
                let (piece, others) = rest.split_at(length.min(rest.len()));
                connection.write_all(piece).await.expect("write");
                if length % 3 == 0 {
                    connection.flush().await.expect("flush");
                }
                rest = others;
                length = (length * 7 + 1) % (2 * MAX_HELD) + 1;
            }
            connection.shutdown().await.expect("shut down");
        });
        let mut received = Vec::new();
        far.read_to_end(&mut received).await.expect("read");
        writing.await.expect("written");
        assert!(
            received == sent,
            "{} of {} bytes, or others",
            received.len(),
            sent.len()
        );
    }

    #[tokio::test]
    async fn a_flush_lets_others_go_first() {
        let sink = Sink::default();
        let mut connection = CoalescedWriter::new(sink.clone());
        connection.write_all(b"x").await.expect("write");
        let seen = sink.clone();
        let other = tokio::spawn(async move { seen.0.lock().expect("writes").len() });
        connection.flush().await.expect("flush");
        assert_eq!(other.await.expect("ran"), 0, "it ran before anything was sent");
        assert_eq!(sink.0.lock().expect("writes").len(), 1);
    }
}
