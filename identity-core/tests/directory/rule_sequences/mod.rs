//! After any sequence of changes of mapping rules, groups, memberships and grants, what users have is what a small obvious evaluator
//! says ([`graph`]). It has lists of its own, and asks the directory for nothing.

mod graph;
mod stage;
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
    evaluator::rank,
    harness::{World, on_every_database},
};
use graph::Held;
use stage::Stage;

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
        let mut stage = Stage::new(&world, seed).await;
        for step in 0..STEPS {
            let at = format!("seed {seed}, step {step}");
            match stage.step().await {
                Ok(()) => done += 1,
                Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => panic!("{at}: {error:?}"),
                Err(_refused) => {}
            }
            mapped += assert_roles(&stage, &at).await;
            assert_answers(&stage, &at).await;
        }
    }
    let steps = rounds() * STEPS as u64;
    eprintln!("{done} of {steps} changes were made; {mapped} roles by rules were seen");
    assert!(done * 2 > steps && mapped > steps, "{done} of {steps}, {mapped}");
}

/// The roles and licence of each user; answers how many roles come from rules.
async fn assert_roles(stage: &Stage<'_>, at: &str) -> u64 {
    let mut mapped = 0;
    for (user, active) in &stage.graph.users {
        let expected = stage.graph.effective(*user, stage.now());
        mapped += expected
            .iter()
            .filter(|(.., source)| *source == "mapping")
            .count() as u64;
        let (directory, root) = stage.doors();
        let id = user.to_string();
        let access = directory.effective_access(root, &stage.organization, &id).await;
        assert_eq!(held(&access.unwrap()), expected, "{at}");
        let view = directory.get_user(root, &stage.organization, &id).await.unwrap();
        let license = view.license.as_ref().map(|it| it.value.as_str());
        assert_eq!(license, stage.graph.license(*user), "{at}");
        if *active {
            assert_eq!(rank(&view.organization_role), strongest(&expected), "{at}");
        }
    }
    mapped
}

fn held(access: &EffectiveAccess) -> BTreeSet<Held> {
    let in_projects = access.projects.values();
    let holdings = std::iter::once(&access.organization).chain(in_projects);
    let grants = holdings.flat_map(|holding| &holding.grants);
    let keys = grants.map(|traced| &traced.grant.key);
    keys.map(|key| (key.principal_id, key.scope, key.role.clone(), key.source.name()))
        .collect()
}

/// The strongest role of the catalogue in the organization.
fn strongest(held: &BTreeSet<Held>) -> Option<usize> {
    let there = held
        .iter()
        .filter(|(_, scope, ..)| *scope == RoleScope::Organization);
    there.filter_map(|(_, _, role, _)| rank(role)).max()
}

/// What users may do, everywhere.
async fn assert_answers(stage: &Stage<'_>, at: &str) {
    let projects = stage.graph.projects.iter().map(|(id, _)| RoleScope::Project(*id));
    let scopes: Vec<_> = projects.chain([RoleScope::Organization]).collect();
    let ask = |user: Id, scope: RoleScope| {
        PERMISSIONS.map(|permission| Check {
            user: Some(user),
            permission: permission.into(),
            scope: Some(scope),
        })
    };
    let users = stage.graph.users.iter().map(|(id, _)| *id);
    let checks: Vec<_> = users
        .flat_map(|user| scopes.iter().flat_map(move |scope| ask(user, *scope)))
        .collect();
    let (directory, root) = stage.doors();
    let answers = directory
        .batch_check_access(
            root,
            &stage.organization,
            checks.clone(),
            Consistency::FullyConsistent,
        )
        .await
        .unwrap();
    let facts = stage.graph.facts(stage.now());
    for (check, decision) in checks.iter().zip(&answers.decisions) {
        let may = *decision == Decision::Allowed;
        assert_eq!(may, facts.allow(check), "{at}: {check:?}");
    }
}
