//! Refusals by tonic itself, before a handler sees the call: they have a code but no reason, and their codes
//! call a client's broken message a defect of the server.

use http::Response;
use identity_core::error::Error;
use tonic::{Code, Status, body::Body};

/// The refusal in the core's terms; `None`: the answer is as it should be.
pub(super) fn refusal(response: &Response<Body>, max_message_bytes: usize) -> Option<Error> {
    let status = response.extensions().get::<Status>()?;
    if !status.details().is_empty() {
        return None;
    }
    match status.code() {
        // The second one of a message that is larger when it is no longer compressed.
        Code::OutOfRange | Code::ResourceExhausted => Some(Error::TooMany {
            limit: "bytes in one message",
            maximum: u64::try_from(max_message_bytes).unwrap_or(u64::MAX),
            retry_after: None,
        }),
        // Neither we nor tonic encode anything before the answer begins, so it is the request that cannot be read.
        Code::Internal => Some(Error::invalid(
            "message",
            "must be one that this method reads, whole",
        )),
        _ => None,
    }
}
