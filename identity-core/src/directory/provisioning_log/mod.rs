//! The provisioning log. It is written beside the changes and not with them: no request waits for it, and it makes no revision.

mod list;
mod purge;
mod record;

pub(super) use list::ListRequests;
pub(super) use record::Strangers;
