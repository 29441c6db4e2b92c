//! The suite that every database passes: each test runs on all of them, and none asks which it is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod harness;

mod backups;
mod changes;
mod connections;
mod effective;
mod files;
mod filters;
#[path = "../generator/mod.rs"]
mod generator;
mod grants;
mod groups;
mod lists;
mod members;
mod migrations;
mod organizations;
mod point_reads;
mod provisioning_log;
mod requests;
mod schemas;
mod tokens;
mod unique;
mod units;
mod users;
