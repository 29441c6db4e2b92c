//! The SCIM 2.0 door: translates SCIM over HTTP into identity.v1 calls.
//!
//! It owns no rule and no database. It passes the identity provider's bearer token on to the core and can do nothing that
//! another client with the same token could not do.

pub mod error;
mod headers;
mod naming;
pub mod attributes;
pub mod filter;
pub mod json;
pub mod patch;
pub mod projection;
pub mod resource;
pub mod schemas;
