//! After any sequence of changes of mapping rules, groups, memberships and grants, what users have is what a small obvious reference model
//! says ([`graph`]). It has lists of its own, and asks the directory for nothing.

mod graph;
mod scenario;
mod steps;

use std::collections::BTreeSet;

use identity_core::{
    access::{Check, Consistency, Decision},
    directory::EffectiveAccess,
    error::Error,
    id::Id,
    role::RoleScope,
};

use crate::{
    harness::{World, on_every_database},
    reference_model::rank,
};
use graph::HeldGrant;
use scenario::Scenario;

on_every_database![what_users_have_is_what_rules_groups_and_grants_say_after_any_changes];

/// Sequences, each in an organization of its own; `ROSTER_TEST_ROUNDS` asks for more.
fn rounds() -> u64 {
    let rounds = std::env::var("ROSTER_TEST_ROUNDS").ok();
    rounds.and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// Changes in a sequence.
const STEPS: usize = 60;

const PERMISSIONS: [&str; 5] = [
    "organization.view",
    "project.view",
    "project.edit",
    "users.edit",
    "billing.pay",
];

async fn what_users_have_is_what_rules_groups_and_grants_say_after_any_changes(world: World) {
    let (mut done, mut mapped) = (0, 0);
    for seed in 0..rounds() {
        let mut scenario = Scenario::new(&world, seed).await;
        for step in 0..STEPS {
            let at = format!("seed {seed}, step {step}");
            match scenario.step().await {
                Ok(()) => done += 1,
                Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => panic!("{at}: {error:?}"),
                Err(_refused) => {}
            }
            mapped += assert_roles(&scenario, &at).await;
            assert_answers(&scenario, &at).await;
        }
    }
    let steps = rounds() * STEPS as u64;
    eprintln!("{done} of {steps} changes were made; {mapped} roles by rules were seen");
    assert!(done * 2 > steps && mapped > steps, "{done} of {steps}, {mapped}");
}

/// The roles and license of each user; answers how many roles come from rules.
async fn assert_roles(scenario: &Scenario<'_>, at: &str) -> u64 {
    let mut mapped = 0;
    for (user, active) in &scenario.graph.users {
        let expected = scenario.graph.effective(*user, scenario.now());
        mapped += expected
            .iter()
            .filter(|(.., source)| *source == "mapping")
            .count() as u64;
        let (directory, root) = scenario.api();
        let id = user.to_string();
        let access = directory
            .effective_access(root, &scenario.organization, &id)
            .await;
        assert_eq!(held(&access.unwrap()), expected, "{at}");
        let view = directory
            .get_user(root, &scenario.organization, &id)
            .await
            .unwrap();
        let license = view.license.as_ref().map(|it| it.value.as_str());
        assert_eq!(license, scenario.graph.license(*user), "{at}");
        if *active {
            assert_eq!(rank(&view.organization_role), strongest(&expected), "{at}");
        }
    }
    mapped
}

fn held(access: &EffectiveAccess) -> BTreeSet<HeldGrant> {
    let in_projects = access.projects.values();
    let holdings = std::iter::once(&access.organization).chain(in_projects);
    let grants = holdings.flat_map(|holding| &holding.grants);
    let keys = grants.map(|traced| &traced.grant.key);
    keys.map(|key| (key.principal_id, key.scope, key.role.clone(), key.source.name()))
        .collect()
}

/// The strongest role of the catalog in the organization.
fn strongest(held: &BTreeSet<HeldGrant>) -> Option<usize> {
    let there = held
        .iter()
        .filter(|(_, scope, ..)| *scope == RoleScope::Organization);
    there.filter_map(|(_, _, role, _)| rank(role)).max()
}

/// Checks the answers for all users, in the organization and in every project.
async fn assert_answers(scenario: &Scenario<'_>, at: &str) {
    let projects = scenario
        .graph
        .projects
        .iter()
        .map(|(id, _)| RoleScope::Project(*id));
    let scopes: Vec<_> = projects.chain([RoleScope::Organization]).collect();
    let ask = |user: Id, scope: RoleScope| {
        PERMISSIONS.map(|permission| Check {
            user: Some(user),
            permission: permission.into(),
            scope: Some(scope),
        })
    };
    let users = scenario.graph.users.iter().map(|(id, _)| *id);
    let checks: Vec<_> = users
        .flat_map(|user| scopes.iter().flat_map(move |scope| ask(user, *scope)))
        .collect();
    let (directory, root) = scenario.api();
    let answers = directory
        .batch_check_access(
            root,
            &scenario.organization,
            checks.clone(),
            Consistency::FullyConsistent,
        )
        .await
        .unwrap();
    let facts = scenario.graph.facts(scenario.now());
    for (check, decision) in checks.iter().zip(&answers.decisions) {
        let may = *decision == Decision::Allowed;
        assert_eq!(may, facts.allow(check), "{at}: {check:?}");
    }
}
