//! End to end, from outside: the real program on real databases, through its two APIs.
//!
//! A test is written once and runs four times: on SQLite and on PostgreSQL, in one process and in two
//! (`harness::everywhere!`). It never asks which of the four it is.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, also in the functions that its body calls"
)]

mod abuse;
mod access;
mod both;
mod conformance;
mod console;
mod examples;
mod grpc;
mod harness;
mod http_json;
mod idp;
mod rules;
mod running;
mod scenarios;
mod scim;
mod structure;
