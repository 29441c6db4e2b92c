//! People name things by their names; the service wants ids.

use identity_proto::v1::{
    GetConnectionRequest, GetProjectRequest, GetServiceAccountRequest, ListConnectionsRequest,
    ListGroupsRequest, ListProjectsRequest, ListRolesRequest, ListServiceAccountsRequest, ListTokensRequest,
    ListUsersRequest, Role, RoleScope, RoleSource, Token,
};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{list::equals, session::Session, suggest::did_you_mean};
use crate::failure::Failure;

/// Two are enough to know that a name is not unique.
const ENOUGH: i32 = 2;
/// Things among which a name that is nobody's is compared.
const CANDIDATES: i32 = 500;
/// Things in a page where all are looked through.
const PAGE: i32 = 1_000;
/// Pages of things that are looked through for a name.
const MAX_PAGES: usize = 20;

impl Session {
    /// The id of the user with this id or user name.
    pub(super) async fn user_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        // `me` is the person whose token calls, for the server to know.
        if is_id(name) || name == "me" {
            return Ok(name.to_owned());
        }
        let mut request = ListUsersRequest {
            organization: org.to_owned(),
            page_size: ENOUGH,
            filter: Some(equals("user_name", name)),
            ..ListUsersRequest::default()
        };
        let found = self.users().list_users(request.clone()).await?.into_inner().users;
        if found.is_empty() {
            (request.filter, request.page_size) = (None, CANDIDATES);
            let others = self
                .users()
                .list_users(request)
                .await
                .map(|it| it.into_inner().users);
            let names = others.unwrap_or_default().into_iter().map(|it| it.user_name);
            return Err(unknown("user", name, names));
        }
        the_one("user", name, found.into_iter().map(|user| user.id).collect())
    }

    /// The id of the deleted user with this id or user name.
    pub(super) async fn deleted_user_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = ListUsersRequest {
            organization: org.to_owned(),
            page_size: CANDIDATES,
            filter: Some(equals("user_name", name)),
            show_deleted: true,
            ..ListUsersRequest::default()
        };
        let found = self.users().list_users(request).await?.into_inner().users;
        let deleted = found.into_iter().filter(|user| user.delete_time.is_some());
        let ids: Vec<String> = deleted.map(|user| user.id).collect();
        if ids.is_empty() {
            return Err(Failure::Refused(format!(
                "no deleted user has the name {name:?}: roster user list --show-deleted shows all"
            )));
        }
        the_one("deleted user", name, ids)
    }

    /// The ids of these users and groups, in this order; a user comes before a group of the same name.
    pub(super) async fn member_ids(&self, org: &str, names: &[String]) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            let id = match self.user_id(org, name).await {
                Ok(id) => id,
                Err(no_user) => self.group_id(org, name).await.map_err(|_| no_user)?,
            };
            ids.push(id);
        }
        Ok(ids)
    }

    /// The id of the group with this id or display name.
    pub(super) async fn group_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let mut request = ListGroupsRequest {
            organization: org.to_owned(),
            page_size: ENOUGH,
            filter: Some(equals("display_name", name)),
            ..ListGroupsRequest::default()
        };
        let found = self
            .groups()
            .list_groups(request.clone())
            .await?
            .into_inner()
            .groups;
        if found.is_empty() {
            (request.filter, request.page_size) = (None, CANDIDATES);
            let others = self
                .groups()
                .list_groups(request)
                .await
                .map(|it| it.into_inner().groups);
            let names = others.unwrap_or_default().into_iter().map(|it| it.display_name);
            return Err(unknown("group", name, names));
        }
        the_one("group", name, found.into_iter().map(|group| group.id).collect())
    }

    /// The id of the connection with this id or name.
    pub(super) async fn connection_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = GetConnectionRequest {
            organization: org.to_owned(),
            id: name.to_owned(),
        };
        match self.connections().get_connection(request).await {
            Ok(found) => Ok(found.into_inner().connection.unwrap_or_default().id),
            Err(status) if is_unknown(&status, "connection") => {
                let request = ListConnectionsRequest {
                    organization: org.to_owned(),
                    page_size: CANDIDATES,
                    ..ListConnectionsRequest::default()
                };
                let others = self.connections().list_connections(request).await;
                let others = others.map(|it| it.into_inner().connections).unwrap_or_default();
                Err(unknown("connection", name, others.into_iter().map(|it| it.name)))
            }
            Err(status) => Err(status.into()),
        }
    }

    /// The id of the project with this id or name.
    pub(super) async fn project_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = GetProjectRequest {
            organization: org.to_owned(),
            id: name.to_owned(),
        };
        match self.projects().get_project(request).await {
            Ok(found) => Ok(found.into_inner().project.unwrap_or_default().id),
            Err(status) if is_unknown(&status, "project") => Err(self.unknown_project(org, name).await),
            Err(status) => Err(status.into()),
        }
    }

    /// The failure of a command that names a project which does not exist.
    pub(super) async fn unknown_project(&self, org: &str, name: &str) -> Failure {
        let request = ListProjectsRequest {
            organization: org.to_owned(),
            page_size: CANDIDATES,
            ..ListProjectsRequest::default()
        };
        let others = self.projects().list_projects(request).await;
        let others = others.map(|it| it.into_inner().projects).unwrap_or_default();
        unknown("project", name, others.into_iter().map(|it| it.name))
    }

    /// The ids of these projects, in this order.
    pub(super) async fn project_ids(&self, org: &str, names: &[String]) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            ids.push(self.project_id(org, name).await?);
        }
        Ok(ids)
    }

    /// The id of the service account with this id or name.
    pub(super) async fn service_account_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = GetServiceAccountRequest {
            organization: org.to_owned(),
            id: name.to_owned(),
        };
        let mut client = self.service_accounts();
        match client.get_service_account(request).await {
            Ok(found) => Ok(found.into_inner().service_account.unwrap_or_default().id),
            Err(status) if status.code() == Code::NotFound => {
                let request = ListServiceAccountsRequest {
                    organization: org.to_owned(),
                    page_size: CANDIDATES,
                    ..ListServiceAccountsRequest::default()
                };
                let others = client.list_service_accounts(request).await;
                let others = others
                    .map(|it| it.into_inner().service_accounts)
                    .unwrap_or_default();
                Err(unknown(
                    "service account",
                    name,
                    others.into_iter().map(|it| it.name),
                ))
            }
            Err(status) => Err(status.into()),
        }
    }

    /// The role as the service knows it: the name of a predefined role, or the id of a custom one. Where roles of
    /// one name can be held in several scopes, the scope tells which is meant.
    pub(super) async fn role(&self, org: &str, name: &str, scope: RoleScope) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        match self.roles_of(org).await {
            Ok(roles) => find_role(&roles, name, scope),
            // Who may not list roles may name them all the same.
            Err(status) if status.code() == Code::PermissionDenied => Ok(name.to_owned()),
            Err(status) => Err(status.into()),
        }
    }

    /// A role as mapping rules hold it, by ids, which stay when names change: one of the organization, or
    /// `PROJECT:ROLE`.
    pub(super) async fn held_role(&self, org: &str, given: &str) -> Result<String, Failure> {
        let Some((project, role)) = given.rsplit_once(':') else {
            return self.role(org, given, RoleScope::Organization).await;
        };
        let project = self.project_id(org, project).await?;
        Ok(format!(
            "{project}:{}",
            self.role(org, role, RoleScope::Project).await?
        ))
    }

    /// All roles.
    pub(super) async fn roles_of(&self, org: &str) -> Result<Vec<Role>, Status> {
        let (mut client, mut roles, mut page_token) = (self.roles(), Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let request = ListRolesRequest {
                organization: org.to_owned(),
                page_size: PAGE,
                page_token,
            };
            let page = client.list_roles(request).await?.into_inner();
            roles.extend(page.roles);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        Ok(roles)
    }

    /// The id of the token with this id or name.
    pub(super) async fn token_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let (mut client, mut tokens, mut page_token) = (self.tokens(), Vec::<Token>::new(), String::new());
        for _ in 0..MAX_PAGES {
            let request = ListTokensRequest {
                organization: org.to_owned(),
                page_size: PAGE,
                page_token,
                ..ListTokensRequest::default()
            };
            let page = client.list_tokens(request).await?.into_inner();
            tokens.extend(page.tokens);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let same = tokens.iter().filter(|token| token.name == name);
        let ids: Vec<_> = same.map(|token| token.id.clone()).collect();
        if ids.is_empty() {
            return Err(unknown("token", name, tokens.into_iter().map(|it| it.name)));
        }
        the_one("token", name, ids)
    }
}

/// The id of the role of this name.
pub(super) fn find_role(roles: &[Role], name: &str, scope: RoleScope) -> Result<String, Failure> {
    let folded = name.to_lowercase();
    let mut found: Vec<_> = roles
        .iter()
        .filter(|role| role.name.to_lowercase() == folded)
        .collect();
    // Predefined roles are told by case, and come before custom ones; those of groups cannot be given.
    if let Some(predefined) = roles.iter().find(|role| is_predefined(role) && role.id == name) {
        found = vec![predefined];
    }
    for narrower in [
        |role: &Role, _| role.source() != RoleSource::Group,
        |role: &Role, scope| scope == RoleScope::Unspecified || role.scope() == scope,
    ] {
        if found.iter().any(|role| narrower(role, scope)) {
            found.retain(|role| narrower(role, scope));
        }
    }
    let ids: Vec<_> = found.into_iter().map(|role| role.id.clone()).collect();
    if ids.is_empty() {
        return Err(unknown("role", name, roles.iter().map(|it| it.name.clone())));
    }
    the_one("role", name, ids)
}

fn is_predefined(role: &Role) -> bool {
    role.source() == RoleSource::Predefined
}

/// Tells whether a name is an id.
pub(super) fn is_id(name: &str) -> bool {
    Uuid::parse_str(name).is_ok()
}

/// Answers whether a call failed because there is no such thing, and not, for example, no such organization.
fn is_unknown(status: &Status, what: &str) -> bool {
    status.code() == Code::NotFound && status.message().starts_with(what)
}

/// The failure of a command that names something which does not exist.
pub(super) fn unknown(what: &str, name: &str, others: impl Iterator<Item = String>) -> Failure {
    let hint = did_you_mean(name, others);
    Failure::Refused(format!("{what} {name:?} does not exist{hint}"))
}

fn the_one(what: &str, name: &str, mut ids: Vec<String>) -> Result<String, Failure> {
    match (ids.len(), ids.pop()) {
        (1, Some(id)) => Ok(id),
        (0, _) => Err(unknown(what, name, std::iter::empty())),
        _ => Err(Failure::Refused(format!(
            "several {what}s are called {name:?}; give the id, which --ids shows in lists"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_tells_which_of_two_roles_of_one_name_is_meant() {
        let role = |id: &str, name: &str, scope: RoleScope, source: RoleSource| Role {
            id: id.into(),
            name: name.into(),
            scope: scope.into(),
            source: source.into(),
            ..Role::default()
        };
        let roles = [
            role("editor", "editor", RoleScope::Any, RoleSource::Predefined),
            role("1", "Auditor", RoleScope::Organization, RoleSource::Custom),
            role("2", "Auditor", RoleScope::Project, RoleSource::Custom),
            role("3", "Auditor", RoleScope::Project, RoleSource::Group),
        ];
        let found = |name: &str, scope| find_role(&roles, name, scope).map_err(|it| it.to_string());
        assert_eq!(found("auditor", RoleScope::Project), Ok("2".into()));
        assert_eq!(found("Auditor", RoleScope::Organization), Ok("1".into()));
        assert!(
            found("Auditor", RoleScope::Unspecified)
                .unwrap_err()
                .contains("give the id")
        );
        assert_eq!(found("editor", RoleScope::Project), Ok("editor".into()));
        assert!(
            found("Auditors", RoleScope::Project)
                .unwrap_err()
                .contains("did you mean")
        );
    }

    #[test]
    fn a_name_stands_for_exactly_one_thing() {
        let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(the_one("group", "x", ids(&["1"])), Ok("1".into()));
        assert!(
            the_one("group", "x", ids(&[]))
                .unwrap_err()
                .to_string()
                .contains("does not exist")
        );
        assert!(
            the_one("group", "x", ids(&["1", "2"]))
                .unwrap_err()
                .to_string()
                .contains("give the id")
        );
    }
}
