//! Removing for good what was deleted long ago.

use super::read::ListOrganizations;
use crate::{
    directory::Directory, error::Result, id::Id, organization::Organization, platform::Timestamp,
    store::Deleted,
};

/// How long a deleted organization can come back.
pub(super) const KEPT_MICROS: i64 = 30 * DAY_MICROS;
/// How much later it is purged: no instance whose clock is behind brings back what is half gone.
const GRACE_MICROS: i64 = DAY_MICROS;
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Organizations looked at in one statement.
const SCAN_PAGE: i64 = 100;
/// Statements in one call, so that whoever calls is not held up by an organization that is large.
const STATEMENTS: usize = 500;

/// Tells whether an organization was deleted so long ago that it does not come back.
pub(super) fn is_past(organization: &Organization, now: Timestamp) -> bool {
    organization
        .deleted_at
        .is_some_and(|at| now.0 - at.0 >= KEPT_MICROS)
}

impl Directory {
    /// Removes what is left of organizations that were deleted too long ago to come back, up to a limit; answers how many rows. To be
    /// called now and then: it goes on where the last call ended.
    #[crate::boxed]
    pub async fn purge_deleted_organizations(&self) -> Result<usize> {
        let inner = &self.inner;
        let now = inner.platform.now();
        let (mut rows, mut statements, mut after) = (0, 0, None::<Id>);
        loop {
            let query = ListOrganizations {
                after,
                size: SCAN_PAGE,
                deleted: Deleted::Only,
            };
            let page = inner.store.read(query).await?.items;
            let Some(last) = page.last() else {
                return Ok(rows);
            };
            after = Some(last.id);
            for organization in page {
                if !is_past(&organization, Timestamp(now.0 - GRACE_MICROS)) {
                    continue;
                }
                loop {
                    let gone = inner.store.purge(organization.id).await?;
                    rows += gone;
                    statements += 1;
                    if statements == STATEMENTS {
                        return Ok(rows);
                    }
                    if gone == 0 {
                        break;
                    }
                }
            }
        }
    }
}
