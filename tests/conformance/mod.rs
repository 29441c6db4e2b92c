//! Public conformance suites and clients, on every server.

mod grpcurl;
mod oauth;
mod python;
mod stubs;
mod suites;
