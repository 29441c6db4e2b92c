//! The SCIM door.

mod bad_input;
mod discovery;
mod etags;
mod ids;
mod large_bodies;
mod projection;
