//! The facade from outside, in front of a core that is a fake: what it asks of the core, and how it tells the answers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where the world is not as it should be"
)]

mod bulk;
mod contexts;
mod fake;
mod fuzz;
mod groups;
mod lists;
mod refusals;
mod services;
mod users;
mod work;
mod world;
