//! Public conformance suites and clients, on every server.

mod federation;
mod grpcurl;
mod oauth;
pub(crate) mod python;
mod suites;
