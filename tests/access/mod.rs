//! Access of callers to RPCs. The list of RPCs comes from the descriptor set, so a new one without an entry
//! fails.

mod callers;
mod dry_runs;
mod entries;
mod fixture;
mod kinds;
mod limited;
mod random_calls;
mod required;
mod routes;
mod rpcs;
mod streams;
mod table;

pub(crate) use table::all_scopes;
