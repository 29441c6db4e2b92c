//! The gRPC API.

mod bad_input;
mod checks;
mod compression;
mod deleted_users;
mod fields;
mod remembered;
mod request_ids;
mod roles;
mod updates;
pub(crate) mod watch;
