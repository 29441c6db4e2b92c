//! The program itself: how it starts, ends, survives, and is used from the command line.

mod apart;
mod command_line;
mod crash;
mod deprovisioning;
mod instances;
mod starting;
mod stopping;
