//! Endpoints for an operator's tools, on a listener of their own or beside SCIM: liveness, readiness and metrics.

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
use scim_facade::CoreService;
use tokio::time::timeout;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// Time limit of the core to say that it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(2);
/// Prometheus' text form.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Readiness of this process to serve.
#[derive(Clone)]
pub(super) struct Probes(Arc<Inner>);

struct Inner {
    source: Source,
    ending: AtomicBool,
    process: metrics_process::Collector,
}

/// Source of the core's readiness.
pub(super) enum Source {
    /// The core in this process.
    Core(Directory),
    /// A core in another process, which says so by `grpc.health.v1`.
    Remote(CoreService),
}

impl Probes {
    /// Ready as long as the source says so and the program is not about to end.
    pub(super) fn new(source: Source) -> Self {
        Self(Arc::new(Inner {
            source,
            ending: AtomicBool::new(false),
            process: metrics_process::Collector::default(),
        }))
    }

    /// From now on the program is about to end, and not ready.
    pub(super) fn set_ending(&self) {
        self.0.ending.store(true, Ordering::Relaxed);
    }

    /// The routes of the probes.
    pub(super) fn routes(&self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "alive\n" }))
            .route("/readyz", get(ready).with_state(self.clone()))
    }

    /// The routes of the probes and the metrics.
    pub(super) fn routes_with(&self, metrics: PrometheusHandle) -> Router {
        let probes = self.clone();
        self.routes().route(
            "/metrics",
            get(async move || {
                probes.collect();
                ([(header::CONTENT_TYPE, METRICS_TYPE)], metrics.render())
            }),
        )
    }

    /// Takes the figures of this moment.
    fn collect(&self) {
        self.0.process.collect();
        if let Source::Core(directory) = &self.0.source {
            super::metrics::collect(directory);
        }
    }

    async fn is_ready(&self) -> bool {
        let answers = async {
            match &self.0.source {
                Source::Core(directory) => directory.ready().await.is_ok(),
                Source::Remote(core) => is_serving(core.clone()).await,
            }
        };
        !self.0.ending.load(Ordering::Relaxed) && timeout(READY_TIMEOUT, answers).await.unwrap_or(false)
    }
}

async fn is_serving(core: CoreService) -> bool {
    let answer = HealthClient::new(core).check(HealthCheckRequest::default()).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}

async fn ready(State(probes): State<Probes>) -> impl IntoResponse {
    if probes.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, io};

    use tower::{ServiceExt, service_fn};

    use super::*;

    fn status(serving: ServingStatus) -> CoreService {
        let health = tonic_health::server::HealthReporter::new();
        let set = health.clone();
        let service = tonic_health::pb::health_server::HealthServer::new(
            tonic_health::server::HealthService::from_health_reporter(health),
        );
        let status = match serving {
            ServingStatus::Serving => tonic_health::ServingStatus::Serving,
            _ => tonic_health::ServingStatus::NotServing,
        };
        CoreService::new(service_fn(move |request| {
            let (service, set) = (service.clone(), set.clone());
            async move {
                set.set_service_status("", status).await;
                service
                    .oneshot(request)
                    .await
                    .map_err(|never: Infallible| match never {})
            }
        }))
    }

    #[tokio::test]
    async fn the_facade_is_ready_when_its_core_serves() {
        assert!(
            Probes::new(Source::Remote(status(ServingStatus::Serving)))
                .is_ready()
                .await
        );
        assert!(
            !Probes::new(Source::Remote(status(ServingStatus::NotServing)))
                .is_ready()
                .await
        );
        let gone = CoreService::new(service_fn(async |_| Err(io::Error::other("no core"))));
        assert!(!Probes::new(Source::Remote(gone)).is_ready().await);
    }

    #[tokio::test]
    async fn a_program_that_is_about_to_end_is_not_ready() {
        let probes = Probes::new(Source::Remote(status(ServingStatus::Serving)));
        probes.set_ending();
        assert!(!probes.is_ready().await);
    }
}
