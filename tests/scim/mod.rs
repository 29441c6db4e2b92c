//! The SCIM API.

mod bad_input;
mod bulk;
mod concurrent_members;
mod cursors;
mod discovery;
mod edges;
mod errors;
mod etags;
mod forms;
mod http;
mod ids;
mod ignored;
mod large_bodies;
mod large_groups;
mod large_rules;
mod licenses;
mod projection;
mod provisioning_access;
mod quirks;
mod roles;
mod scale;
mod schemas;
mod search;
mod unencoded;
