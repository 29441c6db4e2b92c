//! Output of the program about itself: the log on standard error, metrics, and traces.

pub(crate) mod traces;

use std::{env, io, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use self::traces::Traces;
use crate::{failure::Failure, settings::LogFormat};

/// Bounds of the buckets for durations, in seconds: from a point read in memory to a request that runs into its limit.
const SECONDS: [f64; 14] = [
    0.0001, 0.0003, 0.001, 0.003, 0.005, 0.01, 0.03, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0,
];
/// Interval at which durations are sorted into buckets.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Endings of the names of metrics that are durations.
const DURATION_SUFFIXES: [&str; 2] = ["_seconds", "_duration"];

/// Filter of the log where `RUST_LOG` says nothing: notices of PostgreSQL that a table exists already are left out.
const DEFAULT_FILTER: &str = "info,tokio_postgres=warn";

/// Starts the log, in which `RUST_LOG` says what is written, else everything from `info` on; and hands spans to the traces, if there are.
pub(crate) fn start_log(format: LogFormat, traces: Option<&Traces>) -> Result<(), Failure> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| DEFAULT_FILTER.to_owned()))
        .map_err(|cause| Failure::Usage(format!("RUST_LOG: {cause}")))?;
    let log = fmt::layer().with_writer(io::stderr);
    let log = match format {
        LogFormat::Text => log.with_ansi(false).boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .with(traces.map(Traces::layer))
        .try_init()
        .map_err(|cause| Failure::while_doing("cannot start the log", cause))
}

/// Starts to count; the handle writes the metrics down in Prometheus' text form.
pub(crate) fn start_metrics() -> Result<PrometheusHandle, Failure> {
    let cannot = |cause| Failure::while_doing("cannot start the metrics", cause);
    let mut builder = PrometheusBuilder::new();
    for suffix in DURATION_SUFFIXES {
        let durations = Matcher::Suffix(suffix.to_owned());
        builder = builder
            .set_buckets_for_metric(durations, &SECONDS)
            .map_err(cannot)?;
    }
    let handle = builder.install_recorder().map_err(cannot)?;
    metrics::gauge!("roster_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    tokio::spawn(keep_small(handle.clone()));
    Ok(handle)
}

/// Durations are kept one by one until they are sorted into buckets; without readers, nobody else would do it.
async fn keep_small(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        handle.run_upkeep();
    }
}
