//! Traces for a collector (OTLP over gRPC): each request, its call of the core and the statements of the database, in one trace with those of
//! the client (W3C Trace Context). Without a collector the spans are off and cost nothing.

use std::env;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TracerProvider as _,
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, Tracer},
};
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, filter_fn},
    registry::LookupSpan,
};

use crate::failure::{Failure, causes};

/// The name of the service, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "roster";
/// Crates whose spans are exported; those of libraries tell more than anybody reads.
const TRACED: [&str; 4] = ["roster", "scim_facade", "grpc_server", "identity_core"];

/// The traces that are on their way to the collector.
#[derive(Clone)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to export to the collector at a URL. It need not be there: what it does not take is dropped, and holds up no request.
    pub(crate) fn start(endpoint: &Uri) -> Result<Self, Failure> {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint.to_string())
            .build()
            .map_err(|cause| Failure::Refused(format!("--otlp-endpoint: {}", causes(&cause))))?;
        let mut resource = Resource::builder();
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE);
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build());
        Ok(Self(provider.build()))
    }

    /// The layer that hands spans over.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer: Tracer = self.0.tracer(SERVICE);
        let spans: FilterFn = filter_fn(is_traced);
        OpenTelemetryLayer::new(tracer)
            .with_location(false)
            .with_threads(false)
            .with_filter(spans)
    }

    /// Exports what is left.
    pub(crate) async fn end(self) {
        // It waits for the collector, up to five seconds.
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if let Ok(Err(cause)) = ended {
            tracing::warn!(%cause, "the last traces are lost");
        }
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    let crate_name = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && TRACED.contains(&crate_name)
}

/// The span of a request, in the trace that its client named.
pub(crate) fn of_request<B>(request: &Request<B>) -> Span {
    let method = request.method().as_str();
    let span = tracing::debug_span!("request", otel.kind = "server", http.request.method = method);
    if !span.is_disabled() {
        let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
        // Without an exporter there is nowhere to set it.
        let _ = span.set_parent(parent);
    }
    span
}

/// Names the present trace in a call of another process.
pub(crate) fn name_trace<B>(mut request: Request<B>) -> Request<B> {
    let span = Span::current();
    if !span.is_disabled() {
        let context: Context = span.context();
        TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(request.headers_mut()));
    }
    request
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
