//! Quirks that identity providers count on, by the numbers under which the facade's sources know them: those
//! that need a server to be seen. The others are next to the code that sees to them, in `scim-facade`.

mod create;
mod groups;
mod lookups;
mod replace;
mod transport;
