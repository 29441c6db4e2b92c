//! The SCIM door.

mod bad_input;
mod bulk;
mod cursors;
mod discovery;
mod edges;
mod errors;
mod etags;
mod forms;
mod gates;
mod ids;
mod ignored;
mod large_bodies;
mod large_groups;
mod large_rules;
mod licenses;
mod projection;
mod quirks;
mod roles;
mod scale;
mod schemas;
mod search;
mod storm;
mod unencoded;
