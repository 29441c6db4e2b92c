//! What holds through both doors together.

mod concurrency;
mod filters;
mod hands;
mod last_admin;
mod life_cycle;
mod no_op;
mod oauth;
pub(crate) mod organizations;
mod paging;
mod personal;
mod read_your_writes;
mod revisions;
mod sequences;
mod tokens;
