//! Answers to questions: a few statements, however many questions there are.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;

use crate::{
    access::{Abilities, Check, Consistency, Decision, Decisions, Denial},
    directory::roles::RoleResolver,
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    platform::Timestamp,
    project::ProjectStatus,
    role::{EffectiveGrant, RoleScope, RoleValue, is_permission},
    store::{Cost, Query, Reader},
};

/// Questions to answer.
pub(super) struct BatchCheck {
    pub(super) organization: Id,
    pub(super) checks: Vec<Check>,
    pub(super) consistency: Consistency,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for BatchCheck {
    type Output = Decisions;
    /// Many questions are; one is asked as a lookup.
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Decisions> {
        let organization = fresh(reader, self.organization, self.consistency).await?;
        let users = distinct(self.checks.iter().filter_map(|check| check.user));
        let projects = distinct(self.checks.iter().filter_map(|check| match check.scope {
            Some(RoleScope::Project(id)) => Some(id),
            Some(RoleScope::Organization) | None => None,
        }));
        let holders = Holders::read(reader, &organization, (&users, &projects), self.at).await?;
        Ok(Decisions {
            decisions: self.checks.iter().map(|check| holders.decide(check)).collect(),
            revision: organization.revision,
            until: holders.until,
        })
    }
}

/// The organization, if it is as fresh as it has to be.
pub(super) async fn fresh(
    reader: &mut dyn Reader,
    organization: Id,
    consistency: Consistency,
) -> Result<Organization> {
    let found = reader.organization(organization).await?;
    let found = found.ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
    refuse_older(consistency, found.revision)?;
    Ok(found)
}

/// Refuses a state at this revision if it is not as fresh as it has to be.
pub(super) fn refuse_older(consistency: Consistency, found: i64) -> Result<()> {
    match consistency {
        Consistency::AtLeastAsFresh(revision) if revision > found => Err(Error::invalid(
            "consistency.at_least_as_fresh",
            format!("is later than the organization's revision {found}"),
        )),
        _ => Ok(()),
    }
}

/// Users, what they may do, and the projects that are asked about.
struct Holders {
    /// Users that exist, each with true if it is active.
    active: HashMap<Id, bool>,
    abilities: HashMap<Id, Abilities>,
    projects: HashMap<Id, Option<ProjectStatus>>,
    /// When the next grant expires.
    until: Option<Timestamp>,
}

impl Holders {
    async fn read(
        reader: &mut dyn Reader,
        organization: &Organization,
        (users, projects): (&[Id], &[Id]),
        at: Timestamp,
    ) -> Result<Self> {
        let active: HashMap<Id, bool> = if users.is_empty() {
            HashMap::new()
        } else {
            let found = reader.activity(organization.id, users).await?;
            found.into_iter().collect()
        };
        let serving = distinct(active.iter().filter(|(_, active)| **active).map(|(id, _)| *id));
        let EffectivePermissions {
            abilities,
            resolver,
            until,
        } = summarize(reader, organization, (&serving, projects), at).await?;
        let status = |id: &Id| {
            let project = resolver
                .project(*id)
                .filter(|project| project.deleted_at.is_none());
            (*id, project.map(|project| project.status))
        };
        Ok(Self {
            active,
            abilities,
            projects: projects.iter().map(status).collect(),
            until,
        })
    }

    fn decide(&self, check: &Check) -> Decision {
        if !is_permission(&check.permission) {
            return Decision::Denied(Denial::CheckMalformed);
        }
        let active = check.user.and_then(|user| self.active.get(&user).copied());
        let project = match check.scope {
            Some(RoleScope::Project(project)) => self.projects.get(&project).copied().flatten(),
            Some(RoleScope::Organization) | None => None,
        };
        if let Some(denial) = denial_reason(active, check.scope, project) {
            return Decision::Denied(denial);
        }
        let abilities = check.user.and_then(|user| self.abilities.get(&user));
        let may = |(abilities, scope): (&Abilities, _)| abilities.allow(&check.permission, scope);
        if abilities.zip(check.scope).is_some_and(may) {
            Decision::Allowed
        } else {
            Decision::Denied(Denial::NotGranted)
        }
    }
}

/// Why a user may do nothing there, whatever it holds. `active` is `None` where there is no such user, `project` where no such project.
pub(super) fn denial_reason(
    active: Option<bool>,
    scope: Option<RoleScope>,
    project: Option<ProjectStatus>,
) -> Option<Denial> {
    match active {
        None => return Some(Denial::UserUnknown),
        Some(false) => return Some(Denial::UserInactive),
        Some(true) => {}
    }
    match (scope, project) {
        (Some(RoleScope::Organization), _) | (Some(RoleScope::Project(_)), Some(ProjectStatus::Active)) => {
            None
        }
        (Some(RoleScope::Project(_)), Some(ProjectStatus::Archived)) => Some(Denial::ProjectArchived),
        (None, _) | (Some(RoleScope::Project(_)), None) => Some(Denial::ProjectUnknown),
    }
}

/// Result of weighing grants.
struct EffectivePermissions {
    /// Permissions of each user.
    abilities: HashMap<Id, Abilities>,
    /// Where their roles and the projects that are asked about stand.
    resolver: RoleResolver,
    /// When the next grant expires.
    until: Option<Timestamp>,
}

/// Computes the permissions of these active users.
async fn summarize(
    reader: &mut dyn Reader,
    organization: &Organization,
    (users, projects): (&[Id], &[Id]),
    at: Timestamp,
) -> Result<EffectivePermissions> {
    let grants = if users.is_empty() {
        Vec::new()
    } else {
        reader.effective_grants(organization.id, users, at).await?
    };
    let asked = projects.iter().map(|id| RoleValue {
        scope: RoleScope::Project(*id),
        role: String::new(),
    });
    let values: Vec<_> = grants.iter().map(value_of).chain(asked).collect();
    let catalog = organization.policy.catalog();
    let resolver = RoleResolver::of_values(catalog, &values, organization.id, reader).await?;
    let mut abilities: HashMap<Id, Abilities> =
        users.iter().map(|user| (*user, Abilities::default())).collect();
    let mut ranked = BTreeSet::new();
    for effective in grants.iter().filter(|it| resolver.has_effect(&value_of(it))) {
        let key = &effective.grant.key;
        let of_user = abilities.entry(effective.user_id).or_default();
        let permissions = match key.scope {
            RoleScope::Organization => &mut of_user.organization,
            RoleScope::Project(id) => of_user.projects.entry(id).or_default(),
        };
        permissions.extend(resolver.permissions(&key.role).names());
        if key.scope == RoleScope::Organization && resolver.catalog().rank(&key.role).is_some() {
            ranked.insert(effective.user_id);
        }
    }
    if let Some(default) = organization.policy.roles_default_org.as_deref() {
        let permitted = resolver.permissions(default);
        let without = abilities.iter_mut().filter(|(user, _)| !ranked.contains(user));
        without.for_each(|(_, of_user)| of_user.organization.extend(permitted.names()));
    }
    Ok(EffectivePermissions {
        abilities,
        resolver,
        until: grants.iter().filter_map(|it| it.grant.expires_at).min(),
    })
}

/// Computes the permissions of one active user.
pub(super) async fn abilities_of(
    reader: &mut dyn Reader,
    organization: &Organization,
    user: Id,
    at: Timestamp,
) -> Result<Abilities> {
    let mut summary = summarize(reader, organization, (&[user], &[]), at).await?;
    Ok(summary.abilities.remove(&user).unwrap_or_default())
}

pub(super) fn value_of(effective: &EffectiveGrant) -> RoleValue {
    let key = &effective.grant.key;
    RoleValue {
        scope: key.scope,
        role: key.role.clone(),
    }
}

fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let ids: BTreeSet<Id> = ids.collect();
    ids.into_iter().collect()
}
