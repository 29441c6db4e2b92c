//! Roles that have effect for a user, their origins and their permissions.

use std::collections::{BTreeMap, HashMap};

use super::RoleResolver;
use crate::{
    error::{Error, Resource, Result},
    group::{MemberKind, Source},
    id::Id,
    organization::Organization,
    platform::Timestamp,
    role::{EffectiveGrant, Grant, GrantKey, Permissions, RoleScope, RoleValue},
    store::Reader,
};

/// Effective roles and permissions of a user, and their origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveAccess {
    /// The user.
    pub user_id: Id,
    /// Set if it is active. A user that is not active holds nothing below.
    pub active: bool,
    /// The organization's revision at which this was true.
    pub revision: i64,
    /// The role in the organization, and the permissions there.
    pub organization: ScopeAccess,
    /// The same for each project in which it holds a role, in order of their ids.
    pub projects: BTreeMap<Id, ScopeAccess>,
}

/// Roles and permissions of a user in one scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeAccess {
    /// The strongest role; `None`: none.
    pub role: Option<String>,
    /// Permissions of all roles together.
    pub permissions: Permissions,
    /// The grants that have effect, in order of role, principal and source.
    pub grants: Vec<TracedGrant>,
}

/// A grant that has effect for a user, and how it comes to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedGrant {
    /// The grant.
    pub grant: Grant,
    /// The groups on a shortest way from the user to the holder, the holder last; empty: the user holds it itself.
    pub through: Vec<Id>,
}

impl EffectiveAccess {
    /// Returns the permissions of the user in a scope. Roles in the organization hold in its projects too.
    pub fn permissions(&self, scope: RoleScope) -> Permissions {
        let mut permissions = self.organization.permissions.clone();
        if let RoleScope::Project(id) = scope
            && let Some(project) = self.projects.get(&id)
        {
            permissions.extend(project.permissions.names());
        }
        permissions
    }
}

/// Computes the effective access of one user from its grants.
pub(in crate::directory) async fn effective_access(
    reader: &mut dyn Reader,
    organization: &Organization,
    user: Id,
    at: Timestamp,
) -> Result<EffectiveAccess> {
    let found = reader.user(organization.id, user).await?;
    let found = found.ok_or_else(|| Error::not_found(Resource::User, user))?;
    let mut access = EffectiveAccess {
        user_id: user,
        active: found.active,
        revision: organization.revision,
        organization: ScopeAccess::default(),
        projects: BTreeMap::new(),
    };
    if !found.active {
        return Ok(access);
    }
    let grants = reader.effective_grants(organization.id, &[user], at).await?;
    let values: Vec<_> = grants.iter().map(value_of).collect();
    let catalog = organization.policy.catalog();
    let resolver = RoleResolver::of_values(catalog, &values, organization.id, reader).await?;
    let ways = ways(reader, organization.id, user, &grants).await?;
    for effective in grants.into_iter().filter(|it| resolver.has_effect(&value_of(it))) {
        let key = &effective.grant.key;
        let through = ways.get(&key.principal_id).cloned().unwrap_or_default();
        let scope_access = match key.scope {
            RoleScope::Organization => &mut access.organization,
            RoleScope::Project(id) => access.projects.entry(id).or_default(),
        };
        scope_access.grants.push(TracedGrant {
            grant: effective.grant,
            through,
        });
    }
    add_default(&mut access, organization, user);
    for scope_access in std::iter::once(&mut access.organization).chain(access.projects.values_mut()) {
        summarize(scope_access, &resolver);
    }
    Ok(access)
}

fn value_of(effective: &EffectiveGrant) -> RoleValue {
    let key = &effective.grant.key;
    RoleValue {
        scope: key.scope,
        role: key.role.clone(),
    }
}

/// Adds the policy's default role for a user that holds no role of the catalog in the organization.
fn add_default(access: &mut EffectiveAccess, organization: &Organization, user: Id) {
    let catalog = organization.policy.catalog();
    let grants = &mut access.organization.grants;
    let has_one = grants.iter().any(|it| catalog.rank(&it.grant.key.role).is_some());
    let Some(role) = organization.policy.roles_default_org.clone().filter(|_| !has_one) else {
        return;
    };
    let grant = Grant {
        key: GrantKey {
            organization_id: organization.id,
            principal_id: user,
            scope: RoleScope::Organization,
            role,
            source: Source::Default,
        },
        principal_kind: MemberKind::User,
        connection_id: None,
        expires_at: None,
        created_at: organization.policy_updated_at,
    };
    grants.push(TracedGrant {
        grant,
        through: Vec::new(),
    });
}

/// The strongest role, and what all of them permit.
fn summarize(scope_access: &mut ScopeAccess, resolver: &RoleResolver) {
    let names = scope_access.grants.iter().map(|it| it.grant.key.role.as_str());
    scope_access.role = resolver.strongest(&names);
    let mut permissions = Permissions::default();
    for role in names {
        permissions.extend(resolver.permissions(role).names());
    }
    scope_access.permissions = permissions;
}

/// For each group above the user that holds something: the groups on a shortest way up to it, itself last.
async fn ways(
    reader: &mut dyn Reader,
    organization: Id,
    user: Id,
    grants: &[EffectiveGrant],
) -> Result<HashMap<Id, Vec<Id>>> {
    if grants.iter().all(|it| it.grant.key.principal_id == user) {
        return Ok(HashMap::new());
    }
    let edges = reader.memberships_above(organization, &[user]).await?;
    let mut ways: HashMap<Id, Vec<Id>> = HashMap::from([(user, Vec::new())]);
    let mut reached = vec![user];
    while !reached.is_empty() {
        let mut next = Vec::new();
        for member in reached {
            for (_, group) in edges.iter().filter(|(from, _)| *from == member) {
                if !ways.contains_key(group) {
                    let mut way = ways[&member].clone();
                    way.push(*group);
                    ways.insert(*group, way);
                    next.push(*group);
                }
            }
        }
        reached = next;
    }
    Ok(ways)
}
