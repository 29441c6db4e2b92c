//! The facade from outside, in front of a core that is a fake: what it asks of the core, and how it tells the answers.

mod bulk;
mod fake;
mod groups;
mod lists;
mod refusals;
mod services;
mod users;
mod world;
