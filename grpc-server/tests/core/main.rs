//! The gRPC services over the real core and SQLite, in process, as a client of theirs sees them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on ends"
)]

mod deadlines;
mod lists;
mod requests;
mod resources;
mod world;
