//! The listeners, each served by a task of its own.

use std::{fmt::Display, net::SocketAddr, time::Duration};

use axum::Router;
use grpc_server::{Services, Transport};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{http, tls::Tls};
use crate::{failure::Failure, settings::SettingError};

/// How long requests that have begun may take after the end was asked for.
pub(super) const DRAIN: Duration = Duration::from_secs(30);

/// Listens where the setting says; answers where that is really, as the setting may leave the port to the system.
pub(super) async fn bind(setting: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let cannot = |cause| refused(setting, format!("cannot listen on {address}: {cause}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let local = listener.local_addr().map_err(cannot)?;
    Ok((listener, local))
}

/// What the machine refused, with the setting behind it.
pub(super) fn refused(setting: &str, cause: impl Display) -> Failure {
    Failure::Refused(SettingError::new(setting, cause).to_string())
}

/// The open doors.
pub(super) struct Doors {
    tasks: JoinSet<Result<(), Failure>>,
    end: CancellationToken,
    tls: Option<Tls>,
}

impl Doors {
    /// No door yet. All of them close when `end` is cancelled, and speak TLS if there is a certificate.
    pub(super) fn new(end: CancellationToken, tls: Option<Tls>) -> Self {
        Self {
            tasks: JoinSet::new(),
            end,
            tls,
        }
    }

    /// Serves gRPC.
    pub(super) fn open_grpc(&mut self, listener: TcpListener, services: Services) {
        let transport = Transport {
            tls: self.tls.as_ref().map(|tls| tls.grpc.clone()),
            drain: DRAIN,
        };
        let end = self.end.clone().cancelled_owned();
        self.tasks.spawn(async move {
            let served = services.serve(listener, transport, end).await;
            served.map_err(|cause| Failure::while_doing("gRPC", cause))
        });
    }

    /// Serves HTTP.
    pub(super) fn open_http(&mut self, listener: TcpListener, router: Router) {
        let acceptor = self.tls.as_ref().map(|tls| tls.acceptor.clone());
        let end = self.end.clone();
        self.tasks.spawn(async move {
            http::serve(listener, router, acceptor, end).await;
            Ok(())
        });
    }

    /// The first door that closes, and how; `None`: all are closed.
    pub(super) async fn closed(&mut self) -> Option<Result<(), Failure>> {
        let closed = self.tasks.join_next().await?;
        Some(closed.unwrap_or_else(|cause| Err(Failure::while_doing("a listener failed", cause))))
    }
}
