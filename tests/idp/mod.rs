//! Requests of identity providers, replayed: every scenario in `fixtures`, on every server.

mod assertion;
mod invariants;
mod pages;
mod pointer;
mod replay;
mod scenario;
mod variables;

use crate::harness::{World, everywhere};

/// A test for each identity provider, and a test that none is forgotten.
macro_rules! identity_providers {
    ($($name:ident,)+) => {
        everywhere!($($name,)+);

        $(async fn $name(world: World) {
            replay_all(world, stringify!($name)).await;
        })+

        #[test]
        fn every_recorded_identity_provider_has_a_test() {
            let mut listed = vec![$(stringify!($name).to_owned(),)+];
            listed.sort();
            assert_eq!(listed, scenario::identity_providers());
        }
    };
}

identity_providers!(
    authentik, entra, google, jumpcloud, keycloak, okta, onelogin, ping, rippling, sailpoint,
);

async fn replay_all(world: World, identity_provider: &str) {
    let scenarios = scenario::load(identity_provider);
    assert!(!scenarios.is_empty(), "no scenarios of {identity_provider}");
    let mut failures = Vec::new();
    for scenario in &scenarios {
        if let Err(failure) = replay::run(&world, scenario).await {
            failures.push(format!("{} ({}): {failure}", scenario.id, scenario.title));
        }
    }
    let (failed, all) = (failures.len(), scenarios.len());
    assert!(
        failures.is_empty(),
        "{failed} of {all} scenarios failed\n{}",
        failures.join("\n")
    );
}
