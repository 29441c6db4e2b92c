//! The accept loop of all listeners: TLS, limits on how slow connections are and how many, and a drain at the end.

use std::{
    convert::Infallible,
    error::Error as StdError,
    future::pending,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt as _};
use tracing::Instrument as _;

use super::{
    connections::{Connections, Limits, Slot},
    heads::{Heads, WithHeads},
    listeners::DRAIN,
    unread::{self, WatchedBody},
    write_coalescing::CoalescedWriter,
    write_timeout::WriteTimeoutStream,
};
use crate::telemetry::traces;

/// Time limit of a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit from a new connection to its first whole head, or to HTTP/2's preface.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit of the head of a later request on HTTP/1, and so of an idle connection: longer than the idle time of the
/// load balancers in front, or they would send into a connection that is just being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// Bytes of the head of a request on HTTP/1: the longest URL that HTTP libraries take, and room for headers.
const MAX_HEAD_BYTES: usize = 80 << 10;
/// Bytes of the headers of a request on HTTP/2.
const MAX_HEADER_LIST_BYTES: u32 = 16 << 10;
/// Requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 1024;
/// Bytes of one request's body that a client may send before they are read (HTTP/2).
const STREAM_WINDOW: u32 = 256 << 10;
/// Bytes of all bodies on one connection that a client may send before they are read (HTTP/2).
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Interval at which a silent HTTP/2 connection is asked whether its peer is still there.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(30);
/// Time limit of the peer's answer.
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(20);
/// The first wait after the system refused a connection, which it does when it is short of files or memory; it doubles up to the longest.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The longest such wait.
const MAX_ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// Shortest time between two log lines about refused connections.
const REFUSALS_LOGGED_EVERY: Duration = Duration::from_secs(10);

/// Treatment of the targets of requests on HTTP/1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Targets {
    /// Encodes what a URL cannot hold, as clients of SCIM send it, and gives hyper's own refusals SCIM's form.
    Encoded,
    /// Takes them as they are.
    AsSent,
}

/// One listener and its rules.
pub(super) struct Listener {
    /// Its name in the log.
    pub(super) name: &'static str,
    /// Where connections come in.
    pub(super) socket: TcpListener,
    /// The certificate; `None`: plaintext.
    pub(super) tls: Option<TlsAcceptor>,
    /// Treatment of the targets of requests.
    pub(super) targets: Targets,
    /// The numbers of connections that it holds.
    pub(super) limits: Limits,
    /// Tells whether requests of this path are answered well only if they are authenticated.
    pub(super) needs_token: fn(&str) -> bool,
}

impl Listener {
    /// Serves each connection with the service made for its address until `end`, and then until the requests that have begun are
    /// answered or the drain time is over.
    pub(super) async fn serve<S, B>(self, service_for: impl Fn(IpAddr) -> S, end: impl Future<Output = ()>)
    where
        S: Service<Request<WatchedBody>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
        B: Body<Data: Send, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static,
    {
        let open = GracefulShutdown::new();
        let connections = Connections::new(self.limits);
        let accepting = async {
            loop {
                let (stream, peer) = accept(self.name, &self.socket).await;
                let slot = connections.admit(peer.ip()).await;
                let served = Served {
                    service: service_for(peer.ip()),
                    targets: self.targets,
                    needs_token: self.needs_token,
                    slot,
                    watcher: open.watcher(),
                };
                tokio::spawn(served.run(stream, self.tls.clone()));
            }
        };
        tokio::select! {
            () = end => {}
            () = accepting => {}
        }
        drop(self.socket);
        tokio::select! {
            () = open.shutdown() => {}
            () = sleep(DRAIN) => {
                let (listener, seconds) = (self.name, DRAIN.as_secs());
                tracing::warn!(listener, seconds, "requests were still running after the drain time");
            }
        }
    }
}

/// The next connection, and who is at its other end.
async fn accept(listener: &'static str, socket: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut pause = ACCEPT_PAUSE;
    let mut logged: Option<Instant> = None;
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            // It was gone before it was accepted, which says nothing of the next one.
            Err(cause) if cause.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(cause) => {
                if logged.is_none_or(|at| at.elapsed() >= REFUSALS_LOGGED_EVERY) {
                    tracing::warn!(listener, %cause, "the system refuses connections");
                    logged = Some(Instant::now());
                }
                sleep(pause).await;
                pause = (pause * 2).min(MAX_ACCEPT_PAUSE);
            }
        }
    }
}

/// A connection with the service that answers its requests.
struct Served<S> {
    service: S,
    targets: Targets,
    needs_token: fn(&str) -> bool,
    slot: Slot,
    watcher: Watcher,
}

impl<S, B> Served<S>
where
    S: Service<Request<WatchedBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static,
{
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let connection = self.slot.connection();
        let speaking = async {
            // Without it the last segment of an answer can wait for the acknowledgement of the one before.
            let _ = stream.set_nodelay(true);
            let Some(tls) = tls else {
                return self.speak(stream).await;
            };
            match timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.speak(stream).await,
                Ok(Err(cause)) => tracing::debug!(%cause, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        };
        tokio::select! {
            () = speaking => {}
            () = connection.displaced() => tracing::debug!("a connection was displaced by another"),
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let stream = CoalescedWriter::new(WriteTimeoutStream::new(stream, self.slot.connection()));
        match self.targets {
            Targets::Encoded => {
                let (stream, heads) = WithHeads::new(stream);
                self.answer(stream, Some(heads)).await;
            }
            Targets::AsSent => self.answer(stream, None).await,
        }
    }

    async fn answer(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        heads: Option<Heads>,
    ) {
        let connection = self.slot.connection();
        let http = builder();
        let (slot, service, needs_token) = (self.slot, self.service, self.needs_token);
        let answer = service_fn(move |request: Request<Incoming>| {
            if let Some(heads) = &heads {
                heads.note(&request);
            }
            slot.note_request();
            let connection = slot.connection();
            let may_prove = !connection.is_authenticated() && needs_token(request.uri().path());
            let span = traces::of_request(&request);
            let (request, rest) = unread::watch(request);
            let answer = service.clone().oneshot(request).instrument(span);
            async move {
                let mut answer = answer.await;
                if let Ok(answer) = &mut answer {
                    rest.finish(answer).await;
                }
                if may_prove && answer.as_ref().is_ok_and(is_good) {
                    connection.set_authenticated();
                }
                answer
            }
        });
        let speaking = self
            .watcher
            .watch(http.serve_connection(TokioIo::new(stream), answer));
        let silent = async {
            sleep(BEGIN_TIMEOUT).await;
            if connection.has_begun() {
                pending::<()>().await;
            }
        };
        tokio::select! {
            ended = speaking => if let Err(cause) = ended {
                tracing::debug!(%cause, "a connection ended early");
            },
            () = silent => tracing::debug!("a connection said too little"),
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_EVERY)
        .keep_alive_timeout(KEEPALIVE_ANSWER)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    http
}

/// Tells whether the request was granted, over HTTP or over gRPC, where a refusal that has nothing else to say stands in the headers.
fn is_good<B>(response: &Response<B>) -> bool {
    response.status().is_success() && !response.headers().contains_key("grpc-status")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{
        Router,
        routing::{get, post},
    };
    use rustls::{ServerConfig, server::ResolvesServerCertUsingSni};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        task::JoinHandle,
    };
    use tokio_util::sync::CancellationToken;

    use super::{
        super::write_timeout::{PREFACE, WRITE_TIMEOUT},
        *,
    };

    struct World {
        stream: TcpStream,
        end: CancellationToken,
        serving: JoinHandle<()>,
    }

    async fn start_with(tls: Option<TlsAcceptor>, targets: Targets) -> World {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
        let router = Router::new()
            .route("/echo", post(async |body: String| body))
            .route("/large", get(async || "x".repeat(64 << 20)));
        let end = CancellationToken::new();
        let listener = Listener {
            name: "test",
            socket,
            tls,
            targets,
            limits: Limits {
                in_all: 2,
                per_address: 2,
                proxies: Vec::new(),
            },
            needs_token: |_| true,
        };
        let serving = listener.serve(
            move |_| {
                router
                    .clone()
                    .map_request(|request: Request<WatchedBody>| request)
            },
            end.clone().cancelled_owned(),
        );
        World {
            stream,
            end,
            serving: tokio::spawn(serving),
        }
    }

    async fn start() -> World {
        start_with(None, Targets::Encoded).await
    }

    /// Measures for how long the server keeps a connection on which this was sent, and nothing else.
    async fn kept(mut world: World, sent: &[u8]) -> Duration {
        world.stream.write_all(sent).await.unwrap();
        let begun = Instant::now();
        let mut rest = Vec::new();
        let _ = world.stream.read_to_end(&mut rest).await;
        begun.elapsed()
    }

    const HEAD: &[u8] =
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n";

    #[tokio::test]
    async fn a_request_that_has_begun_is_answered_after_the_end_was_asked_for() {
        let mut world = start().await;
        world.stream.write_all(HEAD).await.unwrap();
        let mut goes_on = [0; 25];
        world.stream.read_exact(&mut goes_on).await.unwrap();
        world.end.cancel();
        world.stream.write_all(b"body").await.unwrap();
        let mut answer = String::new();
        world.stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("body"),
            "{answer}"
        );
        world.serving.await.unwrap();
    }

    #[tokio::test]
    async fn an_idle_connection_does_not_hold_up_the_end() {
        let mut world = start().await;
        world.end.cancel();
        world.serving.await.unwrap();
        assert_eq!(world.stream.read(&mut [0]).await.unwrap_or(0), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_waits_for_requests_only_so_long() {
        let mut world = start().await;
        world.stream.write_all(HEAD).await.unwrap();
        world.stream.read_exact(&mut [0; 25]).await.unwrap();
        let begun = Instant::now();
        world.end.cancel();
        world.serving.await.unwrap();
        assert!(begun.elapsed() >= DRAIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_too_little_is_closed() {
        for targets in [Targets::Encoded, Targets::AsSent] {
            for sent in [&b""[..], &PREFACE[..20]] {
                let kept = kept(start_with(None, targets).await, sent).await;
                assert!(
                    kept <= BEGIN_TIMEOUT + Duration::from_secs(1),
                    "{sent:?}: {kept:?}"
                );
            }
        }
        let kept = kept(start().await, &HEAD[..40]).await;
        assert!(
            kept <= BEGIN_TIMEOUT + Duration::from_secs(1),
            "half a head: {kept:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_http2_connection_without_requests_is_kept_while_its_peer_answers() {
        let kept = kept(start_with(None, Targets::AsSent).await, PREFACE).await;
        assert!(kept >= KEEPALIVE_EVERY, "{kept:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_http1_connection_is_kept_for_the_balancers_before_it() {
        let mut world = start().await;
        world.stream.write_all(HEAD).await.unwrap();
        world.stream.read_exact(&mut [0; 25]).await.unwrap();
        let kept = kept(world, b"body").await;
        assert!(kept >= Duration::from_mins(1), "{kept:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_of_an_answer_is_given_up() {
        let mut world = start().await;
        world
            .stream
            .write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        world.stream.read_exact(&mut [0; 12]).await.unwrap();
        tokio::time::sleep(WRITE_TIMEOUT + Duration::from_secs(1)).await;
        let mut rest = Vec::new();
        let _ = world.stream.read_to_end(&mut rest).await;
        assert!(rest.len() < 64 << 20, "{}", rest.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_tls_handshake_is_given_up() {
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
        let tls = TlsAcceptor::from(Arc::new(config));
        let kept = kept(start_with(Some(tls), Targets::Encoded).await, b"").await;
        assert!(kept <= HANDSHAKE_TIMEOUT + Duration::from_secs(1), "{kept:?}");
    }
}
