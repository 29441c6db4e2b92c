//! The identity core: every rule of the service, and the store.
//!
//! An API (gRPC today) turns a request into a call on `Directory`; nothing here knows of a protocol.

// So that `tests/generator` serves unit tests too.
#[cfg(test)]
extern crate self as identity_core;

pub mod access;
pub mod access_token;
pub mod attributes;
pub mod call_effect;
pub mod caller;
pub mod change;
pub mod connection;
pub mod connection_health;
pub mod deactivation_safeguard;
pub mod directory;
pub mod error;
pub mod filter;
pub mod group;
pub mod id;
pub mod identity;
pub mod license;
pub mod mapping;
pub mod organization;
pub mod page_token;
pub mod platform;
pub mod policy;
pub mod project;
pub mod provisioning_log;
pub mod role;
pub mod same_account;
pub mod schema;
pub mod search;
pub mod secret;
pub mod service_account;
pub mod signing;
pub mod store;
pub mod text;
pub mod token;
pub mod user;
pub mod validate;

/// Boxes the future of an operation. Without it each crate that awaits an operation compiles its state machine, and those of the units and
/// queries below, once more.
use async_recursion::async_recursion as boxed;
