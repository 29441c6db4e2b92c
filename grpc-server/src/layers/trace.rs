//! The log of calls: method, id, code and how long it took, and of a refused call its reason, its organization and connection, and the address
//! of its client in the network. Never a body or a token.

use std::{net::IpAddr, time::Duration};

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tracing::Span;

use super::{known::Known, meters::Meter, request_id::RequestId};

/// For whoever wants to follow calls; putting it together costs more than a small read, so it is not there by default.
pub(super) fn span(meter: &Meter, request_id: &RequestId) -> Span {
    tracing::debug_span!(
        "grpc",
        service = meter.service,
        method = meter.method,
        request_id = request_id.as_str(),
    )
}

/// A line at the end of a call, for whoever wants to know.
pub(super) fn answered(code: Code, took: Duration) {
    tracing::debug!(?code, micros = micros(took), "answered");
}

/// A line at the end of a call that was refused, and from where it came.
pub(super) fn refused(
    meter: &Meter,
    request_id: &RequestId,
    address: Option<IpAddr>,
    known: Known,
    status: &Status,
    took: Duration,
) {
    let (service, method) = (meter.service, meter.method);
    let (request_id, address) = (request_id.as_str(), address.map(tracing::field::display));
    let (code, details) = (status.code(), status.get_error_details());
    let reason = details.error_info().map(|info| info.reason.as_str());
    let organization = known.organization.map(tracing::field::display);
    let connection = known.connection.map(tracing::field::display);
    tracing::info!(
        service,
        method,
        request_id,
        address,
        organization,
        connection,
        ?code,
        reason,
        micros = micros(took),
        "refused"
    );
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
