//! The endpoints: a file for each, with its handlers and what `/Bulk` shares with them.

pub(crate) mod assignable;
pub(crate) mod bulk;
pub(crate) mod discovery;
pub(crate) mod groups;
pub(crate) mod list;
pub(crate) mod me;
mod members;
pub(crate) mod search;
pub(crate) mod users;
