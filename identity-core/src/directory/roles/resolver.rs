//! Resolves values of `roles` in one organization.

use std::collections::HashMap;

use crate::{
    error::Result,
    id::Id,
    project::{Project, ProjectKind},
    role::{Catalog, CustomRole, Permissions, RoleKind, RoleScope, RoleValue, is_no_role},
    store::Reader,
};

/// The catalog, and those projects and custom roles that some values name.
#[derive(Clone, Debug)]
pub(in crate::directory) struct RoleResolver {
    catalog: Catalog,
    projects: HashMap<Id, Project>,
    roles: HashMap<Id, CustomRole>,
}

/// The resolution of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::directory) enum RoleResolution {
    /// A role that a user can be given by its `roles`.
    Known(RoleValue),
    /// A role in a preview project.
    Preview,
    /// A role that is no more, or in a project that is no more.
    Deleted,
    /// No role, as its end says.
    NoRole,
    /// Nothing that this organization knows.
    Unknown,
}

impl RoleResolver {
    /// A resolver of the catalog alone.
    pub(in crate::directory) fn of_catalog(catalog: Catalog) -> Self {
        Self {
            catalog,
            projects: HashMap::new(),
            roles: HashMap::new(),
        }
    }

    /// A resolver of one project and of these roles.
    pub(in crate::directory) fn of(
        catalog: Catalog,
        project: Option<Project>,
        roles: impl IntoIterator<Item = CustomRole>,
    ) -> Self {
        Self {
            catalog,
            projects: project.into_iter().map(|project| (project.id, project)).collect(),
            roles: roles.into_iter().map(|role| (role.id, role)).collect(),
        }
    }

    /// A resolver in which these values can be looked up. Reads nothing if they name roles of the catalog in the organization only.
    pub(in crate::directory) async fn of_values(
        catalog: Catalog,
        values: &[RoleValue],
        organization: Id,
        reader: &mut dyn Reader,
    ) -> Result<Self> {
        let mut resolver = Self::of_catalog(catalog);
        let projects = distinct(values.iter().filter_map(|value| match value.scope {
            RoleScope::Project(project) => Some(project),
            RoleScope::Organization => None,
        }));
        let roles = distinct(values.iter().filter_map(|value| Id::parse(&value.role)));
        if !projects.is_empty() {
            let found = reader.known_projects(organization, &projects).await?;
            resolver.projects = found.into_iter().map(|project| (project.id, project)).collect();
        }
        if !roles.is_empty() {
            let found = reader.known_roles(organization, &roles).await?;
            resolver.roles = found.into_iter().map(|role| (role.id, role)).collect();
        }
        Ok(resolver)
    }

    /// The catalog.
    pub(in crate::directory) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Returns the meaning of a value. A role that was made from a group cannot be given: it follows from
    /// membership.
    pub(in crate::directory) fn resolve(&self, text: &str) -> RoleResolution {
        if is_no_role(text) {
            return RoleResolution::NoRole;
        }
        let value = RoleValue::parse(text);
        let kind = match value.scope {
            RoleScope::Organization if self.catalog.rank(&value.role).is_some() => {
                return RoleResolution::Known(value);
            }
            RoleScope::Organization => RoleKind::Organization,
            RoleScope::Project(id) => match self.projects.get(&id) {
                None => return RoleResolution::Unknown,
                Some(project) if project.deleted_at.is_some() => return RoleResolution::Deleted,
                Some(project) if project.kind == ProjectKind::Preview => return RoleResolution::Preview,
                Some(_) if self.catalog.project_names().contains(&value.role) => {
                    return RoleResolution::Known(value);
                }
                Some(_) => RoleKind::Project,
            },
        };
        match self.custom(&value.role) {
            Some(role) if role.kind != kind || role.group_id.is_some() => RoleResolution::Unknown,
            Some(role) if role.deleted_at.is_some() => RoleResolution::Deleted,
            Some(_) => RoleResolution::Known(value),
            None => RoleResolution::Unknown,
        }
    }

    /// Tells whether a role that is held there has an effect. Unlike [`RoleResolver::resolve`] it does not ask
    /// who may give it.
    pub(in crate::directory) fn has_effect(&self, value: &RoleValue) -> bool {
        let (names, kind) = match value.scope {
            RoleScope::Organization => (self.catalog.names(), RoleKind::Organization),
            RoleScope::Project(_) => (self.catalog.project_names(), RoleKind::Project),
        };
        let is_custom = |role: &CustomRole| role.kind == kind && role.deleted_at.is_none();
        names.contains(&value.role) || self.custom(&value.role).is_some_and(is_custom)
    }

    /// Tells whether a role was made from a group.
    pub(in crate::directory) fn is_of_group(&self, role: &str) -> bool {
        self.custom(role).is_some_and(|custom| custom.group_id.is_some())
    }

    /// Tells whether an unknown value names a role that a new catalog could have.
    pub(in crate::directory) fn can_become_known(&self, value: &RoleValue) -> bool {
        let is_name = Id::parse(&value.role).is_none() && !value.role.is_empty();
        match value.scope {
            RoleScope::Organization => is_name,
            RoleScope::Project(id) => is_name && self.projects.contains_key(&id),
        }
    }

    /// Returns the permissions of a role; none if the role is unknown.
    pub(in crate::directory) fn permissions(&self, role: &str) -> Permissions {
        match self.custom(role) {
            Some(custom) if custom.deleted_at.is_none() => custom.permissions.clone(),
            Some(_) => Permissions::default(),
            None => self.catalog.permissions(role),
        }
    }

    /// The strongest of these roles: the highest of the catalog; among custom roles alone the one that permits most, then the older one.
    pub(in crate::directory) fn strongest<'a>(
        &self,
        names: &(impl Iterator<Item = &'a str> + Clone),
    ) -> Option<String> {
        let by_permissions = || {
            let weight = |role: &str| self.permissions(role).len();
            names
                .clone()
                .max_by(|a, b| weight(a).cmp(&weight(b)).then_with(|| b.cmp(a)))
        };
        let strongest = self.catalog.strongest(names.clone()).or_else(by_permissions);
        strongest.map(str::to_owned)
    }

    /// Returns the name of a role for people.
    pub(in crate::directory) fn name<'a>(&'a self, role: &'a str) -> &'a str {
        self.custom(role).map_or(role, |custom| custom.name.as_str())
    }

    /// A project of the resolver.
    pub(in crate::directory) fn project(&self, id: Id) -> Option<&Project> {
        self.projects.get(&id)
    }

    fn custom(&self, role: &str) -> Option<&CustomRole> {
        self.roles.get(&Id::parse(role)?)
    }
}

fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut ids: Vec<Id> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
