//! Where what a user may do comes from, in data and in words.

use std::collections::HashMap;

use async_trait::async_trait;

use super::batch_check::fresh;
use crate::{
    access::Consistency,
    directory::roles::{EffectiveAccess, RoleResolver, ScopeAccess, TracedGrant, effective_access},
    error::{Error, Resource, Result},
    group::Source,
    id::Id,
    platform::Timestamp,
    role::{RoleScope, RoleValue},
    store::{Cost, Query, Reader},
};

/// Permissions of a user, and their origins.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// In data.
    pub access: EffectiveAccess,
    user: String,
    resolver: RoleResolver,
    groups: HashMap<Id, String>,
    connections: HashMap<Id, String>,
}

/// A user to explain.
pub(super) struct Explain {
    pub(super) organization: Id,
    pub(super) user: Id,
    pub(super) at: Timestamp,
    pub(super) consistency: Consistency,
}

#[async_trait]
impl Query for Explain {
    type Output = Explanation;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Explanation> {
        let organization = fresh(reader, self.organization, self.consistency).await?;
        let access = effective_access(reader, &organization, self.user, self.at).await?;
        let user = reader.user(self.organization, self.user).await?;
        let user = user.ok_or_else(|| Error::not_found(Resource::User, self.user))?;
        let values: Vec<_> = grants(&access).map(value_of).collect();
        let catalog = organization.policy.catalog();
        let resolver = RoleResolver::of_values(catalog, &values, self.organization, reader).await?;
        let mut explanation = Explanation {
            user: user.user_name.clone(),
            resolver,
            groups: HashMap::new(),
            connections: HashMap::new(),
            access,
        };
        explanation.read_names(reader, self.organization).await?;
        Ok(explanation)
    }
}

impl Explanation {
    async fn read_names(&mut self, reader: &mut dyn Reader, organization: Id) -> Result<()> {
        for grant in grants(&self.access) {
            for id in &grant.through {
                if !self.groups.contains_key(id)
                    && let Some(group) = reader.group(organization, *id).await?
                {
                    self.groups.insert(*id, group.display_name);
                }
            }
            if let Some(id) = grant.grant.connection_id
                && !self.connections.contains_key(&id)
                && let Some(connection) = reader.connection(organization, id).await?
            {
                self.connections.insert(id, connection.name);
            }
        }
        Ok(())
    }

    /// Lists the scopes in which the user holds roles: `None`, the organization, before its projects.
    pub fn scopes(&self) -> impl Iterator<Item = Option<Id>> {
        let organization = (!self.access.organization.grants.is_empty()).then_some(None);
        let projects = self.access.projects.iter();
        let projects = projects.filter(|(_, scope_access)| !scope_access.grants.is_empty());
        organization.into_iter().chain(projects.map(|(id, _)| Some(*id)))
    }

    /// Leaves what is about one scope and one permission; `None`: about all.
    pub fn about(&mut self, scope: Option<RoleScope>, permission: Option<&str>) {
        let in_project = match scope {
            Some(RoleScope::Project(id)) => Some(id),
            Some(RoleScope::Organization) => {
                self.access.projects.clear();
                None
            }
            None => None,
        };
        if let Some(project) = in_project {
            // Roles in the organization hold in its projects too, so they stay.
            self.access.projects.retain(|id, _| *id == project);
        }
        if let Some(permission) = permission {
            let resolver = &self.resolver;
            let gives = |grant: &TracedGrant| resolver.permissions(&grant.grant.key.role).has(permission);
            let access = &mut self.access;
            let all = std::iter::once(&mut access.organization).chain(access.projects.values_mut());
            all.for_each(|scope_access| scope_access.grants.retain(gives));
        }
    }

    /// Each grant as a sentence, in the order of the data.
    pub fn sentences(&self) -> Vec<String> {
        if !self.access.active {
            return vec![format!("{} is not active, so no role has effect", self.user)];
        }
        let organization = self.sentences_of(&self.access.organization);
        let projects = self.access.projects.values();
        organization
            .into_iter()
            .chain(projects.flat_map(|scope_access| self.sentences_of(scope_access)))
            .collect()
    }

    fn sentences_of(&self, scope_access: &ScopeAccess) -> Vec<String> {
        scope_access
            .grants
            .iter()
            .map(|grant| self.sentence(grant))
            .collect()
    }

    /// Where one role comes from.
    pub fn sentence(&self, traced: &TracedGrant) -> String {
        let key = &traced.grant.key;
        let location = match key.scope {
            RoleScope::Organization => "in the organization".to_owned(),
            RoleScope::Project(id) => match self.resolver.project(id) {
                Some(project) => format!("in project {:?}", project.name),
                None => format!("in project {id}"),
            },
        };
        let role = self.resolver.name(&key.role);
        let user = &self.user;
        if key.source == Source::Default {
            return format!(
                "{user} is {role:?} {location}, as the policy gives it to whoever has no other role"
            );
        }
        let way = match traced.through.as_slice() {
            [] => format!("{user} holds {role:?} {location}"),
            groups => {
                let names: Vec<_> = groups.iter().map(|id| self.group(*id)).collect();
                format!(
                    "{user} holds {role:?} {location} through {}",
                    names.join(", which belongs to ")
                )
            }
        };
        let by = match key.source {
            Source::Scim => "provisioned".to_owned(),
            Source::Manual => "given by hand".to_owned(),
            other => format!("by {}", other.name()),
        };
        let connection = traced
            .grant
            .connection_id
            .and_then(|id| self.connections.get(&id));
        let through = connection.map_or(String::new(), |name| format!(" through connection {name:?}"));
        let end = match traced.grant.expires_at {
            Some(_) => ", until it expires",
            None => "",
        };
        format!("{way}, {by}{through}{end}")
    }

    fn group(&self, id: Id) -> String {
        match self.groups.get(&id) {
            Some(name) => format!("group {name:?}"),
            None => format!("group {id}"),
        }
    }
}

fn grants(access: &EffectiveAccess) -> impl Iterator<Item = &TracedGrant> {
    let holdings = std::iter::once(&access.organization).chain(access.projects.values());
    holdings.flat_map(|scope_access| &scope_access.grants)
}

fn value_of(traced: &TracedGrant) -> RoleValue {
    let key = &traced.grant.key;
    RoleValue {
        scope: key.scope,
        role: key.role.clone(),
    }
}
