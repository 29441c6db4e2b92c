//! A user as a reader sees it: the record, and what other records say about it.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::{
    directory::{Inner, access::Known, listing::UserWithGroups},
    error::Result,
    id::Id,
    role::OrganizationRole,
    store::{Cost, Isolation, Query, Reader},
    user::{GroupReference, User, UserView},
};

impl Inner {
    /// The view of a user that was just written. Read after the commit, so that the organization's lock is not held for it.
    pub(in crate::directory) async fn view(&self, known: &Known, user: User) -> Result<UserView> {
        let query = Surroundings {
            organization: known.id,
            user: user.id,
            manager: manager_of(&user),
        };
        let (groups, manager) = self.store.read(query).await?;
        Ok(assemble(user, groups, manager, known.default_role))
    }
}

/// Puts a view together.
pub(super) fn assemble(
    user: User,
    groups: Vec<GroupReference>,
    manager_display_name: Option<String>,
    default_role: Option<OrganizationRole>,
) -> UserView {
    let role = user.explicit_role().or(default_role);
    UserView {
        organization_role: role.map_or_else(String::new, |role| role.name().to_owned()),
        user,
        groups,
        manager_display_name,
    }
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

/// The users of one page with their groups, by one look-up for all.
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

/// The views of one page of users, by one look-up for all managers.
pub(super) async fn views(
    reader: &mut dyn Reader,
    organization: Id,
    users: Vec<UserWithGroups>,
    default_role: Option<OrganizationRole>,
) -> Result<Vec<UserView>> {
    let mut managers: Vec<Id> = users.iter().filter_map(|(user, _)| manager_of(user)).collect();
    managers.sort_unstable();
    managers.dedup();
    let mut names = HashMap::new();
    if !managers.is_empty() {
        names.extend(reader.display_names(organization, &managers).await?);
    }
    let view = |(user, groups): UserWithGroups| {
        let manager = manager_of(&user).and_then(|id| names.get(&id).cloned());
        assemble(user, groups, manager, default_role)
    };
    Ok(users.into_iter().map(view).collect())
}

/// What other records say about a user.
struct Surroundings {
    organization: Id,
    user: Id,
    manager: Option<Id>,
}

#[async_trait]
impl Query for Surroundings {
    type Output = (Vec<GroupReference>, Option<String>);
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let groups = reader.groups_of(self.organization, &[self.user]).await?;
        let manager = manager_name(reader, self.organization, self.manager).await?;
        Ok((groups.into_iter().map(|(_, group)| group).collect(), manager))
    }
}
