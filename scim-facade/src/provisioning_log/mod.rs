//! The provisioning log: what each request was, and what became of it. Handlers note what they find out, the outer layers make a record
//! of it, and a task sends records to the core: no request waits for any of this.

mod notes;
mod queue;
mod record;

pub(crate) use notes::Notes;
pub(crate) use queue::Log;
pub(crate) use record::Request;
