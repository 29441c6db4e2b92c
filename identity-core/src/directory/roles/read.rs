//! Reading custom roles, grants, and what provisioning clients may give.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    RoleResolver, derived,
    effective::{EffectiveAccess, effective_access},
};
use crate::{
    caller::Caller,
    directory::{input::GrantQuery, paging::Rows, projects},
    error::{Error, Resource, Result},
    group::Source,
    id::Id,
    organization::Organization,
    platform::Timestamp,
    project::{Project, ProjectKind, ProjectStatus},
    role::{Catalog, CustomRole, Grant, GrantKey, PredefinedRole, Role, RoleKind, RoleScope, RoleValue},
    store::{Cost, Query, Reader},
};

/// One role, by its id: that of a predefined one is its name.
pub(super) struct GetRole {
    pub(super) organization: Id,
    pub(super) id: String,
}

#[async_trait]
impl Query for GetRole {
    type Output = Option<Role>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        if let Some(id) = Id::parse(&self.id) {
            let role = reader.role(self.organization, id).await?;
            return Ok(role.map(Role::Custom));
        }
        let catalog = catalog_of(self.organization, reader).await?;
        let rank = catalog.rank(&self.id);
        Ok(rank.map(|_| predefined(self.organization, &catalog, &self.id)))
    }
}

/// A place in the list of roles: how many predefined ones are before it, and the last custom one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct RoleCursor {
    predefined: usize,
    custom: Option<Id>,
}

/// A page of all roles: the predefined ones, weakest first, and then the custom ones in order of creation, those made from groups among
/// them.
pub(super) struct ListRoles {
    pub(super) organization: Id,
    pub(super) after: RoleCursor,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListRoles {
    type Output = Rows<Role, RoleCursor>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let catalog = catalog_of(self.organization, reader).await?;
        let names = catalog.names().iter().skip(self.after.predefined);
        let mut roles: Vec<_> = names
            .map(|name| predefined(self.organization, &catalog, name))
            .collect();
        let missing = self.size + 1 - i64::try_from(roles.len()).unwrap_or(i64::MAX);
        if missing > 0 {
            let custom = reader
                .roles(self.organization, self.after.custom, missing)
                .await?;
            roles.extend(custom.into_iter().map(Role::Custom));
        }
        Rows::cut(roles, self.size, |role| {
            Ok(match role {
                Role::Predefined(role) => RoleCursor {
                    predefined: catalog.rank(&role.name).map_or(0, |rank| rank + 1),
                    custom: None,
                },
                Role::Custom(role) => RoleCursor {
                    predefined: catalog.names().len(),
                    custom: Some(role.id),
                },
            })
        })
    }
}

async fn catalog_of(organization: Id, reader: &mut dyn Reader) -> Result<Catalog> {
    let found = reader.organization(organization).await?;
    let found = found.ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
    Ok(found.policy.catalog())
}

fn predefined(organization_id: Id, catalog: &Catalog, name: &str) -> Role {
    Role::Predefined(PredefinedRole {
        organization_id,
        name: name.to_owned(),
        permissions: catalog.permissions(name),
        in_projects: catalog.project_names().iter().any(|it| it == name),
    })
}

/// The place of a grant in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct GrantCursor {
    project: Option<Id>,
    role: String,
    principal: Id,
    source: String,
}

impl GrantCursor {
    fn of(key: &GrantKey) -> Self {
        let project = match key.scope {
            RoleScope::Organization => None,
            RoleScope::Project(id) => Some(id),
        };
        Self {
            project,
            role: key.role.clone(),
            principal: key.principal_id,
            source: key.source.name().to_owned(),
        }
    }

    fn key(&self, organization: Id) -> Option<GrantKey> {
        Some(GrantKey {
            organization_id: organization,
            principal_id: self.principal,
            scope: self.project.map_or(RoleScope::Organization, RoleScope::Project),
            role: self.role.clone(),
            source: Source::parse(&self.source)?,
        })
    }
}

/// A page of grants: of one principal, or in one scope.
pub(super) struct ListGrants {
    pub(super) caller: Caller,
    pub(super) organization: Id,
    pub(super) query: GrantQuery,
    pub(super) after: Option<GrantCursor>,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListGrants {
    type Output = Rows<Grant, GrantCursor>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let project = match self.query.project.as_str() {
            "" => None,
            name => Some(self.project(name, reader).await?),
        };
        self.caller.require_project(project, &self.query.project)?;
        let after = self.after.as_ref().and_then(|it| it.key(self.organization));
        let grants = if self.query.principal.is_empty() {
            let scope = project.map_or(RoleScope::Organization, RoleScope::Project);
            reader
                .grants_in(self.organization, scope, after.as_ref(), self.size + 1)
                .await?
        } else {
            self.of_principal(project, after.as_ref(), reader).await?
        };
        Rows::cut(grants, self.size, |grant| Ok(GrantCursor::of(&grant.key)))
    }
}

impl ListGrants {
    async fn project(&self, name: &str, reader: &mut dyn Reader) -> Result<Id> {
        let found = projects::find(reader, self.organization, name).await?;
        let project = found.ok_or_else(|| Error::not_found(Resource::Project, name))?;
        Ok(project.id)
    }

    async fn of_principal(
        &self,
        project: Option<Id>,
        after: Option<&GrantKey>,
        reader: &mut dyn Reader,
    ) -> Result<Vec<Grant>> {
        let nobody = || Error::not_found(Resource::User, &self.query.principal);
        let id = Id::parse(&self.query.principal).ok_or_else(nobody)?;
        if reader.kinds_of(self.organization, &[id]).await?.is_empty() {
            return Err(nobody());
        }
        let mut grants = reader.grants_of(self.organization, &[id]).await?;
        if let Some(project) = project {
            grants.retain(|grant| grant.key.scope == RoleScope::Project(project));
        }
        let place = |key: &GrantKey| (key.scope, key.role.clone(), key.source.name());
        if let Some(after) = after {
            grants.retain(|grant| place(&grant.key) > place(after));
        }
        grants.sort_by_key(|grant| place(&grant.key));
        grants.truncate(usize::try_from(self.size + 1).unwrap_or(usize::MAX));
        Ok(grants)
    }
}

/// A role that a provisioning client may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignableRole {
    /// The value of `roles`.
    pub value: RoleValue,
    /// For people: the role's name, in a project behind the project's.
    pub display: String,
    /// `Organization`, or `Project - ` and the project's name.
    pub kind: String,
}

/// Position of the next assignable role: that of this number in the organization or in this project.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct AssignableCursor {
    project: Option<Id>,
    number: usize,
}

/// A page of the roles that a provisioning client may give: those in the organization, then those in each active project that is no
/// preview, in order of creation.
pub(super) struct ListAssignableRoles {
    pub(super) organization: Id,
    pub(super) from: AssignableCursor,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListAssignableRoles {
    type Output = Rows<AssignableRole, AssignableCursor>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = reader.organization(self.organization).await?;
        let organization =
            organization.ok_or_else(|| Error::not_found(Resource::Organization, self.organization))?;
        let custom = reader.manually_created_roles(self.organization).await?;
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let mut page = Vec::new();
        if self.from.project.is_none() {
            let all = assignable(&organization, &custom, None);
            page.extend(all.into_iter().skip(self.from.number).map(|role| (role, None)));
        }
        let mut skip = self.from.number;
        let mut after = self.from.project.map(before);
        while page.len() <= size {
            let projects = reader.projects(self.organization, after, BATCH).await?;
            let Some(last) = projects.last() else { break };
            after = Some(last.id);
            for project in &projects {
                let is_first = self.from.project == Some(project.id);
                let passed = if is_first { std::mem::take(&mut skip) } else { 0 };
                if project.kind == ProjectKind::Default && project.status == ProjectStatus::Active {
                    let all = assignable(&organization, &custom, Some(project));
                    let all = all.into_iter().skip(passed);
                    page.extend(all.map(|role| (role, Some(project.id))));
                }
                if page.len() > size {
                    break;
                }
            }
        }
        Ok(self.cut(page, size))
    }
}

/// Projects that are read at a time.
const BATCH: i64 = 100;

impl ListAssignableRoles {
    fn cut(
        &self,
        mut page: Vec<(AssignableRole, Option<Id>)>,
        size: usize,
    ) -> Rows<AssignableRole, AssignableCursor> {
        let next = page.get(size).map(|(_, project)| {
            let same = page.iter().take(size).filter(|(_, of)| of == project).count();
            let begun = if self.from.project == *project {
                self.from.number
            } else {
                0
            };
            AssignableCursor {
                project: *project,
                number: begun + same,
            }
        });
        page.truncate(size);
        Rows {
            items: page.into_iter().map(|(role, _)| role).collect(),
            next,
        }
    }
}

/// The id before this one: what comes after it begins with this one.
fn before(id: Id) -> Id {
    Id(uuid::Uuid::from_u128(id.0.as_u128().saturating_sub(1)))
}

/// All roles that can be given in one scope.
fn assignable(
    organization: &Organization,
    custom: &[CustomRole],
    project: Option<&Project>,
) -> Vec<AssignableRole> {
    let catalog = organization.policy.catalog();
    let (scope, kind, names) = match project {
        None => (
            RoleScope::Organization,
            RoleKind::Organization,
            catalog.names().to_vec(),
        ),
        Some(project) => (
            RoleScope::Project(project.id),
            RoleKind::Project,
            catalog.project_names().to_vec(),
        ),
    };
    let custom = custom.iter().filter(|role| role.kind == kind);
    let resolver = RoleResolver::of(catalog, project.cloned(), custom.clone().cloned());
    let ids = custom.map(|role| role.id.to_string());
    let assignable = |role| {
        let value = RoleValue { scope, role };
        let derived = derived(&resolver, &value);
        AssignableRole {
            value,
            display: derived.display,
            kind: derived.kind,
        }
    };
    names.into_iter().chain(ids).map(assignable).collect()
}

/// Query for the effective access of a user, and its origins.
pub(super) struct GetAccess {
    pub(super) organization: Id,
    pub(super) user: Id,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for GetAccess {
    type Output = EffectiveAccess;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = reader.organization(self.organization).await?;
        let organization =
            organization.ok_or_else(|| Error::not_found(Resource::Organization, self.organization))?;
        effective_access(reader, &organization, self.user, self.at).await
    }
}
