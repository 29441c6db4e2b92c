//! Rules on dependencies: Cargo holds the crates apart, and these tests hold Cargo and the modules to them.

mod crates;
mod modules;
mod quirks;
mod ran;
mod rules;
mod sources;
