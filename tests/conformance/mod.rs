//! Public conformance suites and clients, on every server.

mod federation;
mod grpcurl;
mod oauth;
mod python;
mod stubs;
mod suites;
