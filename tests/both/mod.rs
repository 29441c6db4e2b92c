//! Guarantees that hold across both APIs.

mod concurrency;
mod connection_health;
mod filters;
mod last_admin;
mod lifecycle;
mod manual_changes;
mod no_op;
mod oauth;
pub(crate) mod organizations;
mod paging;
mod personal;
mod provisioning_log;
mod read_your_writes;
mod revisions;
mod sequences;
mod tokens;
