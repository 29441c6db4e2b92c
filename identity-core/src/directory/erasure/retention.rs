//! Erasing users some time after they were deleted, and removing old entries of the change log, as the policy says.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    directory::{Directory, Inner},
    error::Result,
    id::Id,
    platform::Timestamp,
    store::{Cost, Isolation, Query, Reader},
};

/// Users looked at in one statement.
const USERS: i64 = 100;
/// Users of an organization that are erased in one call, so that others are not held up.
const ERASED: usize = 500;

impl Directory {
    /// Erases users that were deleted as long ago as their organization keeps them, up to a limit for each organization; answers how many. To
    /// be called daily: what is left is for the next call.
    #[crate::boxed]
    pub async fn erase_deleted_users(&self) -> Result<usize> {
        let inner = &self.inner;
        let mut erased = 0;
        let mut organizations = inner.each_organization();
        while let Some(organization) = organizations.next().await? {
            let Some(keep) = organization.policy.retention_deleted_users else {
                continue;
            };
            let before = ago(inner.platform.now(), keep);
            let done = inner.erase_deleted_before(organization.id, before).await;
            erased += organizations.count(done);
        }
        if erased > 0 || inner.store.is_rewrite_due() {
            inner.store.rewrite_file().await?;
        }
        organizations.end()?;
        Ok(erased)
    }

    /// Removes entries of the change logs that are older than their organizations keep them; answers how many revisions went.
    #[crate::boxed]
    pub async fn prune_old_changes(&self) -> Result<i64> {
        let inner = &self.inner;
        let mut pruned = 0;
        let mut organizations = inner.each_organization();
        while let Some(organization) = organizations.next().await? {
            if let Some(keep) = organization.policy.retention_change_log {
                let before = ago(inner.platform.now(), keep);
                pruned += organizations.count(inner.prune_before(organization.id, before).await);
            }
        }
        organizations.end()?;
        Ok(pruned)
    }
}

impl Inner {
    /// Erases users of an organization that were deleted before a time, up to the limit; answers how many.
    async fn erase_deleted_before(&self, organization: Id, before: Timestamp) -> Result<usize> {
        let mut erased = 0;
        let mut find = FindDeleted {
            organization,
            before,
            after: None,
        };
        loop {
            let users = self.store.read(find).await?;
            for user in &users {
                if erased == ERASED {
                    return Ok(erased);
                }
                erased += usize::from(self.erase_deleted_user(organization, *user, before).await?);
            }
            let Some(last) = users.last() else {
                return Ok(erased);
            };
            find.after = Some(*last);
        }
    }
}

fn ago(now: Timestamp, time: Duration) -> Timestamp {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_sub(micros))
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
