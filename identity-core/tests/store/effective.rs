//! For random graphs of users, nested groups and grants, the statements answer what a small obvious reference model does.

use std::collections::BTreeSet;

use futures::future::join_all;
use identity_core::{
    group::{MemberKind, Source},
    id::Id,
    platform::{Platform, Timestamp},
    project::{Project, ProjectKind, ProjectStatus},
    role::{Grant, GrantKey, RoleScope},
    store::{UniqueName, Without, Write},
    user::User,
};

use crate::harness::{World, insert, insert_group, on_every_database};

on_every_database![the_statements_answer_what_the_reference_model_does];

/// Graphs that are tried.
const GRAPHS: u64 = 30;
const USERS: usize = 5;
const GROUPS: usize = 5;

/// Numbers that look random, the same in every run.
struct SeededRng(u64);

impl SeededRng {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// One organization's people, and who holds what.
struct Graph {
    organization: Id,
    users: Vec<User>,
    groups: Vec<Id>,
    /// Member and group.
    memberships: Vec<(Id, MemberKind, Id)>,
    projects: Vec<Project>,
    grants: Vec<Grant>,
}

impl Graph {
    fn random(world: &World, organization: Id, rng: &mut SeededRng, now: Timestamp) -> (Self, Vec<Write>) {
        let mut writes = Vec::new();
        let mut users = Vec::new();
        for number in 0..USERS {
            let mut user = world.user(organization, &format!("user-{number}"));
            user.active = !rng.one_in(4);
            writes.push(insert(&user));
            users.push(user);
        }
        let made: Vec<_> = (0..GROUPS)
            .map(|number| world.group(organization, &format!("group-{number}")))
            .collect();
        let mut memberships = Vec::new();
        for (place, group) in made.iter().enumerate() {
            let inside = users.iter().map(|user| (user.id, MemberKind::User));
            let nested = made[place + 1..].iter().map(|it| (it.id, MemberKind::Group));
            let members: Vec<_> = inside.chain(nested).filter(|_| rng.one_in(3)).collect();
            writes.push(insert_group(group, UniqueName::Free));
            if !members.is_empty() {
                writes.push(world.insert_members(group, &members));
            }
            memberships.extend(members.into_iter().map(|(id, kind)| (id, kind, group.id)));
        }
        let projects = vec![
            project(world, organization, ProjectStatus::Active),
            project(world, organization, ProjectStatus::Archived),
        ];
        let insert_project = |project: &Project| Write::InsertProject(Box::new(project.clone()));
        writes.extend(projects.iter().map(insert_project));
        let mut graph = Self {
            organization,
            users,
            groups: made.iter().map(|group| group.id).collect(),
            memberships,
            projects,
            grants: Vec::new(),
        };
        graph.grants = graph.random_grants(rng, now);
        writes.push(Write::InsertGrants(graph.grants.clone()));
        (graph, writes)
    }

    fn random_grants(&self, rng: &mut SeededRng, now: Timestamp) -> Vec<Grant> {
        let users = self.users.iter().map(|user| (user.id, MemberKind::User));
        let groups = self.groups.iter().map(|id| (*id, MemberKind::Group));
        let principals: Vec<_> = users.chain(groups).collect();
        let scopes = [
            RoleScope::Organization,
            RoleScope::Project(self.projects[0].id),
            RoleScope::Project(self.projects[1].id),
        ];
        let mut seen = BTreeSet::new();
        let mut grants = Vec::new();
        for _ in 0..8 {
            let (principal_id, principal_kind) = principals[rng.below(principals.len())];
            let key = GrantKey {
                organization_id: self.organization,
                principal_id,
                scope: scopes[rng.below(scopes.len())],
                role: ["viewer", "admin"][rng.below(2)].into(),
                source: [Source::Manual, Source::Mapping][rng.below(2)],
            };
            let expires_at = [None, None, Some(now), Some(Timestamp(now.0 + 1))][rng.below(4)];
            if seen.insert((principal_id, key.scope, key.role.clone(), key.source.name())) {
                grants.push(Grant {
                    key,
                    principal_kind,
                    connection_id: None,
                    expires_at,
                    created_at: now,
                });
            }
        }
        grants
    }

    /// The user or group itself, and all groups around it.
    fn around(&self, id: Id, without: &Without) -> BTreeSet<Id> {
        let mut around = BTreeSet::from([id]);
        loop {
            let size = around.len();
            let stays = |member: Id, group: Id| {
                let leaves = without.leaving.0 == group && without.leaving.1.contains(&member);
                !leaves && !without.gone.contains(&group)
            };
            let outer = self
                .memberships
                .iter()
                .filter(|(member, _, group)| around.contains(member) && stays(*member, *group));
            let outer: Vec<Id> = outer.map(|(_, _, group)| *group).collect();
            around.extend(outer);
            if around.len() == size {
                return around;
            }
        }
    }

    fn effective(&self, user: Id, now: Timestamp) -> BTreeSet<(Id, RoleScope, String, &'static str)> {
        let around = self.around(user, &Without::default());
        let archived = RoleScope::Project(self.projects[1].id);
        let grants = self.grants.iter().filter(|grant| {
            let lasts = grant.expires_at.is_none_or(|end| end > now);
            lasts && grant.key.scope != archived && around.contains(&grant.key.principal_id)
        });
        grants
            .map(|it| {
                (
                    it.key.principal_id,
                    it.key.scope,
                    it.key.role.clone(),
                    it.key.source.name(),
                )
            })
            .collect()
    }

    fn has_permanent_admin(&self, without: &Without) -> bool {
        let holds = |user: &User| {
            let around = self.around(user.id, without);
            self.grants.iter().any(|grant| {
                let key = &grant.key;
                let lost =
                    without.revoked_from.contains(&key.principal_id) && without.sources.contains(&key.source);
                let is_admin = key.scope == RoleScope::Organization && key.role == "admin";
                is_admin && !lost && grant.expires_at.is_none() && around.contains(&key.principal_id)
            })
        };
        let mut there = self.users.iter().filter(|user| user.active);
        there.any(|user| !without.gone.contains(&user.id) && holds(user))
    }

    /// Something to be taken away.
    fn random_loss(&self, rng: &mut SeededRng) -> Without {
        let users = self.users.iter().map(|user| user.id);
        let everybody: Vec<Id> = users.chain(self.groups.iter().copied()).collect();
        let some = |rng: &mut SeededRng| -> Vec<Id> {
            everybody.iter().copied().filter(|_| rng.one_in(5)).collect()
        };
        let (gone, revoked_from, leaving) = (some(rng), some(rng), some(rng));
        Without {
            gone,
            revoked_from,
            sources: vec![[Source::Manual, Source::Mapping][rng.below(2)]],
            leaving: (self.groups[rng.below(GROUPS)], leaving),
        }
    }
}

fn project(world: &World, organization: Id, status: ProjectStatus) -> Project {
    let at = world.now();
    Project {
        id: world.id(),
        organization_id: organization,
        version: 1,
        name: format!("{status:?}"),
        kind: ProjectKind::Default,
        status,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

async fn the_statements_answer_what_the_reference_model_does(world: World) {
    for seed in 0..GRAPHS {
        let organization = world.organization(&format!("org-{seed}"));
        world.found(&organization).await.unwrap();
        let (mut rng, now) = (SeededRng(seed), world.now());
        let (graph, writes) = Graph::random(&world, organization.id, &mut rng, now);
        world.write_to(organization.id, writes).await.unwrap();
        assert_effective(&world, &graph, now, seed).await;
        assert_access_facts(&world, &graph, now, seed).await;
        for _ in 0..5 {
            let taken = graph.random_loss(&mut rng);
            let (id, without) = (organization.id, taken.clone());
            let answer = world.ask(move |reader| {
                let without = without.clone();
                Box::pin(async move { reader.has_permanent_holder(id, "admin", &without).await })
            });
            assert_eq!(
                answer.await,
                graph.has_permanent_admin(&taken),
                "graph {seed}, {taken:?}"
            );
        }
    }
}

/// Of all users in one statement, and the holders in each scope.
async fn assert_effective(world: &World, graph: &Graph, now: Timestamp, seed: u64) {
    let (id, users) = (graph.organization, graph.users.clone());
    let ids: Vec<Id> = users.iter().map(|user| user.id).collect();
    let grants = world.ask(move |reader| {
        let ids = ids.clone();
        Box::pin(async move { reader.effective_grants(id, &ids, now).await })
    });
    let grants = grants.await;
    let scope = RoleScope::Project(graph.projects[0].id);
    let holders = world
        .ask(move |reader| Box::pin(async move { reader.holders(id, scope, now, (None, 99)).await }))
        .await;
    for user in &users {
        let expected = graph.effective(user.id, now);
        let own = grants
            .iter()
            .filter(|it| it.user_id == user.id)
            .map(|it| &it.grant.key);
        let found: Vec<_> = own
            .map(|key| (key.principal_id, key.scope, key.role.clone(), key.source.name()))
            .collect();
        assert_eq!(found.len(), expected.len(), "graph {seed}, no grant twice");
        assert_eq!(
            found.into_iter().collect::<BTreeSet<_>>(),
            expected,
            "graph {seed}"
        );
        let holds = user.active && expected.iter().any(|(_, held, _, _)| *held == scope);
        assert_eq!(holders.contains(&user.id), holds, "graph {seed}");
    }
}

/// Of each user in each scope, all asked at the same time.
async fn assert_access_facts(world: &World, graph: &Graph, now: Timestamp, seed: u64) {
    let scopes = [
        RoleScope::Organization,
        RoleScope::Project(graph.projects[0].id),
        RoleScope::Project(world.id()),
    ];
    let questions = graph
        .users
        .iter()
        .flat_map(|user| scopes.map(|scope| (user, scope)));
    let answers = questions.clone().map(|(user, scope)| {
        let (organization, user) = (graph.organization, user.id);
        world.point_query(move |reader| {
            Box::pin(async move { reader.access_facts(organization, user, scope, now).await })
        })
    });
    for ((user, scope), answer) in questions.zip(join_all(answers).await) {
        let answer = answer.unwrap();
        let in_use = scope == scopes[1];
        assert_eq!(answer.active, Some(user.active), "graph {seed}");
        assert_eq!(
            answer.project,
            in_use.then_some(ProjectStatus::Active),
            "graph {seed}"
        );
        let expected = graph.effective(user.id, now).into_iter();
        let expected = expected.filter(|(_, held, ..)| *held == RoleScope::Organization || *held == scope);
        let expected: BTreeSet<_> = expected.map(|(_, held, role, _)| (held, role)).collect();
        let held = answer
            .held
            .into_iter()
            .map(|(value, _)| (value.scope, value.role));
        let held: BTreeSet<_> = held.collect();
        assert_eq!(
            held,
            if user.active { expected } else { BTreeSet::new() },
            "graph {seed}"
        );
    }
}
