//! The gRPC door.

mod bad_input;
mod checks;
mod remembered;
mod request_ids;
mod updates;
pub(crate) mod watch;
