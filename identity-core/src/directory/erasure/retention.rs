//! Erasing users some time after they were deleted, and removing old entries of the change log, as the policy says.

use std::time::Duration;

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
/// Users looked at in one statement.
const USERS: i64 = 100;
/// Users that are erased in one call, so that other housekeeping is not held up.
const ERASED: usize = 500;

impl Directory {
    /// Erases users that were deleted as long ago as their organization keeps them, up to a limit; answers how many. To be called now and
    /// then: it goes on where the last call ended.
    #[crate::boxed]
    pub async fn erase_deleted_users(&self) -> Result<usize> {
        let inner = &self.inner;
        let (mut erased, mut after) = (0, None);
        'all: loop {
            let page = inner.store.read(Organizations { after }).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.id);
            for organization in page {
                let Some(keep) = organization.policy.retention_deleted_users else {
                    continue;
                };
                let before = ago(inner.platform.now(), keep);
                let mut find = FindDeleted {
                    organization: organization.id,
                    before,
                    after: None,
                };
                loop {
                    let users = inner.store.read(find).await?;
                    for user in &users {
                        let is_erased = inner.erase_deleted_user(organization.id, *user, before).await?;
                        erased += usize::from(is_erased);
                        if erased == ERASED {
                            break 'all;
                        }
                    }
                    let Some(last) = users.last() else {
                        break;
                    };
                    find.after = Some(*last);
                }
            }
        }
        if erased > 0 {
            inner.store.rewrite_file().await?;
        }
        Ok(erased)
    }
}

impl Directory {
    /// Removes entries of the change logs that are older than their organizations keep them; answers how many revisions went.
    #[crate::boxed]
    pub async fn prune_old_changes(&self) -> Result<i64> {
        let inner = &self.inner;
        let (mut pruned, mut after) = (0, None);
        loop {
            let page = inner.store.read(Organizations { after }).await?;
            let Some(last) = page.last() else {
                return Ok(pruned);
            };
            after = Some(last.id);
            for organization in page {
                if let Some(keep) = organization.policy.retention_change_log {
                    let before = ago(inner.platform.now(), keep);
                    pruned += inner.prune_before(organization.id, before).await?;
                }
            }
        }
    }
}

fn ago(now: Timestamp, time: Duration) -> Timestamp {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_sub(micros))
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

#[derive(Clone, Copy)]
struct FindDeleted {
    organization: Id,
    before: Timestamp,
    after: Option<Id>,
}

#[async_trait]
impl Query for FindDeleted {
    type Output = Vec<Id>;
    const COST: Cost = Cost::Scan;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Self {
            organization,
            before,
            after,
        } = *self;
        reader
            .users_deleted_before(organization, before, after, USERS)
            .await
    }
}
