//! What the log says of a call: its method, its id, its code and how long it took. Never a body, a token or an address.

use std::time::Duration;

use tonic::Code;
use tracing::Span;

use super::{meters::Meter, request_id::RequestId};

/// For whoever wants to follow calls; putting it together costs more than a small read, so it is not there by default.
pub(super) fn span(meter: &Meter, request_id: &RequestId) -> Span {
    tracing::debug_span!(
        "grpc",
        service = meter.service,
        method = meter.method,
        request_id = request_id.as_str(),
    )
}

/// A line at the end of a call. Most calls go well, and say so only to who wants to know.
pub(super) fn answered(meter: &Meter, request_id: &RequestId, code: Code, took: Duration) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if code == Code::Ok {
        tracing::debug!(?code, micros, "answered");
    } else {
        let (service, method) = (meter.service, meter.method);
        let request_id = request_id.as_str();
        tracing::info!(service, method, request_id, ?code, micros, "refused");
    }
}
