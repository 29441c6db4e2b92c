//! Reading organizations.

use async_trait::async_trait;

use crate::{
    directory::paging::Rows,
    error::Result,
    id::Id,
    organization::Organization,
    store::{Cost, Deleted, Query, Reader},
};

/// A page of all organizations.
pub(super) struct ListOrganizations {
    pub(super) after: Option<Id>,
    pub(super) size: i64,
    pub(super) deleted: Deleted,
}

#[async_trait]
impl Query for ListOrganizations {
    type Output = Rows<Organization, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organizations = reader
            .organizations(self.after, self.size + 1, self.deleted)
            .await?;
        Rows::cut(organizations, self.size, |organization| Ok(organization.id))
    }
}
