//! The change log.

use async_trait::async_trait;

use super::{
    Directory,
    input::{ChangePage, PageRequest},
    paging::{List, Pager, RESOURCES, Rows},
};
use crate::{
    caller::{Call, Scope},
    change::{Change, ChangeQuery},
    error::{Error, Resource, Result},
    id::Id,
    store::{Cost, Query, Reader},
    validate,
};

impl Directory {
    /// Lists change-log entries.
    #[crate::boxed]
    pub async fn list_changes(
        &self,
        call: &Call,
        organization: &str,
        query: ChangeQuery,
        page: PageRequest,
    ) -> Result<ChangePage> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::ChangesRead).await?;
        if let Some(id) = &query.resource_id {
            validate::text("entity_id", id)?;
        }
        let list = List {
            name: "changes",
            organization: Some(known.id),
            query: &query,
            sizes: RESOURCES,
        };
        let pager: Pager<Place> = inner.pager(&list, &page)?;
        let unit = ListChanges {
            organization: known.id,
            after: pager.after,
            size: pager.size,
            query,
        };
        let (rows, revision) = inner.store.read(unit).await?;
        Ok(ChangePage {
            page: inner.page(&pager, rows)?,
            revision,
        })
    }
}

/// Revision and sequence.
type Place = (i64, i32);

struct ListChanges {
    organization: Id,
    query: ChangeQuery,
    after: Option<Place>,
    size: i64,
}

#[async_trait]
impl Query for ListChanges {
    type Output = (Rows<Change, Place>, i64);
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = reader
            .organization(self.organization)
            .await?
            .ok_or_else(|| Error::not_found(Resource::Organization, self.organization))?;
        let changes = reader
            .changes(self.organization, &self.query, self.after, self.size + 1)
            .await?;
        let rows = Rows::cut(changes, self.size, |change| {
            Ok((change.revision, change.sequence))
        })?;
        Ok((rows, organization.revision))
    }
}
