//! A user as a reader sees it: the record, and what other records say about it.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;

pub(super) use super::roles::ViewRoles;
use super::roles::names_others;
use crate::{
    directory::{Inner, listing::UserWithGroups, organization_context::OrganizationContext},
    error::Result,
    id::Id,
    platform::Timestamp,
    store::{Cost, Isolation, Query, Reader},
    user::{GroupReference, User, UserView},
};

impl Inner {
    /// The view of a user that was just written. Read after the commit, so that the organization's lock is not held for it.
    pub(in crate::directory) async fn view(
        &self,
        org: &Arc<OrganizationContext>,
        user: User,
    ) -> Result<UserView> {
        let query = UserRelations {
            org: Arc::clone(org),
            at: self.platform.now(),
            user,
        };
        let view = self.store.read(query).await?;
        self.licensed_one(org, view).await
    }
}

/// Puts a view together.
pub(super) fn assemble(
    mut user: User,
    groups: Vec<GroupReference>,
    manager_display_name: Option<String>,
    roles: &ViewRoles,
) -> UserView {
    let organization_role = roles.organization_role(&user);
    roles.put_into(&mut user, &organization_role);
    UserView {
        user,
        groups,
        organization_role,
        manager_display_name,
        license: None,
        license_attribute: None,
    }
}

/// Tells whether a user who belongs to no group can be shown without reading other records.
pub(super) fn needs_no_lookup(user: &User) -> bool {
    manager_of(user).is_none() && !names_others(user)
}

/// The manager, if what stands there can be the id of a user.
pub(super) fn manager_of(user: &User) -> Option<Id> {
    Id::parse(user.profile.enterprise.as_ref()?.manager_id.as_deref()?)
}

/// The name of one manager; costs nothing where there is none.
pub(super) async fn manager_name(
    reader: &mut dyn Reader,
    organization: Id,
    manager: Option<Id>,
) -> Result<Option<String>> {
    let Some(manager) = manager else {
        return Ok(None);
    };
    let names = reader.display_names(organization, &[manager]).await?;
    Ok(names.into_iter().next().map(|(_, name)| name))
}

/// The users of one page with their groups, by one lookup for all.
pub(super) async fn with_groups(
    reader: &mut dyn Reader,
    organization: Id,
    users: Vec<User>,
) -> Result<Vec<UserWithGroups>> {
    let ids: Vec<Id> = users.iter().map(|user| user.id).collect();
    let mut groups: HashMap<Id, Vec<GroupReference>> = HashMap::new();
    if !ids.is_empty() {
        for (user, group) in reader.groups_of(organization, &ids).await? {
            groups.entry(user).or_default().push(group);
        }
    }
    let with_groups = |user: User| {
        let groups = groups.remove(&user.id).unwrap_or_default();
        (user, groups)
    };
    Ok(users.into_iter().map(with_groups).collect())
}

/// The views of one page of users, by one lookup for each kind of record that they refer to.
pub(super) async fn views(
    reader: &mut dyn Reader,
    org: &OrganizationContext,
    at: Timestamp,
    users: Vec<UserWithGroups>,
) -> Result<Vec<UserView>> {
    let mut managers: Vec<Id> = users.iter().filter_map(|(user, _)| manager_of(user)).collect();
    managers.sort_unstable();
    managers.dedup();
    let mut names = HashMap::new();
    if !managers.is_empty() {
        names.extend(reader.display_names(org.id, &managers).await?);
    }
    let (users, groups): (Vec<User>, Vec<_>) = users.into_iter().unzip();
    let roles = ViewRoles::of(org, at, &users, reader).await?;
    let view = |(user, groups): UserWithGroups| {
        let manager = manager_of(&user).and_then(|id| names.get(&id).cloned());
        assemble(user, groups, manager, &roles)
    };
    Ok(users.into_iter().zip(groups).map(view).collect())
}

/// Query that completes a user's view with what other records say about the user.
struct UserRelations {
    org: Arc<OrganizationContext>,
    at: Timestamp,
    user: User,
}

#[async_trait]
impl Query for UserRelations {
    type Output = UserView;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let (organization, user) = (self.org.id, &self.user);
        let groups = reader.groups_of(organization, &[user.id]).await?;
        let manager = manager_name(reader, organization, manager_of(user)).await?;
        let roles = ViewRoles::of(&self.org, self.at, std::slice::from_ref(user), reader).await?;
        let groups = groups.into_iter().map(|(_, group)| group).collect();
        Ok(assemble(user.clone(), groups, manager, &roles))
    }
}
