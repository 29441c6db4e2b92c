//! The time between the binding of the HTTP listeners and the opening of the core, which may wait for the database or migrate it: probes
//! are answered, and all else is told to come back.

use std::io;

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use http::header;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{connections::Limits, listeners::Listeners, tls::Tls};
use crate::failure::Failure;

/// Seconds after which a client may ask again.
const RETRY_AFTER: &str = "1";

/// Listeners that answer while the program starts.
pub(super) struct Starting {
    listeners: Listeners,
    end: CancellationToken,
}

impl Starting {
    /// Opens no listener yet.
    pub(super) fn new(tls: Option<Tls>) -> Self {
        let end = CancellationToken::new();
        Self {
            listeners: Listeners::new(end.clone(), tls),
            end,
        }
    }

    /// Answers on a socket, which stays open when this has ended.
    pub(super) fn open(&mut self, socket: TcpListener, limits: Limits) -> Result<TcpListener, Failure> {
        let cannot = |cause: io::Error| Failure::while_doing("cannot share a listener", cause);
        let socket = socket.into_std().map_err(cannot)?;
        let shared = socket.try_clone().and_then(TcpListener::from_std);
        self.listeners
            .open_management(shared.map_err(cannot)?, limits, routes());
        TcpListener::from_std(socket).map_err(cannot)
    }

    /// Ends; requests that have begun are answered.
    pub(super) fn end(mut self) {
        self.end.cancel();
        tokio::spawn(async move { while self.listeners.closed().await.is_some() {} });
    }
}

fn routes() -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .fallback(|| async { not_ready() })
}

fn not_ready() -> impl IntoResponse {
    let retry = [(header::RETRY_AFTER, RETRY_AFTER)];
    (StatusCode::SERVICE_UNAVAILABLE, retry, "starting\n")
}
