//! What an operator's tools ask the HTTP listener: does it live, can it serve, what has it counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::{StatusCode, header};
use identity_core::directory::Directory;
use metrics_exporter_prometheus::PrometheusHandle;
use scim_facade::Facade;
use tokio::time::timeout;

/// How long the core may take to say that it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(2);
/// Prometheus' text form.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether this process can serve.
#[derive(Clone)]
pub(super) struct Probes(Arc<Inner>);

struct Inner {
    source: Source,
    ending: AtomicBool,
}

/// Who knows whether the core can serve.
pub(super) enum Source {
    /// The core in this process.
    Core(Directory),
    /// The facade, which asks the core where it is.
    Facade(Arc<Facade>),
}

impl Probes {
    /// Ready as long as the source says so and the program is not about to end.
    pub(super) fn new(source: Source) -> Self {
        Self(Arc::new(Inner {
            source,
            ending: AtomicBool::new(false),
        }))
    }

    /// From now on the program is about to end, and not ready.
    pub(super) fn set_ending(&self) {
        self.0.ending.store(true, Ordering::Relaxed);
    }

    /// The routes, beside those of SCIM.
    pub(super) fn routes(&self, metrics: PrometheusHandle) -> Router {
        Router::new()
            .route("/livez", get(|| async { "alive\n" }))
            .route("/readyz", get(ready).with_state(self.clone()))
            .route(
                "/metrics",
                get(async move || ([(header::CONTENT_TYPE, METRICS_TYPE)], metrics.render())),
            )
    }

    async fn is_ready(&self) -> bool {
        let answers = async {
            match &self.0.source {
                Source::Core(directory) => directory.ready().await.is_ok(),
                Source::Facade(facade) => facade.core_answers().await,
            }
        };
        !self.0.ending.load(Ordering::Relaxed) && timeout(READY_TIMEOUT, answers).await.unwrap_or(false)
    }
}

async fn ready(State(probes): State<Probes>) -> impl IntoResponse {
    if probes.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}
