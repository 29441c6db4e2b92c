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
mod break_glass;
mod ceiling;
mod ceiling_sequences;
mod changes;
mod checks;
mod connection_health;
mod connections;
mod custom_roles;
mod deactivation_safeguard;
mod deleted_organizations;
mod emails;
mod erasure;
mod escalation;
mod federation;
mod group_members;
mod groups;
mod identities;
mod licenses;
mod lifecycle;
mod lists;
mod manual_changes;
mod mappings;
mod organizations;
mod personal_tokens;
mod policies;
mod powers;
mod provisioning;
mod provisioning_access;
mod provisioning_log;
mod quotas;
mod races;
mod reference_model;
mod request_ids;
mod returning;
mod role_powers;
mod role_values;
mod roles;
mod rotation;
mod rule_sequences;
mod same_account;
mod schemas;
mod seats;
mod seeded_rng;
mod service_accounts;
mod teardown;
mod tokens;
mod undo;
mod user_updates;
mod users;
mod visibility;
mod watch;
