//! The SCIM 2.0 API: translates SCIM over HTTP into roster.identity.v1 calls.
//!
//! It owns no rule and no database. It passes the identity provider's bearer token on to the core and can do nothing that
//! another client with the same token could not do.

mod address;
mod answer;
pub mod attributes;
mod base;
mod body;
mod call;
pub mod client;
mod context;
mod endpoints;
pub mod error;
mod etag;
pub mod filter;
mod headers;
mod host;
pub mod json;
mod json_api;
pub mod limits;
mod meters;
mod naming;
mod oauth;
mod openapi;
mod outer_layer;
pub mod patch;
pub mod projection;
mod provisioning_log;
mod query;
pub mod resource;
mod retry;
pub mod router;
pub mod schemas;
mod scim_request;
mod server;
mod session;
mod shares;
mod view;
pub mod work;

pub use address::Peer;
pub use base::{DEFAULT_PATH, PublicUrl};
pub use client::CoreService;
pub use host::{check_host, names_one_host};
pub use router::needs_token;
pub use server::{Facade, Options};
