//! Public conformance suites and clients, on every server.

mod connect;
mod federation;
mod grpcurl;
mod oauth;
mod postman;
pub(crate) mod python;
mod suites;
