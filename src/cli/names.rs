//! The service answers by ids; people read names.

use identity_proto::v1::{
    BatchGetUsersRequest, Filter, FilterList, GetConnectionRequest, GetOrganizationRequest,
    GetProjectRequest, GetRoleRequest, GetServiceAccountRequest, GetTokenRequest, ListChangesRequest,
    ListGroupsRequest, ListUsersRequest, User, filter::Condition,
};
use tonic::{Code, Status};

use super::{
    list::equals,
    output::{Kind, Names},
    session::Session,
};

/// Ids that one call gets at once.
const IDS_PER_BATCH: usize = 1_000;
/// Ids that one list asks for.
const IDS_PER_LIST: usize = 100;
/// Things of one kind that are asked for one by one; more are shown by their ids.
const MAX_SINGLE: usize = 100;

/// Things that are no more whose names are looked for in the change log.
const MAX_DELETED: usize = 20;
/// Fields that hold a name.
const NAMES: [&str; 4] = ["user_name", "display_name", "name", "slug"];

impl Session {
    /// Adds the names of these things to those that are known. What cannot be read, or is gone, stays an id.
    pub(super) async fn learn(&self, org: &str, names: &mut Names, mut ids: Vec<(Kind, String)>) {
        ids.retain(|id| !names.contains_key(id));
        ids.sort_unstable();
        ids.dedup();
        let of = |kinds: &[Kind]| -> Vec<String> {
            let wanted = ids.iter().filter(|(kind, _)| kinds.contains(kind));
            wanted.map(|(_, id)| id.clone()).collect()
        };
        let mut users = of(&[Kind::User, Kind::Holder]);
        self.learn_users(org, names, &users).await;
        users.retain(|id| !names.contains_key(&(Kind::User, id.clone())));
        let mut groups = of(&[Kind::Group, Kind::Holder]);
        groups.retain(|id| !names.contains_key(&(Kind::User, id.clone())));
        self.learn_groups(org, names, &groups).await;
        users.retain(|id| !names.contains_key(&(Kind::Group, id.clone())));
        self.learn_deleted_users(org, names, &users).await;
        for kind in [
            Kind::Organization,
            Kind::Connection,
            Kind::Project,
            Kind::Role,
            Kind::Token,
            Kind::ServiceAccount,
        ] {
            for id in of(&[kind]).into_iter().take(MAX_SINGLE) {
                match self.name_of(org, kind, &id).await {
                    Ok(name) if name.is_empty() => {}
                    Ok(name) => {
                        names.insert((kind, id), name);
                    }
                    Err(status) if status.code() == Code::NotFound => {}
                    // Who may not read one may read none.
                    Err(_) => break,
                }
            }
        }
        ids.retain(|id| !names.contains_key(id));
        for (kind, id) in ids.into_iter().take(MAX_DELETED) {
            match self.name_in_log(org, &id).await {
                Some(name) => names.insert((kind, id), name),
                None => continue,
            };
        }
    }

    /// The name that something had when it was created; none: the change log does not tell, or not to this caller.
    async fn name_in_log(&self, org: &str, id: &str) -> Option<String> {
        let request = ListChangesRequest {
            organization: org.to_owned(),
            entity_id: id.to_owned(),
            page_size: 1,
            ..ListChangesRequest::default()
        };
        let listed = self.changes().list_changes(request).await.ok()?;
        let created = listed.into_inner().changes.into_iter().next()?;
        let name = created
            .fields
            .iter()
            .find(|field| NAMES.contains(&field.field.as_str()))?;
        serde_json::from_str(&name.after).ok()
    }

    async fn learn_users(&self, org: &str, names: &mut Names, ids: &[String]) {
        for some in ids.chunks(IDS_PER_BATCH) {
            let request = BatchGetUsersRequest {
                organization: org.to_owned(),
                ids: some.to_vec(),
            };
            let Ok(found) = self.users().batch_get_users(request).await else {
                return;
            };
            keep_users(names, found.into_inner().users);
        }
    }

    /// Users that are no more are found by a search alone.
    async fn learn_deleted_users(&self, org: &str, names: &mut Names, ids: &[String]) {
        for some in ids.chunks(IDS_PER_LIST) {
            let request = ListUsersRequest {
                organization: org.to_owned(),
                page_size: i32::try_from(some.len()).unwrap_or(i32::MAX),
                filter: Some(any_id(some)),
                show_deleted: true,
                ..ListUsersRequest::default()
            };
            let Ok(found) = self.users().list_users(request).await else {
                return;
            };
            keep_users(names, found.into_inner().users);
        }
    }

    async fn learn_groups(&self, org: &str, names: &mut Names, ids: &[String]) {
        for some in ids.chunks(IDS_PER_LIST) {
            let request = ListGroupsRequest {
                organization: org.to_owned(),
                page_size: i32::try_from(some.len()).unwrap_or(i32::MAX),
                filter: Some(any_id(some)),
                ..ListGroupsRequest::default()
            };
            let Ok(found) = self.groups().list_groups(request).await else {
                return;
            };
            for group in found.into_inner().groups {
                for kind in [Kind::Group, Kind::Holder] {
                    names.insert((kind, group.id.clone()), group.display_name.clone());
                }
            }
        }
    }

    /// The name of one thing; empty: none.
    async fn name_of(&self, org: &str, kind: Kind, id: &str) -> Result<String, Status> {
        let (organization, id) = (org.to_owned(), id.to_owned());
        Ok(match kind {
            Kind::Organization => {
                let request = GetOrganizationRequest { organization: id };
                let found = self.organizations().get_organization(request).await?;
                found.into_inner().organization.unwrap_or_default().slug
            }
            Kind::Connection => {
                let request = GetConnectionRequest { organization, id };
                let found = self.connections().get_connection(request).await?;
                found.into_inner().connection.unwrap_or_default().name
            }
            Kind::Project => {
                let request = GetProjectRequest { organization, id };
                let found = self.projects().get_project(request).await?;
                found.into_inner().project.unwrap_or_default().name
            }
            Kind::Role => {
                let request = GetRoleRequest { organization, id };
                let found = self.roles().get_role(request).await?;
                found.into_inner().role.unwrap_or_default().name
            }
            Kind::Token => {
                let request = GetTokenRequest { organization, id };
                let found = self.tokens().get_token(request).await?;
                found.into_inner().token.unwrap_or_default().name
            }
            Kind::ServiceAccount => {
                let request = GetServiceAccountRequest { organization, id };
                let found = self.service_accounts().get_service_account(request).await?;
                found.into_inner().service_account.unwrap_or_default().name
            }
            Kind::User | Kind::Group | Kind::Holder => String::new(),
        })
    }
}

fn keep_users(names: &mut Names, users: Vec<User>) {
    for user in users {
        for kind in [Kind::User, Kind::Holder] {
            names.insert((kind, user.id.clone()), user.user_name.clone());
        }
    }
}

/// A condition that the id is one of these.
fn any_id(ids: &[String]) -> Filter {
    let filters = ids.iter().map(|id| equals("id", id)).collect();
    Filter {
        condition: Some(Condition::AnyOf(FilterList { filters })),
    }
}
