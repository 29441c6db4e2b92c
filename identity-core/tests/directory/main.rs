//! The rules of the operations, on every database: each test is a rule, and none asks which database it is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod harness;

mod access;
mod access_tokens;
mod admins;
mod adoption;
mod authentication;
mod brake;
mod break_glass;
mod ceiling;
mod ceiling_sequences;
mod changes;
mod checks;
mod connections;
mod deleted_organizations;
mod emails;
mod escalation;
mod evaluator;
mod federation;
mod gates;
mod group_members;
mod groups;
mod hands;
mod identities;
mod licenses;
mod life_cycle;
mod lists;
mod lots;
mod mappings;
mod organizations;
mod personal_tokens;
mod policies;
mod powers;
mod provisioning;
mod races;
mod request_ids;
mod returning;
mod role_powers;
mod roles;
mod rotation;
mod rule_sequences;
mod same_account;
mod schemas;
mod seats;
mod service_accounts;
mod teardown;
mod tokens;
mod user_updates;
mod users;
mod visibility;
mod watch;
