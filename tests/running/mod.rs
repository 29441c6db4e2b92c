//! The program itself: how it starts, ends, survives, and is used from the command line.

mod apart;
mod backups;
mod command_line;
mod command_line_for_people;
mod command_line_forms;
mod crash;
mod database_at_start;
mod database_trouble;
mod deprovisioning;
mod doctor;
mod freshness;
mod instances;
mod metrics;
mod network;
mod pair;
mod personal_data;
mod plan;
mod plan_files;
mod rotation;
mod starting;
mod stopping;
mod supervised;
mod traces;
mod undo;
