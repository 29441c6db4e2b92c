//! Reading groups and their members.

use async_trait::async_trait;

use crate::{
    directory::{
        listing::{Found, Listing},
        paging::Rows,
    },
    error::{Error, Resource, Result},
    group::{Group, Member},
    id::Id,
    store::{Cost, Isolation, Query, Reader, VisibilityFilter},
};

/// One group.
pub(super) struct GetGroup {
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) visibility: VisibilityFilter,
}

#[async_trait]
impl Query for GetGroup {
    type Output = Option<Group>;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        visible_group(self.organization, self.id, &self.visibility, reader).await
    }
}

/// A group that a caller with this sight sees.
async fn visible_group(
    organization: Id,
    id: Id,
    visibility: &VisibilityFilter,
    reader: &mut dyn Reader,
) -> Result<Option<Group>> {
    let group = match (reader.group(organization, id).await?, visibility.out_of_sync) {
        (None, Some(connection)) => reader.group_out_of_sync(organization, connection, id).await?,
        (group, _) => group,
    };
    Ok(group.filter(|group| visibility.managed_by.is_none() || group.managed_by == visibility.managed_by))
}

/// A page of groups.
pub(super) struct ListGroups(pub(super) Listing);

#[async_trait]
impl Query for ListGroups {
    type Output = Found<Group>;
    const COST: Cost = Cost::Scan;

    fn searched(&self) -> Option<Id> {
        self.0.searched()
    }

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        self.0.read(reader).await
    }
}

/// A page of the direct members of a group that exists.
pub(super) struct ListMembers {
    pub(super) organization: Id,
    pub(super) group: Id,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
    /// Set if break-glass accounts are left out.
    pub(super) hides_break_glass: bool,
    /// The groups that the caller sees.
    pub(super) visibility: VisibilityFilter,
}

#[async_trait]
impl Query for ListMembers {
    type Output = Rows<Member, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        if visible_group(self.organization, self.group, &self.visibility, reader)
            .await?
            .is_none()
        {
            return Err(Error::not_found(Resource::Group, self.group));
        }
        let members = reader
            .members(self.organization, self.group, self.after, self.size + 1)
            .await?;
        let mut rows = Rows::cut(members, self.size, |member| Ok(member.id))?;
        if self.hides_break_glass {
            let hidden = reader.break_glass_users(self.organization).await?;
            rows.items.retain(|member| !hidden.contains(&member.id));
        }
        Ok(rows)
    }
}
