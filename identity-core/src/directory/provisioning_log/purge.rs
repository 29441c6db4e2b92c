//! Removing requests that are older or more than the log keeps.

use async_trait::async_trait;

use crate::{
    directory::Directory,
    error::Result,
    id::Id,
    organization::Organization,
    platform::Timestamp,
    store::{Cost, Deleted, Isolation, Query, Reader},
};

/// Organizations looked at in one statement.
const SCAN_PAGE: i64 = 100;
/// Statements that remove something in one call, so that other housekeeping is not held up.
const STATEMENTS: usize = 500;

impl Directory {
    /// Removes requests that are older than each organization keeps them, and the oldest of an organization that has more than `most`,
    /// up to a limit; answers how many. To be called now and then: it goes on where the last call ended.
    #[crate::boxed]
    pub async fn purge_provisioning_log(&self, most: i64) -> Result<usize> {
        let store = &self.inner.store;
        let (mut removed, mut statements, mut after) = (0, 0, None);
        loop {
            let page = store.read(Organizations { after }).await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            after = Some(last.id);
            for organization in page {
                let find = FindOlder {
                    organization: organization.id,
                    newer: most,
                };
                let too_old = last_too_old(&organization, self.inner.platform.now());
                let through = store.read(find).await?.map_or(too_old, |id| id.max(too_old));
                loop {
                    let gone = store
                        .remove_provisioning_requests(organization.id, through)
                        .await?;
                    removed += gone;
                    if gone == 0 {
                        break;
                    }
                    statements += 1;
                    if statements == STATEMENTS {
                        return Ok(removed);
                    }
                }
            }
        }
    }
}

/// An id before all that the organization keeps and after all others.
fn last_too_old(organization: &Organization, now: Timestamp) -> Id {
    let kept = organization.policy.provisioning_log_keep.as_micros();
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    Id::first_at(Timestamp(now.0.saturating_sub(kept)))
}

struct Organizations {
    after: Option<Id>,
}

#[async_trait]
impl Query for Organizations {
    type Output = Vec<Organization>;
    const COST: Cost = Cost::Scan;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.organizations(self.after, SCAN_PAGE, Deleted::Hidden).await
    }
}

struct FindOlder {
    organization: Id,
    newer: i64,
}

#[async_trait]
impl Query for FindOlder {
    type Output = Option<Id>;
    const COST: Cost = Cost::Scan;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader
            .older_provisioning_request(self.organization, self.newer)
            .await
    }
}
