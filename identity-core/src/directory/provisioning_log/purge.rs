//! Removing requests that are older or more than the log keeps.

use async_trait::async_trait;

use crate::{
    directory::{Directory, Inner},
    error::Result,
    id::Id,
    organization::Organization,
    platform::Timestamp,
    store::{Cost, Isolation, Query, Reader},
};

/// Statements that remove requests of one organization in one call, so that others are not held up.
const STATEMENTS: usize = 500;

impl Directory {
    /// Removes requests that are older than each organization keeps them, and the oldest of an organization that has more than `most`,
    /// up to a limit for each organization; answers how many. To be called now and then: what is left is for the next call.
    #[crate::boxed]
    pub async fn purge_provisioning_log(&self, most: i64) -> Result<usize> {
        let mut removed = 0;
        let mut organizations = self.inner.each_organization();
        while let Some(organization) = organizations.next().await? {
            removed += organizations.count(self.inner.purge_requests(&organization, most).await);
        }
        organizations.end()?;
        Ok(removed)
    }
}

impl Inner {
    async fn purge_requests(&self, organization: &Organization, most: i64) -> Result<usize> {
        let find = FindOlder {
            organization: organization.id,
            newer: most,
        };
        let too_old = last_too_old(organization, self.platform.now());
        let through = self.store.read(find).await?;
        let through = through.map_or(too_old, |id| id.max(too_old));
        let mut removed = 0;
        for _ in 0..STATEMENTS {
            let gone = self.store.remove_provisioning_requests(organization.id, through);
            match gone.await? {
                0 => break,
                gone => removed += gone,
            }
        }
        Ok(removed)
    }
}

/// An id before all that the organization keeps and after all others.
fn last_too_old(organization: &Organization, now: Timestamp) -> Id {
    let kept = organization.policy.provisioning_log_keep.as_micros();
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    Id::first_at(Timestamp(now.0.saturating_sub(kept)))
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
