//! Who may call what. The list of RPCs comes from the descriptor set, so a new one without an entry fails.

mod callers;
mod chance;
mod entries;
mod kinds;
mod limited;
mod routes;
mod rpcs;
mod streams;
mod table;
mod things;
mod trials;
