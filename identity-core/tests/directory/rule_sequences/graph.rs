//! Holders of roles, computed by a few loops over plain lists of rules, groups, memberships and manual
//! grants.

use std::collections::{BTreeMap, BTreeSet};

use identity_core::{
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    platform::Timestamp,
    role::{RoleScope, RoleValue},
};

use crate::reference_model::{DEFAULT, Facts, rank};

/// A grant: its holder, where, which role, and where it comes from.
pub(super) type HeldGrant = (Id, RoleScope, String, &'static str);

/// A group that is not deleted.
pub(super) struct Team {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
}

/// A mapping rule.
pub(super) struct Rule {
    pub(super) id: Id,
    pub(super) position: i32,
    pub(super) matcher: GroupMatcher,
    pub(super) target: MappingTarget,
}

/// All that decides who holds which role.
#[derive(Default)]
pub(super) struct Graph {
    /// Users, and whether they are active.
    pub(super) users: Vec<(Id, bool)>,
    pub(super) teams: Vec<Team>,
    /// Member and group.
    pub(super) memberships: BTreeSet<(Id, Id)>,
    /// Given by hand, with their ends.
    pub(super) given: BTreeMap<(Id, RoleScope, String), Option<Timestamp>>,
    pub(super) rules: Vec<Rule>,
    /// Projects, and whether they are in use; deleted ones are not.
    pub(super) projects: Vec<(Id, bool)>,
    /// Custom roles that are there, and what they permit.
    pub(super) custom: Vec<(String, &'static str)>,
}

impl Team {
    fn meets(&self, rule: &Rule) -> bool {
        match &rule.matcher {
            GroupMatcher::Name(name) => name.to_lowercase() == self.name.to_lowercase(),
            GroupMatcher::ExternalId(id) => self.external_id.as_ref() == Some(id),
            GroupMatcher::Pattern(pattern) => {
                let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
                fits(&letters(pattern), &letters(&self.name))
            }
        }
    }
}

/// A star stands for nothing, or for a letter and whatever it stands for behind it.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], []) => fits(rest, text),
        (['*', rest @ ..], [_, behind @ ..]) => fits(rest, text) || fits(pattern, behind),
        ([letter, rest @ ..], [same, behind @ ..]) if letter == same => fits(rest, behind),
        _ => false,
    }
}

impl Graph {
    /// Lists the grants that have effect for a user.
    pub(super) fn effective(&self, user: Id, now: Timestamp) -> BTreeSet<HeldGrant> {
        if !self.users.contains(&(user, true)) {
            return BTreeSet::new();
        }
        let around = self.around(user);
        let mut held = self.held(now);
        held.retain(|(holder, ..)| around.contains(holder));
        let is_built_in =
            |(_, scope, role, _): &HeldGrant| *scope == RoleScope::Organization && rank(role).is_some();
        if !held.iter().any(is_built_in) {
            held.insert((user, RoleScope::Organization, DEFAULT.into(), "default"));
        }
        held
    }

    /// The license of the first rule that one of the user's groups meets; of several rules in one place the older is the first.
    pub(super) fn license(&self, user: Id) -> Option<&str> {
        let around = self.around(user);
        let teams = self.teams.iter().filter(|team| around.contains(&team.id));
        let met = self
            .rules
            .iter()
            .filter(|rule| teams.clone().any(|team| team.meets(rule)));
        let licenses = met.filter_map(|rule| match &rule.target {
            MappingTarget::License(license) => Some((rule.position, rule.id, license.as_str())),
            MappingTarget::Role(_) => None,
        });
        licenses.min().map(|(_, _, license)| license)
    }

    /// The same as what the questions about permissions are answered from.
    pub(super) fn facts(&self, now: Timestamp) -> Facts {
        let inactive = self.users.iter().filter(|(_, active)| !active);
        let unused = self.projects.iter().filter(|(_, used)| !used);
        let mut facts = Facts {
            inactive: inactive.map(|(id, _)| *id).collect(),
            archived: unused.map(|(id, _)| *id).collect(),
            ..Facts::default()
        };
        for (member, group) in &self.memberships {
            facts.groups_of.entry(*member).or_default().push(*group);
        }
        for (holder, scope, role, _) in self.held(now) {
            facts.held.entry((holder, scope)).or_default().push(role);
        }
        for (role, permission) in &self.custom {
            facts.custom.insert(role.clone(), vec![(*permission).into()]);
        }
        facts
    }

    /// The user itself, and all groups around it.
    fn around(&self, user: Id) -> BTreeSet<Id> {
        let mut around = BTreeSet::from([user]);
        loop {
            let inside = self
                .memberships
                .iter()
                .filter(|(member, _)| around.contains(member));
            let groups: BTreeSet<Id> = inside.map(|(_, group)| *group).collect();
            if groups.is_subset(&around) {
                return around;
            }
            around.extend(groups);
        }
    }

    /// Lists all grants that have effect: manual ones, and those that rules give to groups.
    fn held(&self, now: Timestamp) -> BTreeSet<HeldGrant> {
        let mut held = BTreeSet::new();
        for ((holder, scope, role), end) in &self.given {
            if end.is_none_or(|end| end > now) {
                held.insert((*holder, *scope, role.clone(), "manual"));
            }
        }
        for rule in &self.rules {
            if let MappingTarget::Role(role) = &rule.target {
                let RoleValue { scope, role } = RoleValue::parse(role);
                let meeting = self.teams.iter().filter(|team| team.meets(rule));
                held.extend(meeting.map(|team| (team.id, scope, role.clone(), "mapping")));
            }
        }
        held.retain(|(_, scope, role, _)| self.is_used(*scope) && self.is_role(role));
        held
    }

    fn is_used(&self, scope: RoleScope) -> bool {
        match scope {
            RoleScope::Organization => true,
            RoleScope::Project(id) => self.projects.contains(&(id, true)),
        }
    }

    fn is_role(&self, role: &str) -> bool {
        rank(role).is_some() || self.custom.iter().any(|(id, _)| id == role)
    }
}
