//! The SCIM door.

mod bad_input;
mod bulk;
mod cursors;
mod discovery;
mod etags;
mod ids;
mod large_bodies;
mod projection;
mod schemas;
mod search;
mod storm;
