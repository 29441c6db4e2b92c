//! Who may use whom: Cargo holds the crates apart, and these tests hold Cargo and the modules to it.

mod crates;
mod modules;
mod quirks;
mod ran;
mod rules;
mod sources;
