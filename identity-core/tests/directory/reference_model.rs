//! Permissions of users, computed by a few loops over plain lists: the reference for the statements of the
//! stores.

use std::collections::{HashMap, HashSet};

use identity_core::{
    access::Check,
    directory::input::{GrantQuery, PageRequest},
    id::Id,
    project::ProjectStatus,
    role::{Role, RoleScope},
};

use crate::harness::{ORGANIZATION, World};

/// The roles, weakest first, and what each permits beside all that the weaker ones permit (`docs/roles.md`).
const ROLES: [(&str, &[&str]); 6] = [
    ("member", &["organization.view"]),
    ("viewer", &["project.view"]),
    ("interactive_viewer", &["project.explore"]),
    ("editor", &["project.edit"]),
    ("developer", &["project.develop"]),
    ("admin", &["project.manage", "users.edit"]),
];
/// Role of users who hold no other role of the catalog in the organization.
pub(crate) const DEFAULT: &str = "member";

/// Stored data, as the lists return it.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) inactive: HashSet<Id>,
    /// Projects that are not in use.
    pub(crate) archived: HashSet<Id>,
    pub(crate) groups_of: HashMap<Id, Vec<Id>>,
    pub(crate) held: HashMap<(Id, RoleScope), Vec<String>>,
    /// Permissions of custom roles, by the ids of the roles.
    pub(crate) custom: HashMap<String, Vec<String>>,
}

impl Facts {
    pub(crate) async fn read(world: &World, (users, groups, projects): (&[Id], &[Id], &[Id])) -> Self {
        let mut facts = Self::default();
        for user in users {
            if !world.get(*user).await.unwrap().user.active {
                facts.inactive.insert(*user);
            }
        }
        for group in groups {
            for member in world.member_ids(*group).await {
                facts.groups_of.entry(member).or_default().push(*group);
            }
        }
        facts.read_grants(world, &[users, groups].concat()).await;
        facts.read_projects(world, projects).await;
        facts
    }

    async fn read_grants(&mut self, world: &World, principals: &[Id]) {
        for principal in principals {
            let query = GrantQuery {
                principal: principal.to_string(),
                ..GrantQuery::default()
            };
            let page = PageRequest::default();
            let listed = world
                .directory
                .list_grants(world.root(), ORGANIZATION, query, page);
            for grant in listed.await.unwrap().items {
                let held = self.held.entry((*principal, grant.key.scope)).or_default();
                held.push(grant.key.role);
            }
        }
    }

    async fn read_projects(&mut self, world: &World, projects: &[Id]) {
        for project in projects {
            let id = project.to_string();
            let got = world.directory.get_project(world.root(), ORGANIZATION, &id);
            if got.await.unwrap().status == ProjectStatus::Archived {
                self.archived.insert(*project);
            }
        }
        let page = PageRequest::default();
        let roles = world.directory.list_roles(world.root(), ORGANIZATION, page);
        for role in roles.await.unwrap().items {
            let Role::Custom(role) = role else { continue };
            self.custom.insert(
                role.id.to_string(),
                role.permissions.names().map(ToOwned::to_owned).collect(),
            );
        }
    }

    pub(crate) fn allow(&self, check: &Check) -> bool {
        let (user, scope) = (check.user.unwrap(), check.scope.unwrap());
        let is_archived = matches!(scope, RoleScope::Project(id) if self.archived.contains(&id));
        if self.inactive.contains(&user) || is_archived {
            return false;
        }
        let mut roles = self.roles(user, RoleScope::Organization);
        if !roles.iter().any(|role| rank(role).is_some()) {
            roles.push(DEFAULT);
        }
        if scope != RoleScope::Organization {
            roles.extend(self.roles(user, scope));
        }
        roles.iter().any(|role| self.permits(role, &check.permission))
    }

    /// Lists the roles that a user holds in a scope itself and through nested groups.
    fn roles(&self, user: Id, scope: RoleScope) -> Vec<&str> {
        let (mut holders, mut next) = (vec![user], vec![user]);
        while let Some(holder) = next.pop() {
            for group in self.groups_of.get(&holder).into_iter().flatten() {
                if !holders.contains(group) {
                    holders.push(*group);
                    next.push(*group);
                }
            }
        }
        let held = holders
            .iter()
            .filter_map(|holder| self.held.get(&(*holder, scope)));
        held.flatten().map(String::as_str).collect()
    }

    fn permits(&self, role: &str, permission: &str) -> bool {
        match rank(role) {
            Some(rank) => ROLES[..=rank].iter().any(|(_, own)| own.contains(&permission)),
            None => self.custom[role].iter().any(|own| own == permission),
        }
    }
}

/// Returns the strength of a role of the catalog.
pub(crate) fn rank(role: &str) -> Option<usize> {
    ROLES.iter().position(|(name, _)| *name == role)
}
