//! Rules on dependencies and documents: Cargo holds the crates apart, and these tests hold Cargo, the modules and the links to them.

mod crates;
mod docs;
mod modules;
mod quirks;
mod ran;
mod rules;
mod sources;
