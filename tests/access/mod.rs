//! Who may call what. The list of RPCs comes from the descriptor set, so a new one without an entry fails.

mod chance;
mod entries;
mod required;
mod routes;
mod rpcs;
mod things;
mod trials;
