//! The gRPC API: translates `roster.identity.v1` messages to the core and back. It owns no rule.
//!
//! [`Services`] puts the parts together, once for the client in the same process and once for a listener, with the same
//! layers for both. Every service answers through its caller's token: the core decides what the caller may do.

mod address;
mod caller;
mod convert;
mod health;
mod layers;
pub mod methods;
mod openapi;
mod paths;
mod quota;
mod server;
mod services;
mod status;

pub use address::{Peer, subscriber};
pub use health::{Health, Readiness};
pub use layers::{Layered, RateLimits};
pub use openapi::openapi;
pub use server::{Error, Options, Reflection, Services, SignInLinks};
