//! The HTTP listener: connections with or without TLS, limits on how slow and how many they are, and a drain at the end.

use std::{
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::Router;
use http::Request;
use hyper::service::{Service as _, service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use scim_facade::Peer;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::{doors::DRAIN, heads::WithHeads};

/// Connections at a time; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 10_000;
/// Requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the head of a request may take, and so how long a connection may be idle: longer than the idle time of the
/// load balancers in front, or they would send into a connection that is just being closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(90);
/// How often an idle HTTP/2 connection is asked whether its peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// The wait after the system refused a connection, which it does when it is short of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `end`, and then until the requests that have begun are answered or the drain time is over.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    end: CancellationToken,
) {
    let open = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some((stream, peer, slot)) = end.run_until_cancelled(accept(&listener, &slots)).await {
        let connection = Connection {
            router: WithPeer {
                inner: router.clone(),
                peer: Peer(peer.ip()),
            },
            watcher: open.watcher(),
            _slot: slot,
        };
        tokio::spawn(connection.serve(stream, tls.clone()));
    }
    drop(listener);
    tokio::select! {
        () = open.shutdown() => {}
        () = sleep(DRAIN) => {
            tracing::warn!(seconds = DRAIN.as_secs(), "SCIM requests were still running after the drain time");
        }
    }
}

/// The next connection, who is at its other end, and its slot among those that there may be.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a slot in the end.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, slot),
            Err(cause) => {
                tracing::warn!(%cause, "the system refused a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The routes, each of whose requests says who sent it.
#[derive(Clone)]
struct WithPeer {
    inner: Router,
    peer: Peer,
}

impl<B> Service<Request<B>> for WithPeer
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<B>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.inner.call(request)
    }
}

struct Connection {
    router: WithPeer,
    watcher: Watcher,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
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
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEPALIVE)
            .max_concurrent_streams(MAX_STREAMS);
        let (stream, heads) = WithHeads::new(stream);
        let router = TowerToHyperService::new(self.router);
        let answer = service_fn(move |request| {
            heads.note(&request);
            router.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), answer);
        if let Err(cause) = self.watcher.watch(connection).await {
            tracing::debug!(%cause, "a connection ended early");
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        task::JoinHandle,
    };

    use super::*;

    async fn start() -> (TcpStream, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let router = Router::new().route("/echo", post(async |body: String| body));
        let end = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router, None, end.clone()));
        (stream, end, serving)
    }

    const HEAD: &[u8] =
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n";

    #[tokio::test]
    async fn a_request_that_has_begun_is_answered_after_the_end_was_asked_for() {
        let (mut stream, end, serving) = start().await;
        stream.write_all(HEAD).await.unwrap();
        let mut goes_on = [0; 25];
        stream.read_exact(&mut goes_on).await.unwrap();
        end.cancel();
        stream.write_all(b"body").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("body"),
            "{answer}"
        );
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn an_idle_connection_does_not_hold_up_the_end() {
        let (mut stream, end, serving) = start().await;
        end.cancel();
        serving.await.unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    }
}
