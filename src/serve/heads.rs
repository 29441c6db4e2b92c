//! The heads of requests on HTTP/1, as hyper takes them, and the refusals that it makes by itself.
//!
//! RFC 3986 has no raw quotes in a URL, and hyper refuses them, but curl sends the filter of `?filter=userName eq "ada"` as it is written,
//! and so do programs in Go, Node and PowerShell. Such bytes are percent-encoded in the request target on their way to hyper. To know where
//! a head begins nothing is guessed: hyper is given one head at a time, and the request that it makes of it says how long the body is. On
//! a connection where it cannot say so (a chunked body), nothing is changed after that.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{Request, StatusCode};
use hyper::body::Body;
use scim_facade::error::ScimError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read at a time.
const CHUNK: usize = 8 * 1024;
/// Bytes of a body that are read at a time.
const BODY_CHUNK: usize = 64 * 1024;
/// The longest URL that hyper takes.
const MAX_URL: usize = 65_534;

/// Tells a connection what hyper made of the last head.
#[derive(Clone, Debug)]
pub(super) struct Heads(Arc<AtomicU64>);

/// No request was made of the last head yet.
const NO_REQUEST: u64 = u64::MAX;
/// A request was made of it, and nobody knows how long its body is.
const NO_LENGTH: u64 = u64::MAX - 1;

impl Heads {
    /// Notes that hyper has made this request. To be called before hyper reads on: at once, and not in a future.
    pub(super) fn note(&self, request: &Request<impl Body>) {
        let length = request.body().size_hint().exact().unwrap_or(NO_LENGTH);
        self.0.store(length, Ordering::Relaxed);
    }
}

/// A connection whose request targets are made fit for hyper, and whose refusals have a body.
pub(super) struct WithHeads<Io> {
    io: Io,
    heads: Heads,
    state: State,
    /// Bytes that were read and not yet looked at.
    raw: BytesMut,
    /// Bytes that hyper gets next.
    ready: BytesMut,
    /// Answer that is sent in the place of hyper's own refusal.
    refusal: Bytes,
}

/// Meaning of the next bytes of a connection.
#[derive(Clone, Copy)]
enum State {
    /// A part of a head.
    Head(Part),
    /// Bytes behind a head, until hyper has said what it made of it.
    AfterHead,
    /// As many bytes of a body.
    Body(u64),
    /// Bytes that are passed on as they are.
    Anything,
}

/// A part of a head.
#[derive(Clone, Copy)]
enum Part {
    /// Empty lines before the request, which RFC 9112, section 2.2, wants passed over.
    Before,
    Method,
    Target,
    /// The rest of a line, and then the beginning of the next one.
    Line,
    LineStart,
    /// Behind a carriage return that begins a line.
    EmptyLine,
}

impl Part {
    /// Tells whether a byte is not simply passed on. In a head most are, which is done for all of them at once.
    fn looks_at(self, byte: u8) -> bool {
        match self {
            Self::Method => matches!(byte, b' ' | b'\n'),
            Self::Target => matches!(byte, b' ' | b'\n') || is_foreign_to_urls(byte),
            Self::Line => byte == b'\n',
            Self::Before | Self::LineStart | Self::EmptyLine => true,
        }
    }
}

impl<Io> WithHeads<Io> {
    pub(super) fn new(io: Io) -> (Self, Heads) {
        let heads = Heads(Arc::new(AtomicU64::new(NO_REQUEST)));
        let connection = Self {
            io,
            heads: heads.clone(),
            state: State::Head(Part::Before),
            raw: BytesMut::new(),
            ready: BytesMut::new(),
            refusal: Bytes::new(),
        };
        (connection, heads)
    }

    /// Moves on from what is not a head.
    fn next_state(&mut self) {
        self.state = match self.state {
            State::AfterHead => match self.heads.0.swap(NO_REQUEST, Ordering::Relaxed) {
                // It wants more than a head of HTTP/1, as HTTP/2 does.
                NO_REQUEST | NO_LENGTH => State::Anything,
                length => State::Body(length),
            },
            State::Body(0) => State::Head(Part::Before),
            state => state,
        };
    }

    /// Makes bytes of a head fit, up to its end.
    fn take_head(&mut self, mut part: Part) {
        let mut taken = 0;
        let mut ended = false;
        while !ended && taken < self.raw.len() {
            let rest = &self.raw[taken..];
            let passed = rest.iter().position(|byte| part.looks_at(*byte));
            let passed = passed.unwrap_or(rest.len());
            self.ready.extend_from_slice(&rest[..passed]);
            taken += passed;
            let Some(&byte) = rest.get(passed) else {
                break;
            };
            taken += 1;
            match part {
                Part::Target if is_foreign_to_urls(byte) => {
                    let encoded = percent_encoding::percent_encode_byte(byte);
                    self.ready.extend_from_slice(encoded.as_bytes());
                }
                _ => self.ready.extend_from_slice(&[byte]),
            }
            match (part, byte) {
                (Part::LineStart | Part::EmptyLine, b'\n') => ended = true,
                (Part::Before, b'\r' | b'\n') => {}
                (Part::LineStart, b'\r') => part = Part::EmptyLine,
                (_, b'\n') => part = Part::LineStart,
                (Part::Before, _) => part = Part::Method,
                (Part::Method, b' ') => part = Part::Target,
                (Part::Target, b' ') | (Part::LineStart | Part::EmptyLine, _) => part = Part::Line,
                _ => {}
            }
        }
        self.raw.advance(taken);
        self.state = if ended {
            State::AfterHead
        } else {
            State::Head(part)
        };
    }
}

/// Tells whether a byte has no place in a URL (RFC 3986, appendix A) and yet is sent there. What would end the URL is none of them.
fn is_foreign_to_urls(byte: u8) -> bool {
    byte >= 0x80
        || matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}

impl<Io: AsyncRead + Unpin> WithHeads<Io> {
    /// Reads some bytes to be looked at; answers whether there are any more.
    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        // Not zeroed, which took a tenth of the instructions of a point read.
        let mut chunk = [MaybeUninit::uninit(); CHUNK];
        let mut read = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut read))?;
        self.raw.extend_from_slice(read.filled());
        Poll::Ready(Ok(!read.filled().is_empty()))
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for WithHeads<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if !this.ready.is_empty() {
                give(&mut this.ready, buf, usize::MAX);
                return Poll::Ready(Ok(()));
            }
            this.next_state();
            match this.state {
                State::Head(part) => {
                    if this.raw.is_empty() && !ready!(this.poll_raw(cx))? {
                        return Poll::Ready(Ok(()));
                    }
                    this.take_head(part);
                }
                State::Anything if this.raw.is_empty() => return Pin::new(&mut this.io).poll_read(cx, buf),
                State::Anything => {
                    give(&mut this.raw, buf, usize::MAX);
                    return Poll::Ready(Ok(()));
                }
                State::Body(left) => {
                    let most = usize::try_from(left).unwrap_or(usize::MAX);
                    let given = if this.raw.is_empty() {
                        let room = buf.remaining().min(most).min(BODY_CHUNK);
                        let mut part = ReadBuf::new(buf.initialize_unfilled_to(room));
                        ready!(Pin::new(&mut this.io).poll_read(cx, &mut part))?;
                        let given = part.filled().len();
                        buf.advance(given);
                        given
                    } else {
                        give(&mut this.raw, buf, most)
                    };
                    this.state = State::Body(left - given as u64);
                    return Poll::Ready(Ok(()));
                }
                State::AfterHead => {}
            }
        }
    }
}

/// Gives bytes, as many as there is room for and at most so many.
fn give(from: &mut BytesMut, to: &mut ReadBuf<'_>, most: usize) -> usize {
    let length = from.len().min(to.remaining()).min(most);
    to.put_slice(&from[..length]);
    from.advance(length);
    length
}

/// Gives a body to an answer that is hyper's own: a status, and no more than the three headers that it sets.
fn refusal(answer: &[u8]) -> Option<Bytes> {
    let head = std::str::from_utf8(answer.strip_suffix(b"\r\n\r\n")?).ok()?;
    let (line, headers) = head.split_once("\r\n")?;
    let status = line.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let status: StatusCode = status.parse().ok().filter(StatusCode::is_client_error)?;
    let is_hypers = |header: &str| {
        let name = header.split(':').next().unwrap_or_default();
        ["content-length", "connection", "date"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
    };
    if !headers.split("\r\n").all(is_hypers) || !headers.to_ascii_lowercase().contains("content-length: 0") {
        return None;
    }
    let detail = match status {
        StatusCode::URI_TOO_LONG => {
            format!("the URL is longer than {MAX_URL} bytes; POST to .search takes more")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the headers are too long or too many".to_owned(),
        _ => {
            "the request is no HTTP/1.1; what a URL cannot hold is percent-encoded, a blank as %20".to_owned()
        }
    };
    tracing::info!(
        status = status.as_u16(),
        "a request was refused before it was read"
    );
    let body = ScimError::plain(status, detail).body().to_string();
    let answer = format!(
        "{line}\r\ncontent-type: application/scim+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    Some(answer.into())
}

impl<Io: AsyncWrite + Unpin> WithHeads<Io> {
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.refusal))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.refusal.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes over an answer that is hyper's own; answers whether it did.
    fn takes(&mut self, answer: &[u8]) -> bool {
        if let Some(refusal) = refusal(answer) {
            self.refusal = refusal;
        }
        !self.refusal.is_empty()
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for WithHeads<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_refusal(cx))?;
        if self.takes(buf) {
            return Poll::Ready(Ok(buf.len()));
        }
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_refusal(cx))?;
        if let [only] = bufs
            && self.takes(only)
        {
            return Poll::Ready(Ok(only.len()));
        }
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// Collects the bytes that hyper gets of those that a client sends in pieces, if it answers each head with a request whose body is this long.
    async fn given(sent: &[&[u8]], body: u64) -> String {
        let (mut client, server) = duplex(64 * 1024);
        let (mut connection, heads) = WithHeads::new(server);
        let mut given = Vec::new();
        let mut buf = [0; 1_000];
        for piece in sent {
            client.write_all(piece).await.unwrap();
            loop {
                let read = std::pin::pin!(connection.read(&mut buf));
                let Some(read) = futures::FutureExt::now_or_never(read) else {
                    break;
                };
                given.extend_from_slice(&buf[..read.unwrap()]);
                if given.ends_with(b"\r\n\r\n") {
                    heads.0.store(body, Ordering::Relaxed);
                }
            }
        }
        String::from_utf8(given).unwrap()
    }

    const RAW: &[u8] = b"GET /Users?filter=userName+eq+\"a\xc3\xa4\\|\" HTTP/1.1\r\nx: \"y\"\r\n\r\n";
    const ENCODED: &str = "GET /Users?filter=userName+eq+%22a%C3%A4%5C%7C%22 HTTP/1.1\r\nx: \"y\"\r\n\r\n";

    #[tokio::test]
    async fn the_target_of_each_request_is_encoded_and_nothing_else() {
        assert_eq!(given(&[RAW], 0).await, ENCODED);
        assert_eq!(
            given(&[b"\r\n", RAW, RAW], 0).await,
            format!("\r\n{ENCODED}{ENCODED}")
        );
        let pipelined = [RAW, RAW].concat();
        assert_eq!(given(&[&pipelined], 0).await, ENCODED.repeat(2));
        let bytes: Vec<&[u8]> = RAW.chunks(1).collect();
        assert_eq!(given(&bytes, 0).await, ENCODED);
    }

    #[tokio::test]
    async fn a_body_is_passed_on_as_it_is_even_if_it_looks_like_a_head() {
        let body = RAW.strip_suffix(b"\r\n\r\n").unwrap();
        let whole = [RAW, body, RAW].concat();
        let length = body.len() as u64;
        let plain = String::from_utf8(body.to_vec()).unwrap();
        let wanted = format!("{ENCODED}{plain}{ENCODED}");
        assert_eq!(given(&[&whole], length).await, wanted);
        assert_eq!(given(&[RAW, body, RAW], length).await, wanted);
    }

    #[tokio::test]
    async fn behind_a_body_of_unknown_length_and_in_http_2_nothing_is_changed() {
        let raw = String::from_utf8(RAW.to_vec()).unwrap();
        assert_eq!(given(&[RAW, RAW], NO_LENGTH).await, format!("{ENCODED}{raw}"));
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        assert_eq!(
            given(&[preface, RAW], NO_REQUEST).await,
            format!("{}{raw}", String::from_utf8_lossy(preface))
        );
    }

    #[test]
    fn only_an_answer_that_nobody_but_hyper_makes_gets_a_body() {
        let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let answer = String::from_utf8(refusal(own).unwrap().to_vec()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 ") && answer.contains("\"status\":\"431\""));
        for other in [
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-request-id: 7\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx",
        ] {
            assert_eq!(refusal(other.as_bytes()), None);
        }
    }
}
