//! The `roster.identity.v1` API: messages, clients and servers generated from `roster/identity/v1/*.proto`, and the
//! descriptor set that reflection serves and that the access test reads.

/// Generated from `roster/identity/v1/*.proto` by `tests/generated.rs`; the documentation of each item is its comment there.
#[expect(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    reason = "generated code; its documentation stands in the proto files"
)]
pub mod v1 {
    include!("generated/roster.identity.v1.rs");
}

pub mod connect;
mod core;
#[cfg(feature = "json")]
pub mod json;

pub use self::core::Core;

/// The descriptor set of `roster.identity.v1` and of the Google types it uses, comments included.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/identity.fds.bin");
