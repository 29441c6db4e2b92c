//! The SCIM 2.0 door: translates SCIM over HTTP into identity.v1 calls.
