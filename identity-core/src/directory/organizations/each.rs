//! The walk through all organizations, for what the service does by itself.

use std::vec;

use async_trait::async_trait;

use crate::{
    directory::Inner,
    error::{Error, Result},
    id::Id,
    organization::Organization,
    store::{Cost, Deleted, Isolation, Query, Reader},
};

/// Organizations looked at in one statement.
const PAGE: i64 = 100;

/// A walk through all organizations that are not deleted, in order of their ids.
pub(in crate::directory) struct EachOrganization<'a> {
    inner: &'a Inner,
    page: vec::IntoIter<Organization>,
    after: Option<Id>,
    failure: Option<Error>,
}

impl Inner {
    /// Walks through all organizations.
    pub(in crate::directory) fn each_organization(&self) -> EachOrganization<'_> {
        EachOrganization {
            inner: self,
            page: Vec::new().into_iter(),
            after: None,
            failure: None,
        }
    }
}

impl EachOrganization<'_> {
    /// The next organization, as it was when its page was read; `None`: there is no other. It may be gone when it is written to.
    pub(in crate::directory) async fn next(&mut self) -> Result<Option<Organization>> {
        if self.page.len() == 0 {
            let page = ReadPage { after: self.after };
            self.page = self.inner.store.read(page).await?.into_iter();
        }
        let next = self.page.next();
        self.after = next.as_ref().map(|organization| organization.id).or(self.after);
        Ok(next)
    }

    /// Takes the count of what was done for one organization. What fails for one holds up no other; one that is gone has failed in nothing.
    pub(in crate::directory) fn count<T: Default>(&mut self, done: Result<T>) -> T {
        done.unwrap_or_else(|error| {
            if !matches!(error, Error::NotFound { .. }) {
                self.failure.get_or_insert(error);
            }
            T::default()
        })
    }

    /// Ends the walk; the first failure is answered.
    pub(in crate::directory) fn end(self) -> Result<()> {
        self.failure.map_or(Ok(()), Err)
    }
}

struct ReadPage {
    after: Option<Id>,
}

#[async_trait]
impl Query for ReadPage {
    type Output = Vec<Organization>;
    const COST: Cost = Cost::Scan;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.organizations(self.after, PAGE, Deleted::Hidden).await
    }
}
