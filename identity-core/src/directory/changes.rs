//! The change log.

use async_trait::async_trait;

use super::{
    Directory,
    input::{ChangePage, PageRequest},
    paging::{List, Pager, RESOURCES, Rows},
    watch::weight,
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
        let org = inner.organization(call, organization, Scope::ChangesRead).await?;
        if let Some(id) = &query.resource_id {
            validate::text("entity_id", id)?;
        }
        let list = List {
            name: "changes",
            organization: Some(org.id),
            query: &query,
            sizes: RESOURCES,
        };
        let pager: Pager<LogPosition> = inner.pager(&list, &page)?;
        let unit = ListChanges {
            organization: org.id,
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

/// Entries that are read at a time.
const STEP: i64 = 25;
/// Bytes of the entries of a page, as near as they are known; the first entry may have more.
const PAGE_BYTES: usize = 2 << 20;

/// Revision and sequence.
pub(super) type LogPosition = (i64, i32);

/// A page of entries, and the organization's revision.
pub(super) struct ListChanges {
    pub(super) organization: Id,
    pub(super) query: ChangeQuery,
    pub(super) after: Option<LogPosition>,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListChanges {
    type Output = (Rows<Change, LogPosition>, i64);
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = reader
            .organization(self.organization)
            .await?
            .ok_or_else(|| Error::not_found(Resource::Organization, self.organization))?;
        let (changes, size) = self.read(reader).await?;
        let rows = Rows::cut(changes, size, |change| Ok(position(change)))?;
        Ok((rows, organization.revision))
    }

    fn searched(&self) -> Option<Id> {
        Some(self.organization)
    }
}

impl ListChanges {
    /// Reads a page and one entry more, step by step, and how many of them the page has: with large entries, fewer than asked for.
    async fn read(&self, reader: &mut dyn Reader) -> Result<(Vec<Change>, i64)> {
        let (mut changes, mut bytes, mut fitting) = (Vec::<Change>::new(), 0, 0);
        let mut wanted = self.size + 1;
        while wanted > 0 && bytes <= PAGE_BYTES {
            let after = changes.last().map(position).or(self.after);
            let step = wanted.min(STEP);
            let read = reader
                .changes(self.organization, &self.query, after, step)
                .await?;
            let is_last = i64::try_from(read.len()).is_ok_and(|read| read < step);
            for change in &read {
                bytes += weight(change);
                fitting += i64::from(bytes <= PAGE_BYTES);
            }
            changes.extend(read);
            wanted = if is_last { 0 } else { wanted - step };
        }
        Ok((changes, fitting.clamp(1, self.size)))
    }
}

pub(super) fn position(change: &Change) -> LogPosition {
    (change.revision, change.sequence)
}
