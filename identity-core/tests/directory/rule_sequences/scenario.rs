//! An organization that things happen to by lot.

use identity_core::{
    caller::Call,
    directory::{Directory, input::PolicyUpdate},
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    platform::{Platform, Timestamp},
    role::{RoleKind, RoleScope, RoleValue},
};

use super::graph::Graph;
use crate::{harness::World, seeded_rng::SeededRng};

pub(super) const USERS: usize = 5;
pub(super) const GROUPS: usize = 5;
pub(super) const RULES: usize = 7;

/// The same name in another case, names that patterns tell apart, and a letter beyond ASCII.
pub(super) const NAMES: [&str; 6] = [
    "eu-admins",
    "EU-Admins",
    "eu-data-admins",
    "us-viewers",
    "data",
    "École-eu",
];
pub(super) const EXTERNAL_IDS: [&str; 3] = ["x-1", "X-1", "x-2"];
const PATTERNS: [&str; 7] = ["*", "eu-*", "*-ADMINS", "eu-*-admins", "*a*a*", "éc*", "admins"];
const LICENSES: [&str; 2] = ["it", "developer"];
const ROLES: [&str; 4] = ["viewer", "editor", "developer", "admin"];

/// An organization, and the lists that say what is in it.
pub(super) struct Scenario<'w> {
    pub(super) world: &'w World,
    /// Its slug.
    pub(super) organization: String,
    pub(super) graph: Graph,
    pub(super) rng: SeededRng,
    /// Custom roles, those that are deleted too.
    pub(super) customs: Vec<String>,
    made: usize,
}

impl<'w> Scenario<'w> {
    pub(super) async fn new(world: &'w World, seed: u64) -> Self {
        let organization = format!("org-{seed}");
        world.found(&organization, "").await;
        let mut scenario = Self {
            world,
            organization,
            graph: Graph::default(),
            rng: SeededRng(seed),
            customs: Vec::new(),
            made: 0,
        };
        scenario.allow_everything().await;
        for _ in 0..USERS {
            scenario.create_user().await.unwrap();
        }
        for _ in 0..GROUPS - 1 {
            // A name without case may be there already, and an external id: both are allowed.
            let _refused = scenario.create_group().await;
        }
        for kind in [RoleKind::Organization, RoleKind::Project, RoleKind::Project] {
            scenario.create_project().await.unwrap();
            scenario.create_role(kind).await.unwrap();
        }
        scenario
    }

    async fn allow_everything(&self) {
        let settings = [
            ("groups.unique_names", "false"),
            ("license.catalog", "it,developer"),
            ("license.source", "mapping"),
            ("plan.licenses", "it,developer"),
        ];
        let update = PolicyUpdate {
            settings: settings.map(|(key, value)| (key.into(), value.into())).into(),
            ..PolicyUpdate::default()
        };
        let (directory, root) = self.api();
        let updated = directory.update_policy(root, &self.organization, update);
        updated.await.unwrap();
    }

    /// The directory, and the caller.
    pub(super) fn api(&self) -> (&'w Directory, &'w Call) {
        (&self.world.directory, self.world.root())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    pub(super) fn any_matcher(&mut self) -> GroupMatcher {
        match self.rng.below(3) {
            0 => GroupMatcher::Name(self.rng.of(&NAMES).into()),
            1 => GroupMatcher::ExternalId(self.rng.of(&EXTERNAL_IDS).into()),
            _ => GroupMatcher::Pattern(self.rng.of(&PATTERNS).into()),
        }
    }

    pub(super) fn any_target(&mut self) -> MappingTarget {
        if self.rng.one_in(4) {
            return MappingTarget::License(self.rng.of(&LICENSES).into());
        }
        let (scope, role) = self.any_role();
        MappingTarget::Role(RoleValue { scope, role }.write())
    }

    /// A role somewhere; a custom one may be none that can be held there, or one that is deleted.
    pub(super) fn any_role(&mut self) -> (RoleScope, String) {
        let project = self.rng.below(self.graph.projects.len());
        let project = RoleScope::Project(self.graph.projects[project].0);
        let scope = self.rng.of(&[RoleScope::Organization, project, project]);
        let custom = self.rng.below(self.customs.len());
        let role = self.rng.of(&["", ROLES[0], ROLES[1], ROLES[2], ROLES[3]]);
        let role = if role.is_empty() {
            &self.customs[custom]
        } else {
            role
        };
        (scope, role.to_owned())
    }

    pub(super) fn any_user(&mut self) -> usize {
        self.rng.below(self.graph.users.len())
    }

    /// Any user or group.
    pub(super) fn anybody(&mut self) -> Id {
        let users = self.graph.users.iter().map(|(id, _)| *id);
        let everybody: Vec<Id> = users.chain(self.graph.teams.iter().map(|team| team.id)).collect();
        self.rng.of(&everybody)
    }

    pub(super) fn fresh_name(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }
}
