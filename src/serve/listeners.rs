//! The listeners, each served by a task of its own.

use std::{fmt::Display, io, net::SocketAddr, time::Duration};

use axum::{Router, middleware};
use grpc_server::Services;
use http::{Request, Response, StatusCode};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::{ServiceExt as _, service_fn};

use super::{
    connections::Limits,
    listener::{Listener, Targets},
    tls::Tls,
    unread::WatchedBody,
};
use crate::{failure::Failure, settings::SettingError};

/// Connections that may wait to be accepted (`listen(2)`; the system's `somaxconn` caps it). Beyond it the system drops SYNs, which clients
/// send again after a whole second: at 128, the default, a burst of 100 strangers made probes take that long.
const BACKLOG: u32 = 4_096;
/// Time limit of requests that have begun when the end is asked for.
pub(super) const DRAIN: Duration = Duration::from_secs(30);

/// Listens where the setting says; answers where that is really, as the setting may leave the port to the system.
pub(super) async fn bind(setting: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let cannot = |cause: io::Error| {
        let next_step = match cause.kind() {
            io::ErrorKind::AddrInUse => "; another roster may run there, else choose another address",
            _ => "",
        };
        refused(setting, format!("cannot listen on {address}: {cause}{next_step}"))
    };
    let listener = listen(address).map_err(cannot)?;
    let local = listener.local_addr().map_err(cannot)?;
    Ok((listener, local))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // Or a restart has to wait until the connections of the time before are forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A refusal of the machine, with the setting behind it.
pub(super) fn refused(setting: &str, cause: impl Display) -> Failure {
    Failure::Refused(SettingError::new(setting, cause).to_string())
}

/// The open listeners.
pub(super) struct Listeners {
    tasks: JoinSet<()>,
    end: CancellationToken,
    tls: Option<Tls>,
}

impl Listeners {
    /// No listener yet. All of them close when `end` is cancelled, and speak TLS if there is a certificate.
    pub(super) fn new(end: CancellationToken, tls: Option<Tls>) -> Self {
        Self {
            tasks: JoinSet::new(),
            end,
            tls,
        }
    }

    /// Serves gRPC, and its JSON form to clients that speak no gRPC.
    pub(super) fn open_grpc(
        &mut self,
        socket: TcpListener,
        limits: Limits,
        services: Services,
    ) -> Result<(), Failure> {
        let listener = Listener {
            name: "gRPC",
            socket,
            tls: self.tls.as_ref().map(|tls| tls.grpc.clone()),
            targets: Targets::AsSent,
            limits,
            needs_token: grpc_server::methods::needs_token,
        };
        let service = services
            .service()
            .map_err(|cause| Failure::while_doing("gRPC", cause))?;
        let service_for = move |address| {
            let peer = grpc_server::Peer(address);
            let service = service.clone();
            service_fn(move |request: Request<WatchedBody>| {
                let service = service.clone();
                async move {
                    if !scim_facade::names_one_host(request.version(), request.headers()) {
                        let mut refusal =
                            Response::new(Body::new("Host: must be there once, a host".to_owned()));
                        *refusal.status_mut() = StatusCode::BAD_REQUEST;
                        return Ok(refusal);
                    }
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(peer);
                    service.oneshot(request).await
                }
            })
        };
        let end = self.end.clone().cancelled_owned();
        let end = async move {
            end.await;
            services.end_streams().await;
        };
        self.tasks.spawn(listener.serve(service_for, end));
        Ok(())
    }

    /// Serves SCIM, and what else is on its listener.
    pub(super) fn open_scim(&mut self, socket: TcpListener, limits: Limits, router: Router) {
        self.open_http("SCIM", socket, limits, router, needs_token);
    }

    /// Serves an operator's tools.
    pub(super) fn open_management(&mut self, socket: TcpListener, limits: Limits, router: Router) {
        self.open_http("management", socket, limits, router, |_| false);
    }

    /// Serves the web console.
    pub(super) fn open_console(&mut self, socket: TcpListener, limits: Limits, router: Router) {
        self.open_http("console", socket, limits, router, console::needs_session);
    }

    fn open_http(
        &mut self,
        name: &'static str,
        socket: TcpListener,
        limits: Limits,
        router: Router,
        needs_token: fn(&str) -> bool,
    ) {
        let listener = Listener {
            name,
            socket,
            tls: self.tls.as_ref().map(|tls| tls.http.clone()),
            targets: Targets::Encoded,
            limits,
            needs_token,
        };
        let router = router.layer(middleware::from_fn(scim_facade::check_host));
        let service_for = move |address| {
            router
                .clone()
                .map_request(move |mut request: Request<WatchedBody>| {
                    request.extensions_mut().insert(scim_facade::Peer(address));
                    request.extensions_mut().insert(console::Peer(address));
                    request
                })
        };
        let end = self.end.clone().cancelled_owned();
        self.tasks.spawn(listener.serve(service_for, end));
    }

    /// The first listener that closes, and how; `None`: all are closed.
    pub(super) async fn closed(&mut self) -> Option<Result<(), Failure>> {
        let closed = self.tasks.join_next().await?;
        Some(closed.map_err(|cause| Failure::while_doing("a listener failed", cause)))
    }
}

/// Tells whether a path on the SCIM listener is answered well only to callers who authenticate. Some calls of the core are for everybody.
fn needs_token(path: &str) -> bool {
    let call = path.strip_prefix("/api");
    scim_facade::needs_token(path) || call.is_some_and(grpc_server::methods::needs_token)
}

#[cfg(test)]
mod tests {
    use super::needs_token;

    #[test]
    fn an_answer_that_everybody_gets_proves_nothing() {
        for path in [
            "/scim/v2/Users",
            "/access/v1/evaluations",
            "/api/roster.identity.v1.UserService/GetUser",
        ] {
            assert!(needs_token(path), "{path}");
        }
        for path in [
            "/api/roster.identity.v1.SigningKeyService/GetKeySet",
            "/api/openapi.json",
            "/.well-known/authzen-configuration",
            "/livez",
        ] {
            assert!(!needs_token(path), "{path}");
        }
    }
}
