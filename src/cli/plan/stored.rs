//! The state of an organization on the server, in the form of a file.

use std::collections::BTreeMap;

use identity_core::text::fold;
use identity_proto::v1::{
    self, GetOrganizationRequest, GetPolicyRequest, ListConnectionsRequest, ListMappingRulesRequest,
    ListProjectsRequest, RoleScope,
};
use tonic::{Code, Status};

use super::{
    file::{Connection, MappingRule, Organization, Project, Role},
    resource::{Stored, stored_connection, stored_organization, stored_project, stored_role, stored_rule},
};
use crate::{
    cli::{
        list::Limit,
        lookup::{find_role, is_id},
        session::Session,
    },
    failure::Failure,
};

/// The most things of a kind that an organization may have: more than the service lets it.
const MAX_THINGS: usize = 20_000;

/// An organization on the server, as far as it was asked for.
#[derive(Default)]
pub(super) struct State {
    /// Its facts.
    pub(super) facts: Stored<Organization>,
    /// Its policy.
    pub(super) policy: Option<v1::Policy>,
    /// Its custom roles.
    pub(super) roles: Vec<Stored<Role>>,
    /// Its projects.
    pub(super) projects: Vec<Stored<Project>>,
    /// Its connections.
    pub(super) connections: Vec<Stored<Connection>>,
    /// Its mapping rules.
    pub(super) rules: Vec<Stored<MappingRule>>,
    all_roles: Vec<v1::Role>,
}

/// Reads the sections of an organization that the file has; none: there is no such organization.
pub(super) async fn read(session: &Session, wanted: &Organization) -> Result<Option<State>, Failure> {
    let organization = wanted.slug.clone();
    let request = GetOrganizationRequest {
        organization: organization.clone(),
    };
    let found = match session.organizations().get_organization(request).await {
        Ok(found) => found.into_inner().organization.unwrap_or_default(),
        Err(status) if status.code() == Code::NotFound => return Ok(None),
        Err(status) => return Err(status.into()),
    };
    let mut state = State {
        facts: stored_organization(found),
        ..State::default()
    };
    if wanted.policy.is_some() {
        let request = GetPolicyRequest {
            organization: organization.clone(),
        };
        state.policy = session.policies().get_policy(request).await?.into_inner().policy;
    }
    let has_rules = wanted.mapping_rules.is_some();
    if wanted.roles.is_some() || has_rules {
        state.all_roles = session.roles_of(&organization).await?;
        state.roles = state.all_roles.iter().cloned().filter_map(stored_role).collect();
    }
    if wanted.projects.is_some() || has_rules {
        let mut client = session.projects();
        let page = async |page_size, page_token| {
            let request = ListProjectsRequest {
                organization: organization.clone(),
                page_size,
                page_token,
            };
            let page = client.list_projects(request).await?.into_inner();
            Ok((page.projects, page.next_page_token))
        };
        let found = all("projects", page).await?;
        state.projects = found.into_iter().map(stored_project).collect();
    }
    if wanted.connections.is_some() {
        let mut client = session.connections();
        let page = async |page_size, page_token| {
            let request = ListConnectionsRequest {
                organization: organization.clone(),
                page_size,
                page_token,
            };
            let page = client.list_connections(request).await?.into_inner();
            Ok((page.connections, page.next_page_token))
        };
        let found = all("connections", page).await?;
        state.connections = found.into_iter().map(stored_connection).collect();
    }
    if has_rules {
        let request = ListMappingRulesRequest {
            organization,
            ..ListMappingRulesRequest::default()
        };
        let rules = session
            .mappings()
            .list_mapping_rules(request)
            .await?
            .into_inner()
            .rules;
        let stored = rules
            .into_iter()
            .map(|rule| stored_rule(rule, |role| state.readable(role)));
        state.rules = stored.collect();
    }
    Ok(Some(state))
}

/// All of a list: with a part of it, what is there would be made again.
async fn all<T>(
    what: &str,
    page: impl AsyncFnMut(i32, String) -> Result<(Vec<T>, String), Status>,
) -> Result<Vec<T>, Failure> {
    let listed = Limit { limit: MAX_THINGS }.read(page).await?;
    if listed.next_page_token.is_empty() {
        return Ok(listed.items);
    }
    let told = format!("the organization has more than {MAX_THINGS} {what}, which are too many for a plan");
    Err(Failure::Refused(told))
}

impl State {
    /// A role as rules hold it, by ids, with names in their place where these say the same.
    fn readable(&self, held: &str) -> String {
        let Some((project, role)) = held.rsplit_once(':') else {
            return self.role_name(held, RoleScope::Organization);
        };
        let named = self.projects.iter().find(|it| it.id == project);
        let project = named.map_or(project, |it| &it.value.name);
        format!("{project}:{}", self.role_name(role, RoleScope::Project))
    }

    fn role_name(&self, id: &str, scope: RoleScope) -> String {
        let role = self.all_roles.iter().find(|role| role.id == id);
        let is_told = |name: &str| {
            !name.contains(':') && find_role(&self.all_roles, name, scope).is_ok_and(|found| found == id)
        };
        match role {
            Some(role) if is_told(&role.name) => role.name.clone(),
            _ => id.to_owned(),
        }
    }

    /// A role that a file names, in the same form; one that there is not yet stays as it is.
    pub(super) fn canonical(&self, given: &str) -> String {
        let role_id = |name: &str, scope| {
            if is_id(name) {
                Some(name.to_owned())
            } else {
                find_role(&self.all_roles, name, scope).ok()
            }
        };
        let held = match given.rsplit_once(':') {
            None => role_id(given, RoleScope::Organization),
            Some((project, role)) => {
                let named = |it: &&Stored<Project>| fold(&it.value.name) == fold(project);
                let found = self.projects.iter().find(named).map_or(project, |it| &it.id);
                role_id(role, RoleScope::Project).map(|role| format!("{found}:{role}"))
            }
        };
        held.map_or_else(|| given.to_owned(), |held| self.readable(&held))
    }

    /// The settings of the policy, as a file has them.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        let settings = self.policy.iter().flat_map(|policy| &policy.settings);
        settings.map(|it| (it.key.clone(), it.value.clone())).collect()
    }
}
