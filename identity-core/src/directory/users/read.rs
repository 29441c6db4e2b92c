//! Reading users.

use async_trait::async_trait;

use super::view::{assemble, manager_name, manager_of, views, with_groups};
use crate::{
    directory::{
        listing::{Found, Listing, UserWithGroups},
        paging::Rows,
    },
    error::Result,
    id::Id,
    role::OrganizationRole,
    store::{Cost, Isolation, Query, Reader},
    user::{User, UserView},
};

/// One user, by one look-up, and a second one where it has a manager.
pub(super) struct GetUser {
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) default_role: Option<OrganizationRole>,
}

#[async_trait]
impl Query for GetUser {
    type Output = Option<UserView>;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Some((user, groups)) = reader.user_with_groups(self.organization, self.id).await? else {
            return Ok(None);
        };
        let manager = manager_name(reader, self.organization, manager_of(&user)).await?;
        Ok(Some(assemble(user, groups, manager, self.default_role)))
    }
}

/// A page of users.
pub(super) struct ListUsers {
    pub(super) listing: Listing,
    pub(super) default_role: Option<OrganizationRole>,
}

#[async_trait]
impl Query for ListUsers {
    type Output = Found<UserView>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let found = self.listing.read::<User>(reader).await?;
        let users = with_groups(reader, self.listing.organization, found.rows.items).await?;
        let views = views(reader, self.listing.organization, users, self.default_role).await?;
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

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let ListUsers {
            listing,
            default_role,
        } = &self.0;
        let found = listing.read::<UserWithGroups>(reader).await?;
        Ok(Found {
            rows: Rows {
                items: views(reader, listing.organization, found.rows.items, *default_role).await?,
                next: found.rows.next,
            },
            total: found.total,
        })
    }
}
