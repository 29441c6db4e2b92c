//! Random traffic of a connection, with changes of others between, and its undo.

use std::{collections::BTreeSet, time::Duration};

use identity_core::{
    caller::Call,
    directory::input::{GroupField, GroupInput, GroupUpdate, UserField, UserInput},
    id::Id,
};

use super::{assert_told, of_connection, preview, span, state, undo};
use crate::{
    harness::{ORGANIZATION, World, add, change, named, on_every_database, remove, role, with_roles},
    seeded_rng::SeededRng,
};

on_every_database![
    after_an_undo_all_is_as_it_was_before_the_connection_came,
    what_others_touched_is_left_and_the_rest_is_as_it_was,
    an_undo_that_is_interrupted_and_repeated_is_done_once,
];

/// Changes in a span.
const CHANGES: usize = 60;
/// Values of the settings that decide what a deactivation takes and a return gives.
const LIFECYCLES: [(&str, &str); 4] = [
    ("suspend", "previous"),
    ("strip", "previous"),
    ("suspend", "none"),
    ("strip", "none"),
];

/// A directory with people and groups of a connection, and somebody who makes changes.
struct Traffic {
    rng: SeededRng,
    scim: Call,
    users: Vec<Id>,
    groups: Vec<Id>,
    made: usize,
}

impl Traffic {
    async fn new(world: &World, scim: &Call, seed: u64) -> Self {
        let (effect, restore) = LIFECYCLES[usize::try_from(seed).unwrap() % LIFECYCLES.len()];
        let policy = [
            ("deactivation.effect", effect),
            ("reactivation.restore", restore),
            ("manual_updates", "allow"),
        ];
        world.policy(&policy).await;
        world
            .create(with_roles(&format!("admin-{seed}"), &["admin"]))
            .await
            .unwrap();
        let mut traffic = Self {
            rng: SeededRng(seed),
            scim: scim.clone(),
            users: Vec::new(),
            groups: Vec::new(),
            made: usize::try_from(seed).unwrap() * 1_000,
        };
        for _ in 0..8 {
            traffic.create_user(world).await;
        }
        for _ in 0..4 {
            traffic.create_group(world).await;
        }
        for _ in 0..10 {
            let scim = traffic.scim.clone();
            traffic.step(world, &scim, 5).await;
        }
        traffic
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("name-{}", self.made)
    }

    fn some(&mut self) -> Vec<Id> {
        let count = self.rng.below(4);
        (0..count).map(|_| self.rng.of(&self.users)).collect()
    }

    async fn create_user(&mut self, world: &World) {
        let mut input = named(&self.name());
        input.profile.roles = vec![role(self.rng.of(&["viewer", "editor", "developer"]))];
        input.external_id = input.user_name.clone();
        if let Ok(view) = world.create_as(&self.scim, input).await {
            self.users.push(view.user.id);
        }
    }

    async fn create_group(&mut self, world: &World) {
        let (name, members) = (self.name(), self.some());
        if let Ok(group) = world.create_group_as(&self.scim, &name, &members).await {
            self.groups.push(group.id);
        }
    }

    /// Makes one of the first `kinds` kinds of change. One that a rule refuses is none.
    async fn step(&mut self, world: &World, call: &Call, kinds: usize) {
        let (user, group) = (self.rng.of(&self.users), self.rng.of(&self.groups));
        let text = self.name();
        let mut input = UserInput::default();
        match self.rng.below(kinds) {
            0 => {
                input.profile.title = Some(text);
                drop(
                    world
                        .update_as(call, change(user, &[UserField::Title], input))
                        .await,
                );
            }
            1 => {
                let members = self.some();
                drop(world.change_members_as(call, group, &[add(&members)]).await);
            }
            2 => {
                let members = self.some();
                drop(world.change_members_as(call, group, &[remove(&members)]).await);
            }
            3 => {
                input.profile.roles = vec![role(self.rng.of(&["viewer", "editor", "admin"]))];
                drop(
                    world
                        .update_as(call, change(user, &[UserField::Roles], input))
                        .await,
                );
            }
            4 => drop(world.set_active(call, user, self.rng.one_in(2)).await),
            5 => {
                let update = change(user, &[UserField::UserName], named(&text));
                drop(world.update_as(call, update).await);
            }
            6 => drop(world.set_active(call, user, false).await),
            7 => drop(world.delete_as(call, user).await),
            8 => self.create_user(world).await,
            9 => self.create_group(world).await,
            10 => {
                let update = GroupUpdate {
                    id: group.to_string(),
                    fields: vec![GroupField::DisplayName],
                    input: GroupInput {
                        display_name: text,
                        ..GroupInput::default()
                    },
                    ..GroupUpdate::default()
                };
                drop(world.directory.update_group(call, ORGANIZATION, update).await);
            }
            11 if self.rng.one_in(2) => {
                let id = group.to_string();
                drop(world.directory.delete_group(call, ORGANIZATION, &id, "").await);
            }
            _ => self.reuse_a_name(world, user).await,
        }
    }

    /// Renames a user, and makes another one of its name.
    async fn reuse_a_name(&mut self, world: &World, user: Id) {
        let Ok(view) = world.get(user).await else {
            return;
        };
        let update = change(user, &[UserField::UserName], named(&self.name()));
        if world.update_as(&self.scim.clone(), update).await.is_ok()
            && let Ok(view) = world.create_as(&self.scim, named(&view.user.user_name)).await
        {
            self.users.push(view.user.id);
        }
    }

    /// Makes the changes of a span; of `others` in a hundred it is not the connection that makes them.
    async fn run(&mut self, world: &World, others: usize) {
        for _ in 0..CHANGES {
            world.pass(Duration::from_secs(1));
            if self.rng.below(100) < others {
                self.step(world, world.root(), 5).await;
            } else {
                let scim = self.scim.clone();
                self.step(world, &scim, 13).await;
            }
        }
    }
}

async fn after_an_undo_all_is_as_it_was_before_the_connection_came(world: World) {
    let scim = world.scim().await;
    for seed in 0..4 {
        let mut traffic = Traffic::new(&world, &scim, seed).await;
        let (from, before) = (span(&world), state::state(&world).await);
        let counts = world.organization().await;
        traffic.run(&world, 0).await;
        let after = state::state(&world).await;
        assert_ne!(before, after);
        let request = of_connection(&traffic.scim, from);
        let told = undo(&world.directory, &preview(world.root()), request.clone()).await;
        assert_eq!(state::state(&world).await, after, "{seed}");
        let mut done = undo(&world.directory, world.root(), request.clone()).await;
        assert_told(&told, &mut done);
        let clean = |it: &super::RevertedResource| it.refusal.is_none() && it.conflicts.is_empty();
        assert!(done.iter().all(clean), "{seed}: {done:?}");
        assert_same(&before, &state::state(&world).await, &BTreeSet::new(), seed);
        let again = world.organization().await;
        assert_eq!(
            (again.user_count, again.active_user_count, again.group_count),
            (counts.user_count, counts.active_user_count, counts.group_count)
        );
        assert!(
            undo(&world.directory, world.root(), request).await.is_empty(),
            "{seed}"
        );
        reset(&world, &traffic.scim).await;
    }
}

async fn what_others_touched_is_left_and_the_rest_is_as_it_was(world: World) {
    let scim = world.scim().await;
    for seed in 10..16 {
        let mut traffic = Traffic::new(&world, &scim, seed).await;
        let (from, before) = (span(&world), state::state(&world).await);
        let revision = world.revision().await;
        traffic.run(&world, 25).await;
        let mut touched = state::touched(&world.changes_after(revision).await);
        let request = of_connection(&traffic.scim, from);
        let told = undo(&world.directory, &preview(world.root()), request.clone()).await;
        let mut done = undo(&world.directory, world.root(), request).await;
        assert_told(&told, &mut done);
        let after = state::state(&world).await;
        let is_left = |it: &&super::RevertedResource| {
            let about_itself = |field: &str| field == "existence" || field == "groups";
            it.refusal.is_some() || it.conflicts.iter().any(|it| about_itself(&it.field))
        };
        for item in done.iter().filter(is_left) {
            let id = Id::parse(&item.resource_id).unwrap();
            let facts = before.keys().chain(after.keys());
            let about = |fact: &&state::Fact| fact.0 == id || fact.1 == item.resource_id;
            touched.extend(facts.filter(about).cloned().collect::<Vec<_>>());
        }
        assert_same(&before, &after, &touched, seed);
        reset(&world, &traffic.scim).await;
    }
}

async fn an_undo_that_is_interrupted_and_repeated_is_done_once(world: World) {
    let scim = world.scim().await;
    for seed in 20..23 {
        let mut traffic = Traffic::new(&world, &scim, seed).await;
        let (from, before) = (span(&world), state::state(&world).await);
        traffic.run(&world, 0).await;
        let request = of_connection(&traffic.scim, from);
        for _ in 0..3 {
            let begun = world
                .directory
                .revert_changes(world.root(), ORGANIZATION, request.clone());
            let mut begun = begun.await.unwrap();
            for _ in 0..4 {
                begun.next().await.unwrap();
            }
        }
        let done = undo(&world.directory, world.root(), request.clone()).await;
        let clean = |it: &super::RevertedResource| it.refusal.is_none() && it.conflicts.is_empty();
        assert!(done.iter().all(clean), "{seed}: {done:?}");
        assert_same(&before, &state::state(&world).await, &BTreeSet::new(), seed);
        let revision = world.revision().await;
        assert!(
            undo(&world.directory, world.root(), request).await.is_empty(),
            "{seed}"
        );
        assert_eq!(world.revision().await, revision);
        reset(&world, &traffic.scim).await;
    }
}

async fn reset(world: &World, scim: &Call) {
    super::decide(world, scim, super::SafeguardDecision::Reset).await;
}

fn assert_same(
    before: &std::collections::BTreeMap<state::Fact, String>,
    after: &std::collections::BTreeMap<state::Fact, String>,
    touched: &BTreeSet<state::Fact>,
    seed: u64,
) {
    let facts: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for fact in facts {
        // Who is touched may exist or not; what is in a group that is gone is gone, too.
        let (id, _) = fact;
        let is_touched = touched.contains(fact) || touched.contains(&(*id, "existence".to_owned()));
        if !is_touched {
            assert_eq!(before.get(fact), after.get(fact), "{seed}: {fact:?}");
        }
    }
}
