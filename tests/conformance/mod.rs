//! Public conformance suites and clients, on every server.

mod grpcurl;
mod python;
mod suites;
