//! Counters and durations by endpoint and method. Looking a series up by its labels costs more than counting, so each is looked up
//! once.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use http::StatusCode;
use metrics::{Counter, Histogram};

const REQUESTS: &str = "roster_scim_requests_total";
const SECONDS: &str = "roster_scim_request_duration_seconds";

/// Labels of a request, from closed sets, so that no client can make new time series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Labels {
    pub(crate) endpoint: &'static str,
    pub(crate) method: &'static str,
}

/// The series that were needed so far.
#[derive(Default)]
pub(crate) struct Meters(RwLock<HashMap<(Labels, StatusCode), (Counter, Histogram)>>);

impl Meters {
    /// Counts an answer.
    pub(crate) fn count(&self, labels: Labels, status: StatusCode, took: Duration) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((requests, seconds)) = known.get(&(labels, status)) {
            requests.increment(1);
            seconds.record(took.as_secs_f64());
            return;
        }
        drop(known);
        let Labels { endpoint, method } = labels;
        let code = status.as_str().to_owned();
        let requests =
            metrics::counter!(REQUESTS, "endpoint" => endpoint, "method" => method, "status" => code);
        let seconds = metrics::histogram!(SECONDS, "endpoint" => endpoint, "method" => method);
        requests.increment(1);
        seconds.record(took.as_secs_f64());
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert((labels, status), (requests, seconds));
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}
