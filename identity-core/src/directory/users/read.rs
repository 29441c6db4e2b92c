//! Reading users.

use std::sync::Arc;

use async_trait::async_trait;

use super::view::{ViewRoles, assemble, manager_name, manager_of, views, with_groups};
use crate::{
    directory::{
        listing::{Found, Listing, UserWithGroups},
        organization_context::OrganizationContext,
        paging::Rows,
    },
    error::Result,
    id::Id,
    platform::Timestamp,
    store::{Cost, Deleted, Isolation, Query, Reader},
    user::{User, UserView},
};

/// One user, by one lookup, and further ones where it has a manager, roles in projects, or roles through groups.
pub(in crate::directory) struct GetUser {
    pub(in crate::directory) org: Arc<OrganizationContext>,
    pub(in crate::directory) id: Id,
    pub(in crate::directory) at: Timestamp,
    /// Visibility of the user if it is deleted.
    pub(in crate::directory) deleted: Deleted,
}

#[async_trait]
impl Query for GetUser {
    type Output = Option<UserView>;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Some((user, groups)) = reader.user_with_groups(self.org.id, self.id).await? else {
            return self.deleted(reader).await;
        };
        let manager = manager_name(reader, self.org.id, manager_of(&user)).await?;
        let roles = ViewRoles::of(&self.org, self.at, std::slice::from_ref(&user), reader).await?;
        Ok(Some(assemble(user, groups, manager, &roles)))
    }
}

impl GetUser {
    /// Returns what is left of a deleted user, if the caller may see it.
    async fn deleted(&self, reader: &mut dyn Reader) -> Result<Option<UserView>> {
        if self.deleted == Deleted::Hidden {
            return Ok(None);
        }
        let Some(user) = reader.deleted_user(self.org.id, self.id).await? else {
            return Ok(None);
        };
        let roles = ViewRoles::of(&self.org, self.at, std::slice::from_ref(&user), reader).await?;
        Ok(Some(assemble(user, Vec::new(), None, &roles)))
    }
}

/// A page of users.
pub(super) struct ListUsers {
    pub(super) listing: Listing,
    pub(super) org: Arc<OrganizationContext>,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for ListUsers {
    type Output = Found<UserView>;
    const COST: Cost = Cost::Scan;

    fn searched(&self) -> Option<Id> {
        self.listing.searched()
    }

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let found = self.listing.read::<User>(reader).await?;
        let users = with_groups(reader, self.org.id, found.rows.items).await?;
        let views = views(reader, &self.org, self.at, users).await?;
        Ok(Found {
            rows: Rows {
                items: views,
                next: found.rows.next,
            },
            total: found.total,
        })
    }
}

/// The few users that an index finds: mostly one statement. Where it takes more, a total may be newer than the rows.
pub(super) struct FindUsers(pub(super) ListUsers);

#[async_trait]
impl Query for FindUsers {
    type Output = Found<UserView>;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    fn searched(&self) -> Option<Id> {
        self.0.searched()
    }

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let ListUsers { listing, org, at } = &self.0;
        let found = listing.read::<UserWithGroups>(reader).await?;
        Ok(Found {
            rows: Rows {
                items: views(reader, org, *at, found.rows.items).await?,
                next: found.rows.next,
            },
            total: found.total,
        })
    }
}

/// Query for those users of these ids that exist, in the order of their ids.
pub(super) struct BatchGetUsers {
    pub(super) org: Arc<OrganizationContext>,
    pub(super) ids: Vec<Id>,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for BatchGetUsers {
    type Output = Vec<UserView>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let users = reader.users_by_id(self.org.id, &self.ids).await?;
        let users = with_groups(reader, self.org.id, users).await?;
        views(reader, &self.org, self.at, users).await
    }
}
